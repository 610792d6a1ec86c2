"""Who borrows and how to reach them, for several dossiers by one query."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.borrower import Contact
from services.loans.persistence.applications import APPLICATIONS
from services.loans.persistence.loans import LOANS
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import ApplicationRow, LoanRow
from services.loans.persistence.wide_statements import in_array


async def of_loans(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Contact]:
    """Names as they were at the disbursement; the e-mail is the application's, if there is one."""
    query = (
        select(LOANS.c.id, LOANS.c.fund_id, LOANS.c.given_name, LOANS.c.family_name, APPLICATIONS.c.email)
        .outerjoin(APPLICATIONS, APPLICATIONS.c.id == LOANS.c.application_id)
        .where(in_array(LOANS.c.id, ids), *sees_dossier(LoanRow, scope))
    )
    return await _contacts(session, query)


async def of_applications(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Contact]:
    query = select(
        APPLICATIONS.c.id,
        APPLICATIONS.c.fund_id,
        APPLICATIONS.c.given_name,
        APPLICATIONS.c.family_name,
        APPLICATIONS.c.email,
    ).where(in_array(APPLICATIONS.c.id, ids), *sees_dossier(ApplicationRow, scope))
    return await _contacts(session, query)


async def _contacts(session: AsyncSession, query: Select[Any]) -> dict[UUID, Contact]:
    return {
        row.id: Contact(row.fund_id, row.given_name, row.family_name, row.email)
        for row in await session.execute(query)
    }
