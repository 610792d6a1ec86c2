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
    from gateway.plan import Fetch, Part, Plan


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
    renames: tuple[bool, ...]
    """For each part, whether its answers use other names than the gathered data."""

    def body(self, variables: Mapping[str, Any], addressed: list[Addressed]) -> bytes:
        """The request: what never changes, then the variables this fetch uses and the representations."""
        told = [
            b'"%b":%b' % (name.encode(), orjson.dumps(variables[name]))
            for name in self.fetch.variables
            if name in variables
        ]
        for part, about in zip(self.fetch.parts, addressed, strict=True):
            if about.representations is not None:
                sent = orjson.dumps(about.representations.sent)
                told.append(b'"%b":%b' % (part.representations.encode(), sent))
        return b"%b{%b}}" % (self.prefix, b",".join(told))


@dataclass(frozen=True, slots=True)
class Addressed:
    """The objects that a part of a request is about, and what is sent of them."""

    objects: list[dict[str, Any]]
    representations: Representations | None
    """None for what is asked from the root."""

    @property
    def is_empty(self) -> bool:
        sent = self.representations.sent if self.representations is not None else self.objects
        return not sent


class Program:
    """All of an operation that does not depend on the request: made once per document, run many times."""

    def __init__(self, plan: Plan, projector: Projector) -> None:
        self.plan = plan
        self.projector = projector
        self.fetches = [
            PreparedFetch(
                fetch,
                b'{"query":%b,"variables":' % orjson.dumps(fetch.document),
                tuple(has_renames(part.output) for part in fetch.parts),
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

    try:
        async with asyncio.TaskGroup() as group:
            for prepared in program.fetches:
                group.create_task(when_ready(prepared))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # one is enough to know, and no caller waits for a group


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
        addressed = [self._address(part) for part in fetch.parts]
        if all(about.is_empty for about in addressed):
            return
        body = prepared.body(self._variables, addressed)
        try:
            answer = await self._subgraphs.post(
                fetch.graph,
                body,
                self._headers,
                deadline=self._deadline,
                may_retry=fetch.operation == "query",
            )
            self._take(prepared, answer, addressed)
        except SubgraphFailure as failure:
            for part, about in zip(fetch.parts, addressed, strict=True):
                if not about.is_empty:
                    self.errors += self._failures.of_request(
                        fetch.service, part, failure, about.representations, self.data
                    )

    def _address(self, part: Part) -> Addressed:
        objects = objects_at(self.data, part.path)
        return Addressed(objects, represent(part, objects) if part.is_entity else None)

    def _take(self, prepared: PreparedFetch, answer: dict[str, Any], addressed: list[Addressed]) -> None:
        fetch = prepared.fetch
        data, errors = answer.get("data"), answer.get("errors")
        if not isinstance(data, dict) and not errors:
            raise SubgraphFailure(
                "SUBGRAPH_BAD_RESPONSE", f"The service {fetch.service} gave neither data nor errors."
            )
        parts = list(zip(fetch.parts, addressed, strict=True))
        found = [_found(fetch, part, about, data, has_errors=bool(errors)) for part, about in parts]
        for (part, about), share in zip(parts, _shared_out(fetch, errors), strict=True):
            if share:
                self.errors += self._failures.of_answer(
                    fetch.service, part, share, about.representations, self.data
                )
        for (part, _), pairs, renames in zip(parts, found, prepared.renames, strict=True):
            for source, targets in pairs:
                _give(part, source, targets, renames=renames)


def _found(
    fetch: Fetch, part: Part, about: Addressed, data: Any, *, has_errors: bool
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What an answer holds for a part, each object with those of the gathered data that it completes."""
    if not isinstance(data, dict):
        return []
    if about.representations is None:
        return [(data, about.objects)]
    entities = data.get(part.entities)
    if entities is None and has_errors:
        return []
    targets = about.representations.targets
    if not isinstance(entities, list) or len(entities) != len(targets):
        raise SubgraphFailure(
            "SUBGRAPH_BAD_RESPONSE", f"The service {fetch.service} answered for other objects than asked."
        )
    return [(entity, to) for entity, to in zip(entities, targets, strict=True) if isinstance(entity, dict)]


def _give(part: Part, source: dict[str, Any], targets: list[dict[str, Any]], *, renames: bool) -> None:
    if renames:
        rename(part.output, source)
    for target in targets[1:]:
        join(target, copied(source))
    join(targets[0], source)


def _shared_out(fetch: Fetch, errors: Any) -> list[list[dict[str, Any]]]:
    """The errors of an answer by the part they are about; one that does not say is about the first."""
    shares: list[list[dict[str, Any]]] = [[] for _ in fetch.parts]
    places = {part.entities: place for place, part in enumerate(fetch.parts)}
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            path = error.get("path")
            start = path[0] if isinstance(path, list) and path else None
            shares[places.get(start, 0) if isinstance(start, str) else 0].append(error)
    return shares
