"""Loans with who bears them and who hosts them, as figures are summed from them."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.figures import Borne, BorneLoan, Host
from services.loans.persistence import loan_files
from services.loans.persistence.tables import CaeStayRow
from services.loans.persistence.wide_statements import in_array, table_of

STAYS = table_of(CaeStayRow)

BORNE = text("""
    SELECT e.loan_id, p.funder_id, e.on_date,
           coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                AND coalesce(e.restates, e.kind) = 'disbursement'), 0) AS disbursed_cents,
           coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'), 0) AS outstanding_cents,
           coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'losses'), 0) AS written_off_cents,
           -coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'recoveries'), 0) AS recovered_cents
      FROM loans.journal_entries e
      JOIN loans.postings p ON p.entry_id = e.id
      JOIN loans.funders f ON f.id = p.funder_id
     WHERE e.loan_id = ANY (CAST(:loan_ids AS uuid[])) AND p.account <> 'cash'
     GROUP BY e.loan_id, f.rank, p.funder_id, e.on_date
     ORDER BY e.loan_id, f.rank, e.on_date
""")


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> list[BorneLoan]:
    """Of whatever tenant the transaction sees."""
    if not loan_ids:
        return []
    borne: defaultdict[UUID, list[Borne]] = defaultdict(list)
    for row in await session.execute(BORNE, {"loan_ids": list(loan_ids)}):
        borne[row.loan_id].append(
            Borne(
                row.on_date,
                row.funder_id,
                disbursed_cents=int(row.disbursed_cents),
                outstanding_cents=int(row.outstanding_cents),
                written_off_cents=int(row.written_off_cents),
                recovered_cents=int(row.recovered_cents),
            )
        )
    hosts = await _hosts_of(session, loan_ids)
    return [
        BorneLoan(
            file,
            funders=list(dict.fromkeys(one.funder_id for one in borne[file.loan.id])),
            borne=sorted(borne[file.loan.id], key=lambda one: one.on),
            hosts=hosts[file.loan.id],
        )
        for file in await loan_files.of_loans(session, loan_ids)
    ]


async def _hosts_of(session: AsyncSession, loan_ids: Collection[UUID]) -> defaultdict[UUID, list[Host]]:
    """One that arrives the day that another is left takes its place."""
    hosts: defaultdict[UUID, list[Host]] = defaultdict(list)
    found = await session.execute(
        select(STAYS.c.loan_id, STAYS.c.cae_siren, STAYS.c.from_on, STAYS.c.until_on)
        .where(in_array(STAYS.c.loan_id, loan_ids))
        .order_by(STAYS.c.loan_id, STAYS.c.rank)
    )
    for row in found:
        hosts[row.loan_id].append(Host(row.from_on, row.cae_siren))
        if row.until_on is not None:
            hosts[row.loan_id].append(Host(row.until_on, None))
    return hosts
