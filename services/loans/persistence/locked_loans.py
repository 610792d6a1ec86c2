"""The loans of a list, by their ids or their numbers, locked in one order: by id."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, column, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.repayment_batch import LoanKey, LoanNumber
from services.loans.persistence import loan_files
from services.loans.persistence.loans import LOANS
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import LoanRow
from services.loans.persistence.wide_statements import in_array


async def lock_by_keys(
    session: AsyncSession, keys: Sequence[LoanKey], scope: Scope
) -> dict[LoanKey, LoanFile]:
    """Of those that the caller sees; a loan named in two ways stands under both.

    One order for all who lock several is what keeps them from waiting for each other in a ring.
    """
    seen = sees_dossier(LoanRow, scope)
    by_key: dict[LoanKey, UUID] = {key: key for key in keys if isinstance(key, UUID)}
    by_key |= await _ids_of(session, [key for key in keys if isinstance(key, LoanNumber)])
    locked = await session.execute(
        select(LOANS.c.id)
        .where(in_array(LOANS.c.id, set(by_key.values())), *seen)
        .order_by(LOANS.c.id)
        .with_for_update(key_share=True)
    )
    ids = [row.id for row in locked]
    files = {file.loan.id: file for file in await loan_files.of_loans(session, ids)}
    return {key: files[loan_id] for key, loan_id in by_key.items() if loan_id in files}


async def lock_numbers(session: AsyncSession, fund_id: UUID, numbers: Collection[str]) -> dict[str, UUID]:
    """Those of a fund's loans that exist, for whoever holds the fund's lock; to be read some at a time."""
    locked = await session.execute(
        select(LOANS.c.id, LOANS.c.number)
        .where(LOANS.c.fund_id == fund_id, in_array(LOANS.c.number, numbers))
        .order_by(LOANS.c.id)
        .with_for_update(key_share=True)
    )
    return {row.number: row.id for row in locked}


async def _ids_of(session: AsyncSession, numbers: Sequence[LoanNumber]) -> dict[LoanKey, UUID]:
    if not numbers:
        return {}
    listed = list(dict.fromkeys(numbers))
    wanted = (
        func.unnest(
            bindparam(None, [key.fund_id for key in listed], type_=ARRAY(Uuid)),
            bindparam(None, [key.number for key in listed], type_=ARRAY(Text)),
        )
        .table_valued(column("fund_id", Uuid), column("number", Text))
        .render_derived("wanted")
    )
    found = await session.execute(
        select(LOANS.c.id, LOANS.c.fund_id, LOANS.c.number).join(
            wanted, (LOANS.c.fund_id == wanted.c.fund_id) & (LOANS.c.number == wanted.c.number)
        )
    )
    return {LoanNumber(row.fund_id, row.number): row.id for row in found}
