"""Who must become a member by when, from the contracts that dossiers declare."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.lifecycle import AWARDED
from services.capital.domain.membership import Nearness
from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import membership_announcements, top_ups
from services.capital.persistence.top_ups import top_up_of, within
from services.kernel.access import Scope
from services.kernel.identifiers import EntrepreneurId, Siren


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


async def awarded_persons(session: AsyncSession, due: Collection[TopUp]) -> set[tuple[UUID, EntrepreneurId]]:
    """Who holds an award of the scheme that their dossier here asks, on this dossier or on another."""
    wanted = {(top_up.scheme_id, top_up.entrepreneur.id) for top_up in due}
    query = select(top_ups.c.scheme_id, top_ups.c.entrepreneur_id).where(
        tuple_(top_ups.c.scheme_id, top_ups.c.entrepreneur_id).in_(wanted),
        top_ups.c.status.in_([status.value for status in AWARDED]),
    )
    return {(row.scheme_id, EntrepreneurId(row.entrepreneur_id)) for row in await session.execute(query)}


async def announce(session: AsyncSession, near: Nearness, *, today: date, limit: int) -> list[TopUp]:
    """Up to `limit` dossiers not announced yet so many months before, which now they are: by one worker."""
    said = select(membership_announcements.c.top_up_id).where(
        membership_announcements.c.top_up_id == top_ups.c.id, membership_announcements.c.months == near.months
    )
    wanted = Due(first=near.first, last=near.last, cae_siren=None)
    query = select(top_ups).where(*_conditions(Scope(), wanted), ~said.exists())
    due = [top_up_of(row) for row in await session.execute(query.order_by(top_ups.c.id).limit(limit))]
    if not due:
        return []
    announced = insert(membership_announcements).values(
        [
            {
                "top_up_id": top_up.id,
                "months": near.months,
                "announced_on": today,
                "region": top_up.region,
                "cae_siren": top_up.cae.siren,
            }
            for top_up in due
        ]
    )
    # Another worker at the same work is waited for: what it announces is not announced again.
    returned = announced.on_conflict_do_nothing().returning(membership_announcements.c.top_up_id)
    ours = set((await session.execute(returned)).scalars())
    return [top_up for top_up in due if top_up.id in ours]


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
