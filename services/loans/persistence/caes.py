"""What several CAEs have among the loans, by one query."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.loans.persistence.loans import LOANS
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import ApplicationRow, LoanRow
from services.loans.persistence.wide_statements import in_array, table_of

APPLICATIONS = table_of(ApplicationRow)


async def count_loans(session: AsyncSession, sirens: Collection[Siren], scope: Scope) -> dict[Siren, int]:
    """A CAE without a loan that the caller may see is absent."""
    query = (
        select(LOANS.c.cae_siren, func.count())
        .where(in_array(LOANS.c.cae_siren, sirens), *sees_dossier(LoanRow, scope))
        .group_by(LOANS.c.cae_siren)
    )
    return {Siren(siren): number for siren, number in await session.execute(query)}


async def names(session: AsyncSession, sirens: Collection[Siren], scope: Scope) -> dict[Siren, str]:
    """As each CAE's latest dossier has it: ids grow with time, those of applications and loans alike."""
    named = (
        select(LOANS.c.id, LOANS.c.cae_siren, LOANS.c.cae_name)
        .where(in_array(LOANS.c.cae_siren, sirens), *sees_dossier(LoanRow, scope))
        .union_all(
            select(APPLICATIONS.c.id, APPLICATIONS.c.cae_siren, APPLICATIONS.c.cae_name).where(
                in_array(APPLICATIONS.c.cae_siren, sirens), *sees_dossier(ApplicationRow, scope)
            )
        )
        .subquery()
    )
    latest = (
        select(named.c.cae_siren, named.c.cae_name)
        .ext(distinct_on(named.c.cae_siren))
        .order_by(named.c.cae_siren, named.c.id.desc())
    )
    return {Siren(siren): name for siren, name in await session.execute(latest)}
