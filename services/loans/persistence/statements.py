"""Funders' statements: sums of the journal's postings, and the postings behind each sum."""

from collections.abc import Collection
from dataclasses import fields
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.funders import Funder
from services.loans.domain.statements import Period, StatementFigure, StatementFigures, StatementLine

# Which postings a figure is made of, and with which sign; the one place that says so.
OF_FIGURE = """
    CASE WHEN p.account = 'capital' THEN
              CASE WHEN {kind} = 'withdrawal' THEN 'withdrawn' ELSE 'paid_in' END
         WHEN p.account = 'loans' AND {kind} = 'disbursement' THEN 'disbursed'
         WHEN p.account = 'loans' AND {kind} IN ('repayment', 'reversal') THEN 'repaid'
         WHEN p.account = 'losses' THEN 'written_off'
         WHEN p.account = 'recoveries' THEN 'recovered'
    END
""".format(kind="coalesce(e.restates, e.kind)")
SIGN = """
    CASE WHEN p.account = 'losses' OR coalesce(e.restates, e.kind) IN ('withdrawal', 'disbursement')
         THEN 1 ELSE -1 END
"""

BY_FUNDER = text(f"""
    WITH moved AS (
        SELECT p.funder_id, p.account, p.amount_cents, e.on_date < :first AS is_before,
               {OF_FIGURE} AS figure, {SIGN} * p.amount_cents AS signed_cents
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
         WHERE e.fund_id = :fund_id AND e.on_date <= :last
           AND p.region = (SELECT region FROM loans.funds WHERE id = :fund_id)
    )
    SELECT funder_id,
           coalesce(sum(amount_cents) FILTER (WHERE account = 'cash' AND is_before), 0) AS opening_cash_cents,
           coalesce(sum(amount_cents) FILTER (WHERE account = 'loans' AND is_before), 0)
               AS opening_outstanding_cents,
           {
    ", ".join(
        f"coalesce(sum(signed_cents) FILTER (WHERE figure = '{figure}' AND NOT is_before), 0)"
        f" AS {figure}_cents"
        for figure in StatementFigure
    )
},
           coalesce(sum(amount_cents) FILTER (WHERE account = 'cash'), 0) AS closing_cash_cents,
           coalesce(sum(amount_cents) FILTER (WHERE account = 'loans'), 0) AS closing_outstanding_cents
      FROM moved GROUP BY funder_id
""")  # noqa: S608 - made of the names above alone

LINES = text(f"""
    SELECT line.* FROM (
        SELECT e.id, e.kind, e.on_date, e.loan_id, {OF_FIGURE} AS figure,
               sum({SIGN} * p.amount_cents) AS signed_cents
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
         WHERE e.fund_id = :fund_id AND p.funder_id = :funder_id AND p.account <> 'cash'
           AND e.on_date BETWEEN :first AND :last
           AND (e.on_date, e.id) > (:after_on, :after_id)
         GROUP BY e.id, figure
    ) line
     WHERE line.figure = :figure ORDER BY line.on_date, line.id LIMIT :limit
""")  # noqa: S608 - made of the names above alone

COUNT = text(f"""
    SELECT count(*) FROM (
        SELECT e.id, {OF_FIGURE} AS figure
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
         WHERE e.fund_id = :fund_id AND p.funder_id = :funder_id AND p.account <> 'cash'
           AND e.on_date BETWEEN :first AND :last
         GROUP BY e.id, figure
    ) line
     WHERE line.figure = :figure
""")  # noqa: S608 - made of the names above alone

NUMBERS = text("""
    SELECT id AS loan_id, number FROM loans.loans WHERE id = ANY (:wanted)
    UNION
    SELECT loan_id, number FROM loans.numbers_of_borne_loans(:wanted)
""")


async def by_funder(session: AsyncSession, fund_id: UUID, period: Period) -> dict[UUID, StatementFigures]:
    """Of the funders whose postings the caller reads."""
    values = {"fund_id": fund_id, "first": period.first, "last": period.last}
    names = [field.name for field in fields(StatementFigures)]
    return {
        row.funder_id: StatementFigures(**{name: int(getattr(row, name)) for name in names})
        for row in await session.execute(BY_FUNDER, values)
    }


async def lines(
    session: AsyncSession,
    funder: Funder,
    period: Period,
    *,
    figure: StatementFigure,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[StatementLine]:
    """By date, one more than `limit` where there is a next page."""
    after_on, after_id = after or (date.min, UUID(int=0))
    values = {
        "fund_id": funder.fund_id,
        "funder_id": funder.id,
        "first": period.first,
        "last": period.last,
        "figure": figure.value,
        "after_on": after_on,
        "after_id": after_id,
        "limit": limit + 1,
    }
    rows = (await session.execute(LINES, values)).all()
    numbers = await _numbers_of(session, {row.loan_id for row in rows if row.loan_id is not None})
    return [
        StatementLine(
            entry_id=row.id,
            figure=StatementFigure(row.figure),
            kind=row.kind,
            on=row.on_date,
            loan_id=row.loan_id,
            loan_number=numbers.get(row.loan_id),
            signed_cents=int(row.signed_cents),
        )
        for row in rows
    ]


async def count_lines(session: AsyncSession, funder: Funder, period: Period, figure: StatementFigure) -> int:
    values = {
        "fund_id": funder.fund_id,
        "funder_id": funder.id,
        "first": period.first,
        "last": period.last,
        "figure": figure.value,
    }
    return int((await session.execute(COUNT, values)).scalar_one())


async def _numbers_of(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of loans that the caller reads, or bears a part of."""
    if not loan_ids:
        return {}
    found = await session.execute(NUMBERS, {"wanted": list(loan_ids)})
    return {row.loan_id: row.number for row in found}
