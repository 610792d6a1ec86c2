"""A plan carried out: each fetch starts when those it waits for have ended, whatever they brought."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from gateway.executor.failures import Error, Failures, SubgraphFailure, listed
from gateway.executor.joins import copied, has_renames, join, rename
from gateway.executor.plain_projection import NOT_PLAIN
from gateway.executor.plain_representations import plain_representations
from gateway.executor.representations import Representations, objects_at, represent, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.executor.plain_representations import Found
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


class PreparedPart:
    """A part of a fetch, and what is done at its every run."""

    written_after = 2
    """How many runs a part has before a function is written for it."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.renames = has_renames(part.output)
        """Whether its answers use other names than the gathered data."""
        self.told = b'"%b":' % part.representations.encode()
        self._runs = 0
        self._plain: Callable[[dict[str, Any]], Found] | None = None

    def address(self, data: dict[str, Any]) -> Addressed:
        part = self.part
        if not part.is_entity:
            return Addressed(objects_at(data, part.path), None)
        self._runs += 1
        if self._runs == self.written_after + 1:
            self._plain = plain_representations(part)
        if self._plain is not None:
            try:
                found = Representations(*self._plain(data))
            except NOT_PLAIN:
                pass  # what may be sent of such objects is found below
            else:
                return Addressed(found.objects, found)
        objects = objects_at(data, part.path)
        return Addressed(objects, represent(part, objects))


class PreparedFetch:
    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self.parts = [PreparedPart(part) for part in fetch.parts]
        self._prefix = b'{"query":%b,"variables":{' % orjson.dumps(fetch.document)
        self._variables = [(name, b'"%b":' % name.encode()) for name in fetch.variables]

    def body(self, variables: Mapping[str, Any], addressed: list[Addressed]) -> bytes:
        """The request: what never changes, then the variables this fetch uses and the representations."""
        told = [label + written(variables[name]) for name, label in self._variables if name in variables]
        for prepared, about in zip(self.parts, addressed, strict=True):
            if about.representations is not None:
                told.append(prepared.told + written(about.representations.sent))
        return b"%b%b}}" % (self._prefix, b",".join(told))


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
        self.fetches = [PreparedFetch(fetch) for fetch in plan.fetches]
        self.after: list[list[int]] = [[] for _ in plan.fetches]
        """For each fetch, those that wait for it."""
        for fetch in plan.fetches:
            for number in fetch.parents:
                self.after[number].append(fetch.number)
        self.waits = [len(fetch.parents) for fetch in plan.fetches]
        self.first = [number for number, waits in enumerate(self.waits) if not waits]
        self.is_chain = len(self.first) <= 1 and all(len(each) <= 1 for each in self.after)


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
        if program.is_chain:
            for prepared in program.fetches:
                await run.fetch(prepared)
        else:
            await _in_order(run, program)
        return Answer(program.projector.complete(run.data, run.errors), run.errors)


async def _in_order(run: _Run, program: Program) -> None:
    """One task for each of the fetches that may run at the same time."""
    waits = list(program.waits)

    async def from_here(number: int) -> None:
        ready = [number]
        while ready:
            number, *others = ready
            for other in others:
                group.create_task(from_here(other))
            await run.fetch(program.fetches[number])
            ready = []
            for later in program.after[number]:
                waits[later] -= 1
                if not waits[later]:
                    ready.append(later)

    try:
        async with asyncio.TaskGroup() as group:
            for number in program.first[1:]:
                group.create_task(from_here(number))
            await from_here(program.first[0])
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
        addressed: list[Addressed] = []
        try:
            addressed = [part.address(self.data) for part in prepared.parts]
            if all(about.is_empty for about in addressed):
                return
            body = prepared.body(self._variables, addressed)
            answer = await self._subgraphs.post(
                fetch.graph,
                body,
                self._headers,
                deadline=self._deadline,
                may_retry=fetch.operation == "query",
            )
            self._take(prepared, answer, addressed)
        except SubgraphFailure as failure:
            self._fail(fetch, failure, addressed)
        except RecursionError:
            message = f"The service {fetch.service} cannot be asked or read: values are nested too deeply."
            self._fail(fetch, SubgraphFailure("SUBGRAPH_BAD_RESPONSE", message), addressed)

    def _fail(self, fetch: Fetch, failure: SubgraphFailure, addressed: list[Addressed]) -> None:
        """`addressed` is empty if its objects could not even be told."""
        for part, about in zip_longest(fetch.parts, addressed):
            if about is None or not about.is_empty:
                representations = None if about is None else about.representations
                self.errors += self._failures.of_request(
                    fetch.service, part, failure, representations, self.data
                )

    def _take(self, prepared: PreparedFetch, answer: dict[str, Any], addressed: list[Addressed]) -> None:
        fetch = prepared.fetch
        data, errors = answer.get("data"), listed(answer.get("errors"))
        if not isinstance(data, dict) and not errors:
            raise SubgraphFailure(
                "SUBGRAPH_BAD_RESPONSE", f"The service {fetch.service} gave neither data nor errors."
            )
        parts = list(zip(prepared.parts, addressed, strict=True))
        found = [_found(fetch, each.part, about, data, has_errors=bool(errors)) for each, about in parts]
        if errors:
            for (each, about), share in zip(parts, _shared_out(fetch, errors), strict=True):
                if share:
                    self.errors += self._failures.of_answer(
                        fetch.service, each.part, share, about.representations, self.data
                    )
        for (each, _), pairs in zip(parts, found, strict=True):
            for source, targets in pairs:
                target = targets[0]
                if each.renames or len(targets) > 1 or not target.keys().isdisjoint(source):
                    _give(each, source, targets)
                else:
                    target.update(source)  # what nearly every answer comes to


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


def _give(prepared: PreparedPart, source: dict[str, Any], targets: list[dict[str, Any]]) -> None:
    if prepared.renames:
        rename(prepared.part.output, source)
    if len(targets) > 1:
        for target in targets[1:]:
            join(target, copied(source))
    join(targets[0], source)


def _shared_out(fetch: Fetch, errors: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The errors of an answer by the part they are about; one that does not say is about the first."""
    shares: list[list[dict[str, Any]]] = [[] for _ in fetch.parts]
    places = {part.entities: place for place, part in enumerate(fetch.parts)}
    for error in errors:
        path = error.get("path")
        start = path[0] if isinstance(path, list) and path else None
        shares[places.get(start, 0) if isinstance(start, str) else 0].append(error)
    return shares
