"""What became of a fund's money, whole and by funder, on any date."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.fund import Figures
from services.loans.domain.indicators import PortfolioSums
from services.loans.persistence import indicators
from services.loans.persistence.indicators import Group
from services.loans.persistence.narrowing import Narrowing

# What is lent and what comes back is in the kept figures; capital moves a few times a year.
CAPITAL = text("""
    SELECT p.funder_id,
           -coalesce(sum(p.amount_cents) FILTER (WHERE e.kind = 'contribution'), 0) AS paid_in_cents,
           coalesce(sum(p.amount_cents) FILTER (WHERE e.kind = 'withdrawal'), 0) AS withdrawn_cents
      FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
     WHERE e.fund_id = :fund_id AND e.on_date <= :as_of AND e.loan_id IS NULL AND p.account = 'capital'
     GROUP BY p.funder_id
""")

COMMITTED = text("SELECT loans.committed_of_fund(:fund_id, :as_of)")


async def by_funder(session: AsyncSession, scope: Scope, fund_id: UUID, as_of: date) -> dict[UUID, Figures]:
    """Without what is promised by funders or to borrowers, which no movement of money shows."""
    lent = await indicators.sums_by(
        session, Group.FUNDER_OF_FUND, scope, Narrowing(fund_ids=[fund_id]), as_of=as_of
    )
    found = await session.execute(CAPITAL, {"fund_id": fund_id, "as_of": as_of})
    capital = {row.funder_id: (int(row.paid_in_cents), int(row.withdrawn_cents)) for row in found}
    figures = {}
    for funder_id in {*capital, *lent}:
        paid_in_cents, withdrawn_cents = capital.get(funder_id, (0, 0))
        sums = lent.get(funder_id, PortfolioSums())
        figures[funder_id] = Figures(
            paid_in_cents=paid_in_cents,
            withdrawn_cents=withdrawn_cents,
            disbursed_cents=sums.disbursed,
            repaid_cents=sums.received - sums.recovered,
            recovered_cents=sums.recovered,
            written_off_cents=sums.written_off,
        )
    return figures


async def promise_to_share(session: AsyncSession, fund_id: UUID, as_of: date) -> tuple[int, dict[UUID, int]]:
    """For a funder, who reads neither applications nor what others paid in: what is committed, and by what
    weights, in convention order, it would be split.
    """
    found = await session.execute(
        text("SELECT * FROM loans.promise_of_funder(:fund_id, :as_of)"), {"fund_id": fund_id, "as_of": as_of}
    )
    rows = found.all()
    weights = {row.funder_id: row.paid_in_cents for row in rows}
    return (rows[0].committed_cents if rows else 0), weights


async def committed_cents(session: AsyncSession, fund_id: UUID, as_of: date) -> int:
    """Approved by that date, and not yet disbursed, declined or given up; of a loan in tranches, the rest."""
    found = await session.execute(COMMITTED, {"fund_id": fund_id, "as_of": as_of})
    return int(found.scalar_one())
