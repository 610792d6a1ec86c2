"""A CAE, or an operator for it, asks for up to 500 top-ups at once: all or none, or line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import schemes, successions
from services.capital.usecases.keep_room import keep_room
from services.capital.usecases.request_top_ups import RequestTopUp, record, requested_by
from services.kernel.access import Caller
from services.kernel.refusals import BatchRefused, InvalidInput, NotFound, Refusal


@dataclass(frozen=True, slots=True)
class RequestBatch:
    """`requests` in the order given; `is_atomic` records all of them or none."""

    requests: Sequence[RequestTopUp]
    is_atomic: bool = True


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    index: int
    refusal: Refusal

    @property
    def pointer(self) -> str:
        match self.refusal:
            case InvalidInput(pointer=pointer):
                return f"/items/{self.index}{pointer}"
            case NotFound():
                is_scheme = self.refusal.facts["what"] is CapitalElement.SCHEME
                return f"/items/{self.index}/{'scheme_id' if is_scheme else 'cae/siret'}"
            case _:
                return f"/items/{self.index}"


@dataclass(frozen=True, slots=True)
class RequestedBatch:
    """`requested` by their place in the list; every line is in one of both."""

    requested: tuple[tuple[int, TopUp], ...]
    refused: tuple[RefusedRequest, ...]


async def request_batch(
    session: AsyncSession, caller: Caller, order: RequestBatch, *, today: date, entrepreneur_key: bytes
) -> RequestedBatch:
    require(caller, CapitalAct.REQUEST_TOP_UP)
    held = await schemes.hold(session, {request.scheme_id for request in order.requests}, caller.scope)
    succeeded = await successions.of_regions(session, {scheme.region for scheme in held.values()})
    asked, refused = list[tuple[int, TopUp]](), list[RefusedRequest]()
    for index, request in enumerate(order.requests):
        try:
            top_up = requested_by(caller, held, succeeded, request, today=today, key=entrepreneur_key)
        except Refusal as refusal:
            refused.append(RefusedRequest(index, refusal))
        else:
            asked.append((index, top_up))
    requested = list[tuple[int, TopUp]]()
    outcomes = await keep_room(session, held, [top_up for _, top_up in asked], today=today)
    for (index, _), outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            refused.append(RefusedRequest(index, outcome))
        else:
            requested.append((index, outcome))
    refused.sort(key=lambda line: line.index)
    if refused and order.is_atomic:
        of_lines = [(line.index, line.pointer, line.refusal) for line in refused]
        raise BatchRefused(len(order.requests), of_lines)
    await record(session, [top_up for _, top_up in requested])
    return RequestedBatch(tuple(requested), tuple(refused))
