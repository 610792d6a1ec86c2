"""What several CAEs have among the top-ups, by one query."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Select, any_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import top_ups
from services.capital.persistence.top_ups import READ, top_up_of, within
from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.runtime.database.written_once import KEPT, WrittenOnce, given


async def pages(
    session: AsyncSession, sirens: Collection[Siren], scope: Scope, *, after: UUID | None, limit: int
) -> dict[Siren, list[TopUp]]:
    """The first `limit` + 1 dossiers of each CAE after the cursor, by one query."""
    grouped: dict[Siren, list[TopUp]] = {siren: [] for siren in sirens}
    query = _pages(scope, follows=after is not None)
    for row in await query.rows(session, sirens=list(sirens), after=after, most=limit + 1):
        grouped[row.cae_siren].append(top_up_of(row))
    return grouped


@lru_cache(maxsize=KEPT)
def _pages(scope: Scope, *, follows: bool) -> WrittenOnce:
    return WrittenOnce(pages_query(READ, scope, follows=follows))


def pages_query(read: Select[Any], scope: Scope, *, follows: bool) -> Select[Any]:
    """Of `read`, for the `sirens` given: the first `most` of each, `after` one where it follows."""
    rank = func.row_number().over(partition_by=top_ups.c.cae_siren, order_by=top_ups.c.id)
    sirens = given("sirens", ARRAY(top_ups.c.cae_siren.type))
    ranked = select(top_ups.c.id, rank.label("rank")).where(
        top_ups.c.cae_siren == any_(sirens), *within(scope)
    )
    if follows:
        ranked = ranked.where(top_ups.c.id > given("after", top_ups.c.id.type))
    first = ranked.subquery()
    query = read.join(first, first.c.id == top_ups.c.id).where(first.c.rank <= given("most", BigInteger()))
    return query.order_by(top_ups.c.id)


async def count_top_ups(session: AsyncSession, sirens: Collection[Siren], scope: Scope) -> dict[Siren, int]:
    """How many dossiers each CAE has that the caller may see; a CAE without one is absent."""
    query = select(top_ups.c.cae_siren, func.count()).where(top_ups.c.cae_siren.in_(sirens), *within(scope))
    rows = await session.execute(query.group_by(top_ups.c.cae_siren))
    return {Siren(siren): number for siren, number in rows}


async def names(session: AsyncSession, sirens: Collection[Siren], scope: Scope) -> dict[Siren, str]:
    """As the latest dossier of each has it."""
    return {
        Siren(row.cae_siren): row.cae_name for row in await _names(scope).rows(session, sirens=list(sirens))
    }


@lru_cache(maxsize=KEPT)
def _names(scope: Scope) -> WrittenOnce:
    sirens = given("sirens", ARRAY(top_ups.c.cae_siren.type))
    query = select(top_ups.c.cae_siren, top_ups.c.cae_name).where(
        top_ups.c.cae_siren == any_(sirens), *within(scope)
    )
    return WrittenOnce(
        query.ext(distinct_on(top_ups.c.cae_siren)).order_by(top_ups.c.cae_siren, top_ups.c.id.desc())
    )
