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
from services.loans.domain.contributions import Pledge, held_by
from services.loans.domain.fund import Figures, Fund, FunderFigures, Position, add_up
from services.loans.domain.funders import Funder
from services.loans.domain.target_shares import TargetGap, gap_of
from services.loans.domain.terms import FundSettings
from services.loans.persistence import contributions, funds, positions


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
    parts = await positions.by_funder(session, caller.scope, fund.id, as_of)
    pledged = await contributions.pledged_by_funder(session, fund.id, as_of)
    funders = await funds.funders_of(session, fund.id)
    if caller.role is Role.FUNDER:
        funders = [funder for funder in funders if funder.siren == caller.siren]
        committed_cents, weights = await positions.promise_to_share(session, fund.id, as_of)
    else:
        stakes = await contributions.stakes_of(session, fund.id)
        weights = held_by(stakes, as_of) or held_by(stakes)
        committed_cents = await positions.committed_cents(session, fund.id, as_of)
    by_funder = _share_commitment(funders, _with_pledges(parts, pledged), weights, committed_cents)
    targets = _targets(fund.settings_on(as_of).settings, funders, weights, caller)
    return Position(fund, as_of, add_up(part.figures for part in by_funder), by_funder, targets)


def _with_pledges(parts: dict[UUID, Figures], pledged: dict[UUID, tuple[int, int]]) -> dict[UUID, Figures]:
    shown = dict(parts)
    for funder_id, (pledged_cents, to_come_cents) in pledged.items():
        figures = shown.get(funder_id, Figures())
        shown[funder_id] = replace(figures, pledged_cents=pledged_cents, to_come_cents=to_come_cents)
    return shown


def _targets(
    settings: FundSettings, funders: list[Funder], weights: dict[UUID, int], caller: Caller
) -> tuple[TargetGap, ...]:
    """Of money in the fund, paid in less taken back. A funder is told of the shares that are wanted of it."""
    gaps = []
    for target in settings.target_shares:
        aimed_at = [funder for funder in funders if target.is_of(funder)]
        if aimed_at or caller.role is not Role.FUNDER:
            held_cents = sum(weights.get(funder.id, 0) for funder in aimed_at)
            gaps.append(gap_of(target, held_cents, sum(weights.values())))
    return tuple(gaps)


async def list_pledges(
    session: AsyncSession, caller: Caller, fund_id: UUID, *, after: UUID | None, limit: int
) -> list[Pledge]:
    """As they were recorded; one more than `limit` where there is a next page. A funder sees its own."""
    require(caller, Act.READ_PLEDGE)
    fund = await funds.find(session, fund_id, caller.scope)
    return await contributions.pledges_page(session, fund.id, after=after, limit=limit)


async def count_pledges(session: AsyncSession, caller: Caller, fund_id: UUID) -> int:
    require(caller, Act.READ_PLEDGE)
    return await contributions.count_pledges(session, fund_id)


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
