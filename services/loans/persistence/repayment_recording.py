"""One repayment by three statements of the driver: the loan locked, what is kept of it, all that is written.

The lock is a statement of its own: what is read beside it in one statement is as it was before the lock was
had. Measured in `docs/decisions/recording-a-repayment.md`.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.refusals import NotFound
from services.loans.domain.life.kept import KeptLoan, LastRepayment
from services.loans.domain.refusals import LoansElement
from services.loans.domain.schedule import Instalment
from services.loans.domain.shares import LoanShare
from services.loans.persistence.loans import LOANS, to_loan
from services.runtime.database.connection import fetch

# Names are of our own table; a funder sees no dossier, and records nothing.
LOCK = f"""
    SELECT {", ".join(column.name for column in LOANS.columns)}
      FROM loans.loans
     WHERE id = $1 AND ($2::text[] IS NULL OR region = ANY ($2)) AND ($3::text IS NULL OR cae_siren = $3)
       AND $4::text IS NULL
       FOR NO KEY UPDATE
"""  # noqa: S608
KEPT = """
    SELECT schedule.*, shares.*, recorded.*
      FROM (SELECT array_agg(rank ORDER BY rank) AS ranks, array_agg(due_on ORDER BY rank) AS due_on,
                   array_agg(amount_cents ORDER BY rank) AS amounts,
                   array_agg(cumulative_cents ORDER BY rank) AS cumulative
              FROM loans.instalments WHERE loan_id = $1 AND version = $2) AS schedule,
           (SELECT array_agg(s.funder_id ORDER BY f.rank) AS funder_ids,
                   array_agg(s.principal_cents ORDER BY f.rank) AS principals,
                   array_agg(s.weight_cents ORDER BY f.rank) AS weights,
                   array_agg(s.credited_cents ORDER BY f.rank) AS credited,
                   array_agg(s.lost_cents ORDER BY f.rank) AS lost,
                   array_agg(s.recovered_cents ORDER BY f.rank) AS recovered
              FROM loans.loan_shares s JOIN loans.funders f ON f.id = s.funder_id
             WHERE s.loan_id = $1) AS shares,
           (SELECT coalesce(max(recorded_rank), 0)::int AS repayments
              FROM loans.repayments WHERE loan_id = $1) AS recorded
"""
# Nothing of a parameter is worked out here: rows come as the rules have made them, and constraints speak.
WRITE = """
    WITH repayment AS (
        INSERT INTO loans.repayments
               (id, loan_id, region, cae_siren, recorded_rank, amount_cents, paid_on, method, reference)
        VALUES ($4, $1, $2, $3, $5, $6, $7, $8, $9)
    ), entry AS (
        INSERT INTO loans.journal_entries
               (id, fund_id, region, cae_siren, loan_id, kind, on_date, repayment_id)
        VALUES ($10, $11, $2, $3, $1, $12, $7, $4)
    ), posted AS (
        INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region, cae_siren)
        SELECT $10, posting.rank, posting.account, posting.funder_id, posting.amount_cents, $2, $3
          FROM unnest($13::text[], $14::uuid[], $15::bigint[]) WITH ORDINALITY
               AS posting (account, funder_id, amount_cents, rank)
    ), shared AS (
        UPDATE loans.loan_shares s SET credited_cents = kept.credited_cents
          FROM unnest($16::uuid[], $17::bigint[]) AS kept (funder_id, credited_cents)
         WHERE s.loan_id = $1 AND s.funder_id = kept.funder_id
    )
    UPDATE loans.loans
       SET status = $18, repaid_cents = $19, next_due_on = $20, in_order_from = $7
     WHERE id = $1
"""


async def lock(session: AsyncSession, loan_id: UUID, scope: Scope) -> KeptLoan:
    """One movement at a time on a loan, as `loan_files.lock` has it, without the facts."""
    regions = None if scope.regions is None else sorted(scope.regions)
    found = await fetch(session, LOCK, loan_id, regions, scope.cae_siren, scope.funder_siren)
    if not found:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    row = found[0]
    [kept] = await fetch(session, KEPT, loan_id, row.schedule_version)
    schedule = map(Instalment, kept.ranks or (), kept.due_on or (), kept.amounts or (), kept.cumulative or ())
    return KeptLoan(
        loan=to_loan(row, tuple(schedule)),
        shares=tuple(
            map(
                LoanShare,
                *(kept.funder_ids, kept.principals, kept.weights, kept.credited, kept.lost, kept.recovered),
            )
        ),
        in_order_from=row.in_order_from,
        repayments=kept.repayments,
    )


async def save(session: AsyncSession, recorded: LastRepayment) -> None:
    loan, repayment, entry = recorded.loan, recorded.repayment, recorded.entry
    await fetch(
        session,
        WRITE,
        *(loan.id, loan.region, loan.borrower.cae.siren),
        *(repayment.id, repayment.recorded_rank, repayment.amount_cents, repayment.paid_on),
        *(repayment.method.value, repayment.reference),
        *(entry.id, entry.fund_id, entry.kind.value),
        [posting.account.value for posting in entry.postings],
        [posting.funder_id for posting in entry.postings],
        [posting.amount_cents for posting in entry.postings],
        [share.funder_id for share in recorded.shares],
        [share.credited_cents for share in recorded.shares],
        *(loan.status.value, loan.repaid_cents, loan.next_due_on),
    )
