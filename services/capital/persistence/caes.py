"""What several CAEs have among the top-ups, by one query."""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ARRAY, any_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import top_ups
from services.capital.persistence.top_ups import READ, load, within
from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.runtime.database.written_once import KEPT, WrittenOnce, given


async def pages(
    session: AsyncSession, sirens: Collection[Siren], scope: Scope, *, after: UUID | None, limit: int
) -> dict[Siren, list[TopUp]]:
    """The first `limit` + 1 dossiers of each CAE after the cursor, by one query."""
    rank = func.row_number().over(partition_by=top_ups.c.cae_siren, order_by=top_ups.c.id)
    ranked = select(top_ups.c.id, rank.label("rank")).where(top_ups.c.cae_siren.in_(sirens), *within(scope))
    if after is not None:
        ranked = ranked.where(top_ups.c.id > after)
    first = ranked.subquery()
    query = READ.join(first, first.c.id == top_ups.c.id).where(first.c.rank <= limit + 1)
    grouped: dict[Siren, list[TopUp]] = {siren: [] for siren in sirens}
    for top_up in await load(session, query.order_by(top_ups.c.id)):
        grouped[top_up.cae.siren].append(top_up)
    return grouped


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
