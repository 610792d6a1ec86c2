"""Who borrows, for whom the fund lets read it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require, sees_names
from services.loans.domain.borrower import Contact
from services.loans.domain.fund_access import DEFAULT_ACCESS
from services.loans.persistence import contacts, funds


async def funds_that_name(
    session: AsyncSession, caller: Caller, fund_ids: Collection[UUID]
) -> frozenset[UUID]:
    """Those in whose dossiers the caller reads persons. Only where it hangs on the fund is anything asked."""
    if sees_names(caller, DEFAULT_ACCESS):
        return frozenset(fund_ids)
    access = await funds.access_of(session, set(fund_ids))
    return frozenset(fund_id for fund_id, rules in access.items() if sees_names(caller, rules))


async def borrowers_of_loans(
    session: AsyncSession, caller: Caller, loan_ids: Collection[UUID]
) -> dict[UUID, Contact]:
    """Absent where the caller does not read names, or does not see the loan."""
    require(caller, Act.READ_LOAN)
    return await _named(session, caller, await contacts.of_loans(session, loan_ids, caller.scope))


async def borrowers_of_applications(
    session: AsyncSession, caller: Caller, application_ids: Collection[UUID]
) -> dict[UUID, Contact]:
    require(caller, Act.READ_APPLICATION)
    return await _named(
        session, caller, await contacts.of_applications(session, application_ids, caller.scope)
    )


async def _named(session: AsyncSession, caller: Caller, found: Mapping[UUID, Contact]) -> dict[UUID, Contact]:
    naming = await funds_that_name(session, caller, {contact.fund_id for contact in found.values()})
    return {dossier_id: contact for dossier_id, contact in found.items() if contact.fund_id in naming}
