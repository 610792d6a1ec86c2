"""What became of each funder's euros over a period, and the movements behind each figure."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.funders import Funder
from services.loans.domain.refusals import LoansElement
from services.loans.domain.statements import (
    FunderStatement,
    Period,
    StatementFigure,
    StatementFigures,
    StatementLine,
    Statements,
    add_up,
    check_period,
)
from services.loans.persistence import funds, statements


async def read_statements(
    session: AsyncSession, caller: Caller, fund_id: UUID, period: Period, *, today: date
) -> Statements:
    """Of all its funders, in convention order; a funder reads its own, which then is the whole."""
    require(caller, Act.READ_STATEMENT)
    check_period(period, today=today)
    fund = await funds.find(session, fund_id, caller.scope)
    figures = await statements.by_funder(session, fund.id, period)
    shown = [
        FunderStatement(funder, figures.get(funder.id, StatementFigures()))
        for funder in await funds.funders_of(session, fund.id)
        if caller.role is not Role.FUNDER or funder.siren == caller.siren
    ]
    return Statements(fund, period, add_up(one.figures for one in shown), tuple(shown))


async def read_statement(
    session: AsyncSession, caller: Caller, fund_id: UUID, siren: Siren, period: Period, *, today: date
) -> Statements:
    """Of one funder."""
    found = await read_statements(session, caller, fund_id, period, today=today)
    own = tuple(one for one in found.by_funder if one.funder.siren == siren)
    if not own:
        raise NotFound(what=LoansElement.FUNDER, id=siren)
    return Statements(found.fund, period, own[0].figures, own)


@dataclass(frozen=True, slots=True)
class LinesWanted:
    """The lines behind one figure of one funder's statement."""

    fund_id: UUID
    siren: Siren
    period: Period
    figure: StatementFigure


async def list_statement_lines(
    session: AsyncSession,
    caller: Caller,
    wanted: LinesWanted,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
    today: date,
) -> list[StatementLine]:
    """By date; one more than `limit` where there is a next page. By their numbers, without a name."""
    funder = await _funder(session, caller, wanted, today)
    return await statements.lines(
        session, funder, wanted.period, figure=wanted.figure, after=after, limit=limit
    )


async def count_statement_lines(
    session: AsyncSession, caller: Caller, wanted: LinesWanted, *, today: date
) -> int:
    funder = await _funder(session, caller, wanted, today)
    return await statements.count_lines(session, funder, wanted.period, wanted.figure)


async def _funder(session: AsyncSession, caller: Caller, wanted: LinesWanted, today: date) -> Funder:
    require(caller, Act.READ_STATEMENT)
    check_period(wanted.period, today=today)
    fund = await funds.find(session, wanted.fund_id, caller.scope)
    if caller.role is Role.FUNDER and caller.siren != wanted.siren:
        raise NotFound(what=LoansElement.FUNDER, id=wanted.siren)
    return await funds.find_funder(session, fund.id, wanted.siren)
