"""One repayment by two statements of the driver: what is kept of the loan, under its lock; what is written.

Measured in `docs/decisions/recording-a-repayment.md`.
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

# Names are of our own table. The function is of the migration `loans_0015`.
LOCK = f"""
    SELECT {", ".join(f"(kept.loan).{column.name}" for column in LOANS.columns)},
           kept.ranks, kept.due_on, kept.amounts, kept.cumulative, kept.funder_ids, kept.principals,
           kept.weights, kept.credited, kept.lost, kept.recovered, kept.repayments
      FROM loans.lock_kept_loan($1, $2, $3) AS kept
"""  # noqa: S608
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
    if scope.funder_siren is not None:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    regions = None if scope.regions is None else sorted(scope.regions)
    found = await fetch(session, LOCK, loan_id, regions, scope.cae_siren)
    if not found:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    [kept] = found
    schedule = map(Instalment, kept.ranks or (), kept.due_on or (), kept.amounts or (), kept.cumulative or ())
    return KeptLoan(
        loan=to_loan(kept, tuple(schedule)),
        shares=tuple(
            map(
                LoanShare,
                *(kept.funder_ids, kept.principals, kept.weights, kept.credited, kept.lost, kept.recovered),
            )
        ),
        in_order_from=kept.in_order_from,
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
