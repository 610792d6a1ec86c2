"""What became of a fund's money, whole and by funder, on any date: sums of the journal."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.fund import Figures

BY_FUNDER = text("""
    WITH movements AS (
        SELECT p.funder_id, p.account, p.amount_cents, coalesce(e.restates, e.kind) AS kind
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
         WHERE e.fund_id = :fund_id AND e.on_date <= :as_of
           -- Neither changes a figure. What they leave out is half of the largest table, and policies cost by
           -- the row.
           AND p.account <> 'cash' AND p.region = (SELECT region FROM loans.funds WHERE id = :fund_id)
    )
    SELECT funder_id,
           -coalesce(sum(amount_cents)
               FILTER (WHERE account = 'capital' AND kind = 'contribution'), 0) AS paid_in_cents,
           coalesce(sum(amount_cents)
               FILTER (WHERE account = 'capital' AND kind = 'withdrawal'), 0) AS withdrawn_cents,
           coalesce(sum(amount_cents)
               FILTER (WHERE account = 'loans' AND kind = 'disbursement'), 0) AS disbursed_cents,
           -coalesce(sum(amount_cents)
               FILTER (WHERE account = 'loans' AND kind IN ('repayment', 'reversal')), 0) AS repaid_cents,
           -coalesce(sum(amount_cents) FILTER (WHERE account = 'recoveries'), 0) AS recovered_cents,
           coalesce(sum(amount_cents) FILTER (WHERE account = 'losses'), 0) AS written_off_cents
      FROM movements GROUP BY funder_id
""")

COMMITTED = text("SELECT loans.committed_of_fund(:fund_id, :as_of)")


async def by_funder(session: AsyncSession, fund_id: UUID, as_of: date) -> dict[UUID, Figures]:
    """Without what is promised by funders or to borrowers, which no movement of money shows."""
    found = await session.execute(BY_FUNDER, {"fund_id": fund_id, "as_of": as_of})
    return {
        row.funder_id: Figures(
            paid_in_cents=int(row.paid_in_cents),
            withdrawn_cents=int(row.withdrawn_cents),
            disbursed_cents=int(row.disbursed_cents),
            repaid_cents=int(row.repaid_cents),
            recovered_cents=int(row.recovered_cents),
            written_off_cents=int(row.written_off_cents),
        )
        for row in found
    }


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
