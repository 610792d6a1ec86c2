"""What each company was granted under the de minimis ceiling, counted over all schemes and all regions.

The counter of a company is the last lock that a grant takes, after the scheme's budgets and the CAEs' caps,
and those of several companies in the order of their numbers. Under it the aid by day is read by a
statement of its own, so that nothing granted before is missed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.de_minimis import Aid, CeilingRule, Window
from services.capital.persistence.tables import de_minimis_rules
from services.kernel.identifiers import Siren

_LOCK = text("""
    INSERT INTO capital.de_minimis_counters (cae_siren, counted_cents, allowed_cents)
    SELECT wanted.cae_siren, 0, 0 FROM unnest(CAST(:sirens AS text[])) AS wanted (cae_siren)
     ORDER BY wanted.cae_siren
    ON CONFLICT (cae_siren) DO UPDATE SET counted_cents = de_minimis_counters.counted_cents
""")
_ADD = text("""
    UPDATE capital.de_minimis_counters AS counter
       SET counted_cents = counted_cents + added.cents,
           allowed_cents = greatest(allowed_cents, counted_cents + added.cents)
      FROM unnest(CAST(:sirens AS text[]), CAST(:added AS bigint[])) AS added (cae_siren, cents)
     WHERE counter.cae_siren = added.cae_siren
""")
_AID = text("""
    SELECT asked.cae_siren, aid.granted_on, aid.source, aid.scheme_id, aid.cents
      FROM unnest(CAST(:sirens AS text[])) AS asked (cae_siren)
     CROSS JOIN LATERAL capital.de_minimis_aid(asked.cae_siren) AS aid
""")


class Source(StrEnum):
    """`ELSEWHERE` is what the caller may only know the sum of: it is of other regions."""

    SCHEME = "scheme"
    DECLARED = "declared"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class GrantedAid:
    """What one source granted a company on one day."""

    granted_on: date
    source: Source
    scheme_id: UUID | None
    cents: int


async def lock(session: AsyncSession, sirens: Collection[Siren]) -> None:
    """Nobody else grants aid to these companies, or takes it back, until the transaction ends."""
    await session.execute(_LOCK, {"sirens": sorted(set(sirens))})


async def add(session: AsyncSession, added_cents: Mapping[Siren, int]) -> None:
    """Rows are locked already, and what is added was found to fit; a cancellation is negative."""
    values = {"sirens": list(added_cents), "added": list(added_cents.values())}
    await session.execute(_ADD, values)


async def rules(session: AsyncSession) -> list[CeilingRule]:
    """Of all times, the oldest first."""
    rows = await session.execute(select(de_minimis_rules).order_by(de_minimis_rules.c.valid_from))
    return [
        CeilingRule(
            valid_from=row.valid_from,
            regulation=row.regulation,
            ceiling_cents=row.ceiling_cents,
            window=Window(row.window_kind),
            window_years=row.window_years,
            source=row.source,
        )
        for row in rows
    ]


async def sources(session: AsyncSession, sirens: Collection[Siren]) -> dict[Siren, list[GrantedAid]]:
    """What each company was granted, by day and source, as far as the caller may know the source."""
    found: dict[Siren, list[GrantedAid]] = {siren: [] for siren in sirens}
    for row in await session.execute(_AID, {"sirens": sorted(set(sirens))}):
        granted = GrantedAid(row.granted_on, Source(row.source), row.scheme_id, row.cents)
        found[row.cae_siren].append(granted)
    return found


async def read(session: AsyncSession, sirens: Collection[Siren]) -> dict[Siren, Aid]:
    """What each company was granted by day, and the rules that it is held to."""
    in_force = await rules(session)
    return {siren: aid_of(in_force, granted) for siren, granted in (await sources(session, sirens)).items()}


def aid_of(in_force: list[CeilingRule], granted: Collection[GrantedAid]) -> Aid:
    by_day: dict[date, int] = {}
    for one in granted:
        by_day[one.granted_on] = by_day.get(one.granted_on, 0) + one.cents
    return Aid(in_force, by_day)
