"""Who must become a member by when, from the contracts that dossiers declare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import top_ups
from services.capital.persistence.top_ups import top_up_of, within
from services.kernel.access import Scope
from services.kernel.identifiers import Siren


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """From `first` to `last`, both included; of one CAE if named."""

    first: date
    last: date
    cae_siren: Siren | None


async def due_between(
    session: AsyncSession, scope: Scope, wanted: Due, *, after: tuple[date, UUID] | None, limit: int
) -> list[TopUp]:
    """The latest dossier of each person due, soonest first; one more than `limit`."""
    query = select(top_ups).where(*_conditions(scope, wanted))
    if after is not None:
        query = query.where(tuple_(top_ups.c.membership_due_on, top_ups.c.id) > tuple_(*after))
    rows = await session.execute(query.order_by(top_ups.c.membership_due_on, top_ups.c.id).limit(limit + 1))
    return [top_up_of(row) for row in rows]


async def count_due(session: AsyncSession, scope: Scope, wanted: Due) -> int:
    query = select(func.count()).select_from(top_ups).where(*_conditions(scope, wanted))
    return int((await session.execute(query)).scalar_one())


def _conditions(scope: Scope, wanted: Due) -> Sequence[ColumnElement[bool]]:
    """A person's latest dossier declares the contract in force; one that says "member" ends the clock."""
    other = top_ups.alias("other")
    says_otherwise = select(other.c.id).where(
        other.c.entrepreneur_id == top_ups.c.entrepreneur_id,
        or_(other.c.id > top_ups.c.id, other.c.admitted_on.is_not(None), other.c.member_since.is_not(None)),
    )
    conditions = [
        *within(scope),
        top_ups.c.membership_due_on.between(wanted.first, wanted.last),
        top_ups.c.admitted_on.is_(None),
        ~says_otherwise.exists(),
    ]
    if wanted.cae_siren is not None:
        conditions.append(top_ups.c.cae_siren == wanted.cae_siren)
    return conditions
