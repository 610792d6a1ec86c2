"""A plan carried out: each fetch starts when those it waits for have ended, whatever they brought."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from gateway.executor.contexts import grouped
from gateway.executor.failures import Error, Failures, SubgraphFailure, listed
from gateway.executor.joins import copied, has_renames, join, rename
from gateway.executor.plain_projection import NOT_PLAIN
from gateway.executor.plain_representations import plain_representations
from gateway.executor.representations import Representations, objects_at, represent, written
from gateway.plan import write_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        self._runs = 0
        self._plain: Callable[[dict[str, Any]], Found] | None = None

    def address(self, data: dict[str, Any]) -> list[Addressed]:
        """What to ask: once, or once for each thing that ancestors of the objects tell."""
        part = self.part
        if not part.is_entity:
            return [Addressed(self, part, objects_at(data, part.path), None)]
        if part.contexts:
            return self._address_groups(data)
        self._runs += 1
        if self._runs == self.written_after + 1:
            self._plain = plain_representations(part)
        if self._plain is not None:
            try:
                found = Representations(*self._plain(data))
            except NOT_PLAIN:
                pass  # what may be sent of such objects is found below
            else:
                return [Addressed(self, part, found.objects, found)]
        objects = objects_at(data, part.path)
        return [Addressed(self, part, objects, represent(part, objects))]

    def _address_groups(self, data: dict[str, Any]) -> list[Addressed]:
        objects, groups = grouped(self.part, data)
        addressed = []
        for number, group in enumerate(groups):
            found = represent(self.part, group.objects)
            found.objects = objects
            lacks = group.lacks(self.part)
            addressed.append(Addressed(self, self.part.group(number), objects, found, group.values, lacks))
        return addressed


class PreparedFetch:
    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self.parts = [PreparedPart(part) for part in fetch.parts]
        self.has_contexts = any(part.contexts for part in fetch.parts)
        self._parts = list(fetch.parts)
        self._prefix = b'{"query":%b,"variables":{' % orjson.dumps(fetch.document)
        self._variables = [(name, b'"%b":' % name.encode()) for name in fetch.variables]

    def body(self, variables: Mapping[str, Any], addressed: list[Addressed]) -> bytes:
        """The request: what never changes, then the variables this fetch uses and the representations."""
        told = [label + written(variables[name]) for name, label in self._variables if name in variables]
        for about in addressed:
            part = about.part
            if about.representations is not None:
                sent = written(about.representations.sent)
                told.append(b'"%b":%b' % (part.representations.encode(), sent))
            for (name, _), value in zip(part.contexts, about.values, strict=True):
                told.append(b'"%b":%b' % (name.encode(), written(value)))
        return b"%b%b}}" % (self._prefix_for(addressed), b",".join(told))

    def _prefix_for(self, addressed: list[Addressed]) -> bytes:
        """The text of the request is another where ancestors tell several things, or nothing."""
        parts = [about.part for about in addressed]
        if not self.has_contexts or parts == self._parts:
            return self._prefix
        document = write_document(self.fetch.operation, self.fetch.declared, parts)
        return b'{"query":%b,"variables":{' % orjson.dumps(document)


@dataclass(frozen=True, slots=True)
class Addressed:
    """The objects that a part of a request is about, and what is sent of them."""

    prepared: PreparedPart
    part: Part
    """The prepared one, or a group of it."""
    objects: list[dict[str, Any]]
    representations: Representations | None
    """None for what is asked from the root."""
    values: Sequence[Any] = ()
    """What ancestors tell, in the order of the part's contexts."""
    lacks: bool = False
    """Whether they tell null where the graph takes none."""

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
        addressed: list[Addressed] | None = None
        try:
            addressed = [about for part in prepared.parts for about in part.address(self.data)]
            if prepared.has_contexts:
                addressed = self._without_lacking(prepared, addressed)
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
            self._take(fetch, answer, addressed)
        except SubgraphFailure as failure:
            self._fail(prepared, failure, addressed)
        except RecursionError:
            message = f"The service {fetch.service} cannot be asked or read: values are nested too deeply."
            self._fail(prepared, SubgraphFailure("SUBGRAPH_BAD_RESPONSE", message), addressed)

    def _without_lacking(self, prepared: PreparedFetch, addressed: list[Addressed]) -> list[Addressed]:
        """A graph would refuse the whole request for one argument that may not be null."""
        lacking = [about for about in addressed if about.lacks]
        message = f"The service {prepared.fetch.service} needs a value that is null here."
        self._fail(prepared, SubgraphFailure("CONTEXT_IS_NULL", message), lacking)
        return [about for about in addressed if not about.lacks]

    def _fail(
        self, prepared: PreparedFetch, failure: SubgraphFailure, addressed: list[Addressed] | None
    ) -> None:
        """Tell once for each part, whatever groups it has; `addressed` is None if its objects could not be
        told.
        """
        found: dict[PreparedPart, Representations | None] = {}
        if addressed is None:
            found = dict.fromkeys(prepared.parts)
        for about in addressed or ():
            if not about.is_empty:
                earlier = found.get(about.prepared)
                found[about.prepared] = (
                    earlier.joined(about.representations)
                    if earlier and about.representations
                    else about.representations
                )
        for part, representations in found.items():
            self.errors += self._failures.of_request(
                prepared.fetch.service, part.part, failure, representations, self.data
            )

    def _take(self, fetch: Fetch, answer: dict[str, Any], addressed: list[Addressed]) -> None:
        data, errors = answer.get("data"), listed(answer.get("errors"))
        if not isinstance(data, dict) and not errors:
            raise SubgraphFailure(
                "SUBGRAPH_BAD_RESPONSE", f"The service {fetch.service} gave neither data nor errors."
            )
        found = [_found(fetch, about, data, has_errors=bool(errors)) for about in addressed]
        if errors:
            for about, share in zip(addressed, _shared_out(addressed, errors), strict=True):
                if share:
                    self.errors += self._failures.of_answer(
                        fetch.service, about.part, share, about.representations, self.data
                    )
        for about, pairs in zip(addressed, found, strict=True):
            prepared = about.prepared
            for source, targets in pairs:
                target = targets[0]
                if prepared.renames or len(targets) > 1 or not target.keys().isdisjoint(source):
                    _give(prepared, source, targets)
                else:
                    target.update(source)  # what nearly every answer comes to


def _found(
    fetch: Fetch, about: Addressed, data: Any, *, has_errors: bool
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What an answer holds for a part, each object with those of the gathered data that it completes."""
    if not isinstance(data, dict):
        return []
    if about.representations is None:
        return [(data, about.objects)]
    entities = data.get(about.part.entities)
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


def _shared_out(addressed: list[Addressed], errors: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The errors of an answer by the part they are about; one that does not say is about the first."""
    shares: list[list[dict[str, Any]]] = [[] for _ in addressed]
    places = {about.part.entities: place for place, about in enumerate(addressed)}
    for error in errors:
        path = error.get("path")
        start = path[0] if isinstance(path, list) and path else None
        shares[places.get(start, 0) if isinstance(start, str) else 0].append(error)
    return shares
