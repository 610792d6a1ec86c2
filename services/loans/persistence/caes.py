"""What several CAEs have among the loans, by one query."""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import ARRAY, any_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.loans.persistence.loans import LOANS
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import ApplicationRow, LoanRow
from services.loans.persistence.wide_statements import in_array, table_of
from services.runtime.database.written_once import KEPT, WrittenOnce, given

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
    return {
        Siren(row.cae_siren): row.cae_name for row in await _names(scope).rows(session, sirens=list(sirens))
    }


@lru_cache(maxsize=KEPT)
def _names(scope: Scope) -> WrittenOnce:
    sirens = given("sirens", ARRAY(LOANS.c.cae_siren.type))
    named = (
        select(LOANS.c.id, LOANS.c.cae_siren, LOANS.c.cae_name)
        .where(LOANS.c.cae_siren == any_(sirens), *sees_dossier(LoanRow, scope))
        .union_all(
            select(APPLICATIONS.c.id, APPLICATIONS.c.cae_siren, APPLICATIONS.c.cae_name).where(
                APPLICATIONS.c.cae_siren == any_(sirens), *sees_dossier(ApplicationRow, scope)
            )
        )
        .subquery()
    )
    return WrittenOnce(
        select(named.c.cae_siren, named.c.cae_name)
        .ext(distinct_on(named.c.cae_siren))
        .order_by(named.c.cae_siren, named.c.id.desc())
    )
