"""Successions of CAEs: recorded, and carried out on every row that says whose it is."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Text, cast, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.successions import Succession
from services.capital.domain.top_ups import TopUp
from services.capital.persistence.room_taken import ROOM_TAKEN
from services.capital.persistence.tables import schemes, successions, top_ups
from services.capital.persistence.top_ups import top_up_of
from services.kernel.access import Scope
from services.kernel.identifiers import Siren, Siret

FOLLOW = (
    "clawback_parts",
    "clawback_receipts",
    "clawbacks",
    "de_minimis_declarations",
    "documents",
    "dossier_versions",
    "follow_up_announcements",
    "follow_ups",
    "former_caes",
    "journal_entries",
    "membership_announcements",
    "payment_lines",
    "payment_parts",
    "payment_reversals",
    "payments",
    "postings",
)
"""Beside the top-ups themselves: what is of a dossier goes along with it, whoever may write it otherwise."""

_FORMER = text("""
    INSERT INTO capital.former_caes
        (top_up_id, succession_id, region, cae_siren, former_siret, former_name, effective_on)
    SELECT id, :succession_id, region, :to_siren, cae_siret, cae_name, :effective_on
      FROM capital.top_ups WHERE region = :region AND cae_siren = :from_siren
""")
# What was over neither cap may be over the one that is left: it takes nothing back, it leaves no room.
_ADD_UP_CAPS = text("""
    WITH taken AS (
        DELETE FROM capital.cae_caps WHERE region = :region AND cae_siren = :from_siren
        RETURNING scheme_id, region, period, used_cents)
    INSERT INTO capital.cae_caps AS counter (scheme_id, region, cae_siren, period, used_cents, cap_cents)
    SELECT scheme_id, region, :to_siren, period, used_cents, used_cents FROM taken
     ORDER BY scheme_id, period <> 'scheme', period
    ON CONFLICT (scheme_id, cae_siren, period) DO UPDATE
       SET used_cents = counter.used_cents + excluded.used_cents,
           cap_cents = greatest(counter.cap_cents, counter.used_cents + excluded.used_cents)
""")
_TAKEN = text(f"""
    SELECT coalesce(sum(taken.cents), 0) AS cents FROM {ROOM_TAKEN} AS taken
     WHERE taken.region = :region AND taken.cae_siren = :siren
""")  # noqa: S608 - words of ours


async def lock_schemes(session: AsyncSession, region: str) -> list[UUID]:
    """All of a region, in the order of their ids: nobody asks, grants or pays there meanwhile."""
    query = select(schemes.c.id).where(schemes.c.region == region).order_by(schemes.c.id)
    return list((await session.execute(query.with_for_update())).scalars())


async def lock_top_ups(session: AsyncSession, region: str, siren: Siren) -> list[TopUp]:
    """In the order of their ids, as whoever else locks several."""
    query = select(top_ups).where(top_ups.c.region == region, top_ups.c.cae_siren == siren)
    rows = await session.execute(query.order_by(top_ups.c.id).with_for_update())
    return [top_up_of(row) for row in rows]


async def taken_cents(session: AsyncSession, region: str, siren: Siren) -> int:
    """What of the CAE's awards takes room in the caps of a region's schemes."""
    return int((await session.execute(_TAKEN, {"region": region, "siren": siren})).scalar_one())


async def carry_out(session: AsyncSession, succession: Succession) -> None:
    """Under the locks of schemes and top-ups. The succession's own row is what lets the others go."""
    values = _values(succession)
    await session.execute(successions.insert().values(values))
    await session.execute(_FORMER, values | {"succession_id": succession.id})
    await session.execute(
        update(top_ups)
        .where(top_ups.c.region == succession.region, top_ups.c.cae_siren == succession.from_siren)
        .values(
            cae_siren=succession.to_siren,
            cae_siret=succession.to_siret,
            cae_name=succession.to_name,
            revision=top_ups.c.revision + 1,
        )
    )
    await session.execute(select(func.capital.rows_follow(succession.id, cast(FOLLOW, ARRAY(Text)))))
    await session.execute(_ADD_UP_CAPS, values)


async def of_regions(session: AsyncSession, regions: Collection[str]) -> list[Succession]:
    """As far as the caller sees them: few at any time."""
    query = select(successions).where(successions.c.region.in_(sorted(regions)))
    return [_to_succession(row) for row in await session.execute(query)]


async def find(session: AsyncSession, succession_id: UUID, scope: Scope) -> Succession | None:
    query = select(successions).where(successions.c.id == succession_id, *_within(scope))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _to_succession(row)


async def page(
    session: AsyncSession, scope: Scope, *, siren: Siren | None, after: UUID | None, limit: int
) -> list[Succession]:
    """As they were recorded, one more than `limit` where there is a next page; `siren` is either side's."""
    query = select(successions).where(*_within(scope), *_of(siren)).order_by(successions.c.id)
    if after is not None:
        query = query.where(successions.c.id > after)
    return [_to_succession(row) for row in await session.execute(query.limit(limit + 1))]


async def count(session: AsyncSession, scope: Scope, *, siren: Siren | None) -> int:
    query = select(func.count()).select_from(successions).where(*_within(scope), *_of(siren))
    return int((await session.execute(query)).scalar_one())


def _of(siren: Siren | None) -> Sequence[ColumnElement[bool]]:
    if siren is None:
        return []
    return [or_(successions.c.from_siren == siren, successions.c.to_siren == siren)]


def _within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    regions: Collection[str] | None = scope.regions
    return [
        *([] if regions is None else [successions.c.region.in_(sorted(regions))]),
        *_of(scope.cae_siren),
    ]


def _values(succession: Succession) -> dict[str, object]:
    return {
        name: getattr(succession, name)
        for name in (
            *("id", "region", "from_siren", "to_siren", "to_siret", "to_name"),
            *("effective_on", "reason", "top_ups", "taken_cents", "created_at"),
        )
    }


def _to_succession(row: Row[Any]) -> Succession:
    return Succession(
        id=row.id,
        region=row.region,
        from_siren=Siren(row.from_siren),
        to_siren=Siren(row.to_siren),
        to_siret=Siret(row.to_siret),
        to_name=row.to_name,
        effective_on=row.effective_on,
        reason=row.reason,
        top_ups=row.top_ups,
        taken_cents=row.taken_cents,
        created_at=row.created_at,
    )
