"""What is awarded to each CAE, and by each scheme, in each period: kept beside the awards, equal to them.

Locks are always taken in one order: the scheme's budgets, then the CAEs' caps; in each, the whole scheme's
row, then the years. A scheme counts in every kind of period that one of its versions names, and a grant adds
to all of them, whichever its own version limits: so each version finds them true.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.awards import Reservation, Usage
from services.capital.domain.schemes import Period, Terms, Version
from services.capital.persistence.room_taken import ROOM_TAKEN
from services.capital.persistence.tables import cae_caps, scheme_budgets
from services.kernel.identifiers import Siren

# An update that changes nothing locks the row and gives its latest state, whether it was just made or not.
_LOCK_BUDGETS = text("""
    INSERT INTO capital.scheme_budgets (scheme_id, region, period, used_cents, budget_cents)
    SELECT :scheme_id, :region, wanted.period, 0, 0
      FROM unnest(CAST(:periods AS text[])) AS wanted (period)
     ORDER BY wanted.period <> 'scheme', wanted.period
    ON CONFLICT (scheme_id, period) DO UPDATE SET used_cents = scheme_budgets.used_cents
    RETURNING period, used_cents
""")
_LOCK_CAPS = text("""
    INSERT INTO capital.cae_caps (scheme_id, region, cae_siren, period, used_cents, cap_cents)
    SELECT :scheme_id, :region, wanted.cae_siren, wanted.period, 0, 0
      FROM unnest(CAST(:sirens AS text[]), CAST(:periods AS text[])) AS wanted (cae_siren, period)
     ORDER BY wanted.cae_siren, wanted.period <> 'scheme', wanted.period
    ON CONFLICT (scheme_id, cae_siren, period) DO UPDATE SET used_cents = cae_caps.used_cents
    RETURNING cae_siren, period, used_cents
""")
_ADD_TO_BUDGETS = text("""
    UPDATE capital.scheme_budgets AS counter
       SET used_cents = used_cents + added.cents,
           budget_cents = coalesce(added.limit_cents, greatest(budget_cents, used_cents + added.cents))
      FROM unnest(CAST(:periods AS text[]), CAST(:added AS bigint[]), CAST(:limits AS bigint[]))
           AS added (period, cents, limit_cents)
     WHERE counter.scheme_id = :scheme_id AND counter.period = added.period
""")
_ADD_TO_CAPS = text("""
    UPDATE capital.cae_caps AS counter
       SET used_cents = used_cents + added.cents,
           cap_cents = coalesce(added.limit_cents, greatest(cap_cents, used_cents + added.cents))
      FROM unnest(CAST(:sirens AS text[]), CAST(:periods AS text[]), CAST(:added AS bigint[]),
                  CAST(:limits AS bigint[])) AS added (cae_siren, period, cents, limit_cents)
     WHERE counter.scheme_id = :scheme_id
       AND counter.cae_siren = added.cae_siren AND counter.period = added.period
""")
_TAKEN = f"""
      FROM {ROOM_TAKEN} AS taken
     CROSS JOIN LATERAL (SELECT CASE CAST(:kind AS text) WHEN 'scheme' THEN 'scheme'
                                ELSE CAST(extract(year FROM decided_on) AS text) END AS period) AS counted
     WHERE scheme_id = :scheme_id
"""  # noqa: S608 - words of ours
_BACKFILL_BUDGETS = text(f"""
    INSERT INTO capital.scheme_budgets (scheme_id, region, period, used_cents, budget_cents)
    SELECT scheme_id, region, period, sum(cents), sum(cents) {_TAKEN}
     GROUP BY scheme_id, region, period
""")
_BACKFILL_CAPS = text(f"""
    INSERT INTO capital.cae_caps (scheme_id, region, cae_siren, period, used_cents, cap_cents)
    SELECT scheme_id, region, cae_siren, period, sum(cents), sum(cents) {_TAKEN}
     GROUP BY scheme_id, region, cae_siren, period
""")
_FORGET_BUDGETS = text("""
    DELETE FROM capital.scheme_budgets
     WHERE scheme_id = :scheme_id AND (period = 'scheme') = (CAST(:kind AS text) = 'scheme')
""")
_FORGET_CAPS = text("""
    DELETE FROM capital.cae_caps
     WHERE scheme_id = :scheme_id AND (period = 'scheme') = (CAST(:kind AS text) = 'scheme')
""")


@dataclass(frozen=True, slots=True)
class Counted:
    """The kinds of period that a scheme counts its caps and its budget in."""

    cap_periods: frozenset[Period] = frozenset()
    budget_periods: frozenset[Period] = frozenset()

    @classmethod
    def by(cls, versions: Iterable[Version]) -> "Counted":
        """Caps are counted even where they are no limit: what a CAE was awarded is always told."""
        versions = list(versions)
        return cls(
            frozenset(version.cap_period for version in versions),
            frozenset(version.budget_period for version in versions if version.budget_cents is not None),
        )

    def cap_keys(self, decided_on: date) -> list[str]:
        return in_lock_order(period.key(decided_on) for period in self.cap_periods)

    def budget_keys(self, decided_on: date) -> list[str]:
        return in_lock_order(period.key(decided_on) for period in self.budget_periods)


@dataclass(slots=True)
class Addition:
    """Cents to add to a counter, and the limit in force when the last of them was taken (None: no limit)."""

    cents: int = 0
    limit_cents: int | None = None

    def exchange(self, *, taken_cents: int, freed_cents: int, limit_cents: int | None) -> None:
        self.cents += taken_cents - freed_cents
        if taken_cents > freed_cents:
            self.limit_cents = limit_cents


@dataclass(frozen=True, slots=True)
class Additions:
    """What a set of awards (or cancellations, negative) changes in the counters of one scheme."""

    budgets: dict[str, Addition] = field(default_factory=dict)
    caps: dict[tuple[Siren, str], Addition] = field(default_factory=dict)

    def add(
        self, counted: Counted, cae_siren: Siren, cents: int, decided_on: date, terms: Terms | None
    ) -> None:
        """`terms` are those of the award; None where nothing is taken."""
        for key in counted.budget_keys(decided_on):
            is_limit = terms is not None and terms.budget_period.key(decided_on) == key
            addition = self.budgets.setdefault(key, Addition())
            addition.cents += cents
            addition.limit_cents = terms.budget_cents if terms and is_limit else None
        for key in counted.cap_keys(decided_on):
            is_limit = terms is not None and terms.cap_period.key(decided_on) == key
            addition = self.caps.setdefault((cae_siren, key), Addition())
            addition.cents += cents
            addition.limit_cents = terms.cae_cap_cents if terms and is_limit else None

    def move(
        self,
        counted: Counted,
        cae_siren: Siren,
        kept: Reservation,
        cents: int,
        decided_on: date,
        terms: Terms,
    ) -> None:
        """An award takes the place of what its request kept.

        A counter that grows by it is held to the limit in force. One that does not is not: what was kept
        stays the request's own under a lowered limit.
        """
        for key in {*counted.budget_keys(kept.on), *counted.budget_keys(decided_on)}:
            addition = self.budgets.setdefault(key, Addition())
            limiting = terms.budget_period.key(decided_on)
            addition.exchange(
                taken_cents=cents if key in counted.budget_keys(decided_on) else 0,
                freed_cents=kept.cents if key in counted.budget_keys(kept.on) else 0,
                limit_cents=terms.budget_cents if key == limiting else None,
            )
        for key in {*counted.cap_keys(kept.on), *counted.cap_keys(decided_on)}:
            addition = self.caps.setdefault((cae_siren, key), Addition())
            limiting = terms.cap_period.key(decided_on)
            addition.exchange(
                taken_cents=cents if key in counted.cap_keys(decided_on) else 0,
                freed_cents=kept.cents if key in counted.cap_keys(kept.on) else 0,
                limit_cents=terms.cae_cap_cents if key == limiting else None,
            )


@dataclass(frozen=True, slots=True)
class Used:
    """Cents by period: of the scheme's budgets, and of each CAE's caps."""

    budgets: dict[str, int] = field(default_factory=dict)
    caps: dict[Siren, dict[str, int]] = field(default_factory=dict)

    def by_cae(self, siren: Siren) -> Usage:
        return Usage(self.caps.get(siren, {}), self.budgets)

    def now(self, siren: Siren, usage: Usage) -> None:
        self.caps[siren] = dict(usage.cap_used_cents)
        self.budgets.update(usage.budget_used_cents)


def in_lock_order(periods: Iterable[str]) -> list[str]:
    """The whole scheme, then the years."""
    return sorted(set(periods), key=lambda period: (period != Period.SCHEME.value, period))


async def lock(
    session: AsyncSession,
    scheme_id: UUID,
    region: str,
    budget_keys: Collection[str],
    cap_keys: Collection[tuple[Siren, str]],
) -> Used:
    """What is used, now that nobody else can take room or free it; rows not there yet are made."""
    used = Used()
    if budget_keys:
        budgets = {"scheme_id": scheme_id, "region": region, "periods": sorted(set(budget_keys))}
        for row in await session.execute(_LOCK_BUDGETS, budgets):
            used.budgets[row.period] = row.used_cents
    if cap_keys:
        sirens, periods = zip(*sorted(set(cap_keys)), strict=True)
        caps = {"scheme_id": scheme_id, "region": region, "sirens": list(sirens), "periods": list(periods)}
        for row in await session.execute(_LOCK_CAPS, caps):
            used.caps.setdefault(row.cae_siren, {})[row.period] = row.used_cents
    return used


async def read(session: AsyncSession, scheme_id: UUID, sirens: Collection[Siren]) -> Used:
    """What is used at this moment, without waiting for anybody."""
    return (await read_many(session, [scheme_id], sirens))[scheme_id]


async def read_many(
    session: AsyncSession, scheme_ids: Collection[UUID], sirens: Collection[Siren]
) -> dict[UUID, Used]:
    """The same of several schemes, by two statements."""
    used = {scheme_id: Used() for scheme_id in scheme_ids}
    budgets = select(scheme_budgets).where(scheme_budgets.c.scheme_id.in_(scheme_ids))
    for row in await session.execute(budgets):
        used[row.scheme_id].budgets[row.period] = row.used_cents
    caps = select(cae_caps).where(cae_caps.c.scheme_id.in_(scheme_ids), cae_caps.c.cae_siren.in_(sirens))
    for row in await session.execute(caps):
        used[row.scheme_id].caps.setdefault(row.cae_siren, {})[row.period] = row.used_cents
    return used


async def read_caps(session: AsyncSession, sirens: Collection[Siren]) -> dict[Siren, dict[UUID, Usage]]:
    """What each CAE was awarded, by scheme, for the graph's batches. The schemes' budgets are not in it."""
    caps = select(cae_caps).where(cae_caps.c.cae_siren.in_(sirens)).order_by(cae_caps.c.scheme_id)
    used: dict[Siren, dict[UUID, dict[str, int]]] = {siren: {} for siren in sirens}
    for row in await session.execute(caps):
        used[row.cae_siren].setdefault(row.scheme_id, {})[row.period] = row.used_cents
    return {
        siren: {scheme_id: Usage(cap_used_cents=cents) for scheme_id, cents in by_scheme.items()}
        for siren, by_scheme in used.items()
    }


async def add(session: AsyncSession, scheme_id: UUID, additions: Additions) -> None:
    """Rows are locked already; the CHECK of each table is the last line."""
    if additions.budgets:
        budgets = {
            "scheme_id": scheme_id,
            "periods": list(additions.budgets),
            "added": [addition.cents for addition in additions.budgets.values()],
            "limits": [addition.limit_cents for addition in additions.budgets.values()],
        }
        await session.execute(_ADD_TO_BUDGETS, budgets)
    if additions.caps:
        caps = {
            "scheme_id": scheme_id,
            "sirens": [siren for siren, _ in additions.caps],
            "periods": [period for _, period in additions.caps],
            "added": [addition.cents for addition in additions.caps.values()],
            "limits": [addition.limit_cents for addition in additions.caps.values()],
        }
        await session.execute(_ADD_TO_CAPS, caps)


async def count_in(session: AsyncSession, scheme_id: UUID, before: Counted, after: Counted) -> None:
    """Rules may count what none did before: their counters start at what is awarded already.

    What no rules count any more goes, since grants will not keep it true. The scheme's row is locked, so that
    no grant is under way.
    """
    for period in sorted(before.budget_periods - after.budget_periods):
        await session.execute(_FORGET_BUDGETS, {"scheme_id": scheme_id, "kind": period.value})
    for period in sorted(before.cap_periods - after.cap_periods):
        await session.execute(_FORGET_CAPS, {"scheme_id": scheme_id, "kind": period.value})
    for period in sorted(after.budget_periods - before.budget_periods):
        await session.execute(_BACKFILL_BUDGETS, {"scheme_id": scheme_id, "kind": period.value})
    for period in sorted(after.cap_periods - before.cap_periods):
        await session.execute(_BACKFILL_CAPS, {"scheme_id": scheme_id, "kind": period.value})
