"""Who must become a member by when, from the contracts that dossiers declare."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import top_ups
from services.capital.persistence.top_ups import top_up_of, within
from services.kernel.access import Scope
from services.kernel.identifiers import Siren


async def due_between(
    session: AsyncSession,
    scope: Scope,
    *,
    first: date,
    last: date,
    cae_siren: Siren | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[TopUp]:
    """The latest dossier of each person due, soonest first; one more than `limit`.

    The latest dossier of a person declares the contract in force; one that says "member" ends the clock.
    """
    other = top_ups.alias("other")
    says_otherwise = select(other.c.id).where(
        other.c.entrepreneur_id == top_ups.c.entrepreneur_id,
        or_(other.c.id > top_ups.c.id, other.c.admitted_on.is_not(None), other.c.member_since.is_not(None)),
    )
    query = select(top_ups).where(
        *within(scope),
        top_ups.c.membership_due_on.between(first, last),
        top_ups.c.admitted_on.is_(None),
        ~says_otherwise.exists(),
    )
    if cae_siren is not None:
        query = query.where(top_ups.c.cae_siren == cae_siren)
    if after is not None:
        query = query.where(tuple_(top_ups.c.membership_due_on, top_ups.c.id) > tuple_(*after))
    rows = await session.execute(query.order_by(top_ups.c.membership_due_on, top_ups.c.id).limit(limit + 1))
    return [top_up_of(row) for row in rows]
