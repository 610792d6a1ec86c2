"""A plan carried out: each fetch starts when those it waits for have ended, whatever they brought."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from gateway.executor.failures import Error, Failures, SubgraphFailure
from gateway.executor.joins import copied, has_renames, join, rename
from gateway.executor.representations import Representations, objects_at, represent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.executor.projection import Projector
    from gateway.plan import Fetch, Plan


class Subgraphs(Protocol):
    """Where fetches go. Raises `SubgraphFailure` when nothing usable comes back."""

    async def post(
        self, graph: str, body: bytes, headers: Mapping[str, str], *, deadline: float, may_retry: bool
    ) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    data: dict[str, Any] | None
    errors: list[Error] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PreparedFetch:
    fetch: Fetch
    prefix: bytes
    renames: bool

    def body(self, variables: Mapping[str, Any], representations: Representations | None) -> bytes:
        """The request: the part that never changes, then the variables this fetch uses."""
        parts = [
            b'"%b":%b' % (name.encode(), orjson.dumps(variables[name]))
            for name in self.fetch.variables
            if name in variables
        ]
        if representations is not None:
            parts.append(
                b'"%b":[%b]' % (self.fetch.representations.encode(), b",".join(representations.encoded))
            )
        return b"%b{%b}}" % (self.prefix, b",".join(parts))


class Program:
    """All of an operation that does not depend on the request: made once per document, run many times."""

    def __init__(self, plan: Plan, projector: Projector) -> None:
        self.plan = plan
        self.projector = projector
        self.fetches = [
            PreparedFetch(
                fetch, b'{"query":%b,"variables":' % orjson.dumps(fetch.document), has_renames(fetch.output)
            )
            for fetch in plan.fetches
        ]


class Executor:
    def __init__(self, subgraphs: Subgraphs, *, reveal_errors: bool = False) -> None:
        self._subgraphs = subgraphs
        self._failures = Failures(reveal=reveal_errors)

    async def run(
        self,
        program: Program,
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        deadline: float,
        local: Mapping[str, Any] | None = None,
    ) -> Answer:
        """`variables` are the client's own, not coerced; `deadline` is a time of the event loop's clock.

        `local` holds root fields that were answered without any fetch, by response key.
        """
        run = _Run(self._subgraphs, self._failures, variables, headers, deadline)
        run.data.update(local or {})
        if len(program.fetches) == 1:
            await run.fetch(program.fetches[0])
        else:
            await _in_order(run, program)
        return Answer(program.projector.complete(run.data, run.errors), run.errors)


async def _in_order(run: _Run, program: Program) -> None:
    ended = [asyncio.Event() for _ in program.fetches]

    async def when_ready(prepared: PreparedFetch) -> None:
        for number in prepared.fetch.parents:
            await ended[number].wait()
        await run.fetch(prepared)
        ended[prepared.fetch.number].set()

    async with asyncio.TaskGroup() as group:
        for prepared in program.fetches:
            group.create_task(when_ready(prepared))


class _Run:
    """One operation under way: the data gathered so far, and what went wrong."""

    def __init__(
        self,
        subgraphs: Subgraphs,
        failures: Failures,
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        deadline: float,
    ) -> None:
        self.data: dict[str, Any] = {}
        self.errors: list[Error] = []
        self._subgraphs = subgraphs
        self._failures = failures
        self._variables = variables
        self._headers = headers
        self._deadline = deadline

    async def fetch(self, prepared: PreparedFetch) -> None:
        fetch = prepared.fetch
        objects = objects_at(self.data, fetch.path)
        representations = represent(fetch, objects) if fetch.is_entity else None
        if not objects or (representations is not None and not representations.encoded):
            return
        body = prepared.body(self._variables, representations)
        try:
            answer = await self._subgraphs.post(
                fetch.graph,
                body,
                self._headers,
                deadline=self._deadline,
                may_retry=fetch.operation == "query",
            )
            self._take(prepared, answer, objects, representations)
        except SubgraphFailure as failure:
            self.errors += self._failures.of_request(fetch, failure, representations, self.data)

    def _take(
        self,
        prepared: PreparedFetch,
        answer: dict[str, Any],
        objects: list[dict[str, Any]],
        representations: Representations | None,
    ) -> None:
        fetch = prepared.fetch
        data, errors = answer.get("data"), answer.get("errors")
        if isinstance(errors, list) and errors:
            self.errors += self._failures.of_answer(fetch, errors, representations, self.data)
        elif not isinstance(data, dict):
            raise SubgraphFailure(
                "SUBGRAPH_BAD_RESPONSE", f"The service {fetch.service} gave neither data nor errors."
            )
        if not isinstance(data, dict):
            return
        if representations is None:
            self._give(prepared, data, objects)
            return
        entities = data.get("_entities")
        if entities is None and errors:
            return
        if not isinstance(entities, list) or len(entities) != len(representations.encoded):
            raise SubgraphFailure(
                "SUBGRAPH_BAD_RESPONSE", f"The service {fetch.service} answered for other objects than asked."
            )
        for entity, targets in zip(entities, representations.targets, strict=True):
            if isinstance(entity, dict):
                self._give(prepared, entity, targets)

    @staticmethod
    def _give(prepared: PreparedFetch, source: dict[str, Any], targets: list[dict[str, Any]]) -> None:
        if prepared.renames:
            rename(prepared.fetch.output, source)
        for target in targets[1:]:
            join(target, copied(source))
        join(targets[0], source)
