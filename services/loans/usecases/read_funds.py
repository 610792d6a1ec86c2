"""The funds that a caller sees, and what became of their money."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.money import split_by_weights
from services.loans.domain.access import Act, require
from services.loans.domain.fund import Figures, Fund, FunderFigures, Position, add_up
from services.loans.domain.funders import Funder
from services.loans.persistence import funds, positions


async def read_fund(session: AsyncSession, caller: Caller, fund_id: UUID) -> Fund:
    require(caller, Act.READ_FUND)
    return await funds.find(session, fund_id, caller.scope)


async def read_each_fund(session: AsyncSession, caller: Caller, fund_ids: Collection[UUID]) -> list[Fund]:
    """Those of them that the caller sees; nothing is asked for none."""
    require(caller, Act.READ_FUND)
    return list((await funds.by_ids(session, fund_ids, caller.scope)).values()) if fund_ids else []


async def list_funds(
    session: AsyncSession, caller: Caller, *, region: str | None, after: UUID | None, limit: int
) -> list[Fund]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_FUND)
    return await funds.page(session, caller.scope, region=region, after=after, limit=limit)


async def count_funds(session: AsyncSession, caller: Caller, *, region: str | None) -> int:
    require(caller, Act.READ_FUND)
    return await funds.count(session, caller.scope, region=region)


async def read_position(
    session: AsyncSession, caller: Caller, fund_id: UUID, *, as_of: date, today: date
) -> Position:
    """A CAE sees that a fund lends, not its books; of each figure a funder sees its own part."""
    require(caller, Act.READ_POSITION)
    require_past(DateField.AS_OF, as_of, today)
    fund = await funds.find(session, fund_id, caller.scope)
    parts = await positions.by_funder(session, fund.id, as_of)
    funders = await funds.funders_of(session, fund.id)
    if caller.role is Role.FUNDER:
        funders = [funder for funder in funders if funder.siren == caller.siren]
        committed_cents, weights = await positions.promise_to_share(session, fund.id, as_of)
    else:
        contributions = await funds.contributions_of(session, fund.id)
        weights = funds.paid_in_by(contributions, as_of) or funds.paid_in_by(contributions)
        committed_cents = await positions.committed_cents(session, fund.id, as_of)
    by_funder = _share_commitment(funders, parts, weights, committed_cents)
    return Position(fund, as_of, add_up(part.figures for part in by_funder), by_funder)


def _share_commitment(
    funders: list[Funder], parts: dict[UUID, Figures], weights: dict[UUID, int], committed_cents: int
) -> tuple[FunderFigures, ...]:
    """What is promised is not yet split; it is shown as it would be, by what each has paid in."""
    promised: dict[UUID, int] = {}
    if committed_cents:
        promised = dict(zip(weights, split_by_weights(committed_cents, list(weights.values())), strict=True))
    shown = (
        FunderFigures(
            funder,
            replace(parts.get(funder.id, Figures()), committed_cents=promised.get(funder.id, 0)),
        )
        for funder in funders
    )
    return tuple(part for part in shown if not part.figures.is_blank)
