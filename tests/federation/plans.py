"""Plans of one operation by two planners, each as two figures: requests, and how many wait for each other."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import BooleanValueNode, OperationDefinitionNode, Visitor, parse, print_ast, validate, visit

from cli.npm_packages import NpmFolder
from gateway.plan import print_plan
from gateway.planner import Planner
from gateway.supergraph import load_supergraph
from services.runtime.settings import REPOSITORY
from tests.gateway.conftest import SUPERGRAPHS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from graphql import DirectiveNode, DocumentNode

    from gateway.supergraph import Supergraph

ESSOR = "essor"
PLANNER = REPOSITORY / "tests" / "federation" / "planner"
SECONDS = 120


@dataclass(frozen=True)
class Asked:
    """An operation of the corpus. Its name tells where it comes from."""

    name: str
    text: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    requests: int
    depth: int


@dataclass(frozen=True)
class Planned:
    asked: Asked
    ours: Size
    theirs: Size | None
    """None where the other planner gives no plan; then `reason` is what it says."""
    reason: str
    printed: str
    """Our plan, and theirs."""

    @property
    def is_worse(self) -> bool:
        return self.theirs is not None and (
            self.ours.requests > self.theirs.requests or self.ours.depth > self.theirs.depth
        )

    @property
    def is_better(self) -> bool:
        return self.theirs is not None and not self.is_worse and self.ours != self.theirs


def supergraph_file(name: str) -> Path:
    if name == ESSOR:
        return REPOSITORY / "schema" / "supergraph.graphql"
    return SUPERGRAPHS / name / "supergraph.graphql"


@cache
def supergraph(name: str) -> Supergraph:
    return load_supergraph(supergraph_file(name))


@cache
def npm_planner() -> NpmFolder:
    folder = NpmFolder(PLANNER)
    folder.install()
    return folder


def plan_all(name: str, corpus: Sequence[Asked]) -> list[Planned]:
    model = supergraph(name)
    planner = Planner(model)
    documents = [parse(asked.text) for asked in corpus]
    for asked, document in zip(corpus, documents, strict=True):
        assert validate(model.api, document) == [], asked
    theirs = _plans_of_npm(
        name,
        [print_ast(_decided(document, asked)) for asked, document in zip(corpus, documents, strict=True)],
    )
    planned = []
    for asked, document, other in zip(corpus, documents, theirs, strict=True):
        plan = planner.plan(document, _operation(document), asked.variables)
        planned.append(
            Planned(
                asked,
                ours=Size(len(plan.fetches), plan.depth),
                theirs=size_of(other["plan"].get("node")) if "plan" in other else None,
                reason=other.get("error", ""),
                printed=print_plan(plan) + "\n".join(_told(other.get("plan", {}).get("node"), 1)),
            )
        )
    return planned


def _plans_of_npm(name: str, documents: list[str]) -> list[dict[str, Any]]:
    plans: list[dict[str, Any]] = []
    while len(plans) < len(documents):
        given = {"supergraph": supergraph_file(name).read_text(), "documents": documents[len(plans) :]}
        done = subprocess.run(
            [npm_planner().node, PLANNER / "plans.mjs"],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        plans += [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0:
            assert len(plans) < len(documents), done.stderr
            assert "panicked at" in done.stderr, done.stderr
            told = done.stderr.strip().splitlines()
            plans.append({"error": " ".join(told[:2])})
    return plans


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    (operation,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return operation


def _decided(document: DocumentNode, asked: Asked) -> DocumentNode:
    """With what its variables decide written into `@skip` and `@include`, as our planner sees it."""

    class Decide(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> DirectiveNode | None:
            (argument,) = node.arguments
            if not hasattr(argument.value, "name"):
                return None
            value = BooleanValueNode(value=asked.variables[argument.value.name.value])
            told = type(argument)(name=argument.name, value=value)
            return type(node)(name=node.name, arguments=(told,))

    decided: DocumentNode = visit(document, Decide())
    return decided


def size_of(node: dict[str, Any] | None) -> Size:
    """Of a node of their plans."""
    if node is None:
        return Size(0, 0)
    if node["kind"] in {"Fetch", "BatchFetch"}:
        return Size(1, 1)
    if node["kind"] == "Flatten":
        return size_of(node["node"])
    if node["kind"] not in {"Sequence", "Parallel"}:
        raise ValueError(f"a plan whose size nobody knows: {node['kind']}")
    parts = [size_of(part) for part in node["nodes"]]
    depths = [part.depth for part in parts]
    return Size(
        sum(part.requests for part in parts), sum(depths) if node["kind"] == "Sequence" else max(depths)
    )


def _told(node: dict[str, Any] | None, indent: int) -> list[str]:
    if node is None:
        return []
    start = "  " * indent + node["kind"]
    if node["kind"] in {"Fetch", "BatchFetch"}:
        return [f"{start} {node['serviceName']} {node['operation']}"]
    if node["kind"] == "Flatten":
        path = ".".join(
            str(part if isinstance(part, str) else next(iter(part.values()))) for part in node["path"]
        )
        return [f"{start} {path}", *_told(node["node"], indent + 1)]
    return [start, *(line for part in node["nodes"] for line in _told(part, indent + 1))]
