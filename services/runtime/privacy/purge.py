"""Removes or pseudonymises what is past its period, in small transactions.

Each holds a few dossiers, past those that others hold; what is purged already is met again and left as it is.
So a purge may be stopped anywhere, run twice, or run beside the services. It touches no amount, no date of
money and no id: sums stay what they were.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Column, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.calendar import add_months
from services.runtime.history.facts import Fact, tell
from services.runtime.privacy.personal_data import ERASED_PERSON, Category, Erasure, Personal
from services.runtime.privacy.personal_dossiers import (
    DossierKind,
    Ended,
    Holder,
    Place,
    PrivacyAct,
    count_ended,
    ended,
    ended_among,
    locked,
)
from services.runtime.privacy.retention import Periods, every_period, in_force

DOSSIERS_AT_ONCE = 200

# The id of a person is a keyed hash already: a hash of it tells no more, and is the same in every dossier.
PSEUDONYM = "'effacé-' || left(encode(sha256(convert_to(CAST(entrepreneur_id AS text), 'UTF8')), 'hex'), 16)"

NOTHING = "NULL"

Columns = Sequence[tuple[Column[object], Personal]]


@dataclass(slots=True)
class Purged:
    """What of one category in one table was, or is to be, purged; `dossiers` with the day each ended."""

    service: str
    category: Category
    table: str
    rows: int = 0
    dossiers: dict[UUID, date] = field(default_factory=dict)

    @property
    def oldest_ended_on(self) -> date | None:
        return min(self.dossiers.values(), default=None)


class Report:
    def __init__(self) -> None:
        self._found: dict[tuple[str, Category, str], Purged] = {}

    def add(self, service: str, category: Category, table: str, rows_of: Sequence[Ended]) -> None:
        """`rows_of` has a row's dossier for each row."""
        if not rows_of:
            return
        found = self._found.setdefault((service, category, table), Purged(service, category, table))
        found.rows += len(rows_of)
        found.dossiers.update((dossier.id, dossier.ended_on) for dossier in rows_of)

    @property
    def purged(self) -> list[Purged]:
        return [self._found[key] for key in sorted(self._found)]


async def periods_in_force(holder: Holder, today: date) -> Periods:
    async with holder.database.of_all_tenants(read_only=True) as session:
        return in_force(await every_period(session, holder.periods), today)


Progress = Callable[[int, int], None]
"""Told how many dossiers were looked at, of how many."""


async def purge_dossiers(
    holder: Holder,
    report: Report,
    *,
    client: str,
    today: date,
    is_dry_run: bool,
    progress: Progress,
) -> None:
    """Adds to `report`."""
    periods = await periods_in_force(holder, today)
    shortest = min((period.months for period in periods.values()), default=None)
    if shortest is None:
        return
    before = add_months(today, -shortest)  # what ended later can be past no period
    async with holder.database.of_all_tenants(read_only=True) as session:
        total = sum([await count_ended(session, kind, before=before) for kind in holder.kinds])
    done = 0
    for kind in holder.kinds:
        after: UUID | None = None
        while True:
            async with holder.database.of_all_tenants(client=client, read_only=is_dry_run) as session:
                seen = await ended(session, kind, after=after, before=before, limit=DOSSIERS_AT_ONCE)
                batch = _Batch(session, holder.service, kind, periods, today, report)
                await (batch.look(seen) if is_dry_run else batch.purge([one.id for one in seen]))
            done += len(seen)
            progress(done, total)
            if len(seen) < DOSSIERS_AT_ONCE:
                break
            after = seen[-1].id


@dataclass(frozen=True, slots=True)
class _Batch:
    session: AsyncSession
    service: str
    kind: DossierKind
    periods: Periods
    today: date
    report: Report

    async def look(self, dossiers: Sequence[Ended]) -> None:
        await self._each({one.id: one for one in dossiers}, _looking)

    async def purge(self, ids: list[UUID]) -> None:
        """Looks again under the lock: a repayment that bounced since may have opened a loan anew."""
        held = await locked(self.session, self.kind, ids)
        changed = await self._each(await ended_among(self.session, self.kind, list(held)), _erasing)
        tell(
            self.session,
            *(
                Fact(held[dossier], PrivacyAct.PURGE, personal_fields=tuple(sorted(names)))
                for dossier, names in changed.items()
            ),
        )

    async def _each(
        self, dossiers: dict[UUID, Ended], statement: Callable[[Place, Columns], TextClause]
    ) -> dict[UUID, set[str]]:
        changed: defaultdict[UUID, set[str]] = defaultdict(set)
        for place in self.kind.places:
            for category, columns in place.by_category().items():
                past = [one.id for one in dossiers.values() if self._is_past(category, one)]
                purged = [pair for pair in columns if pair[1].erasure is not Erasure.STAYS]
                if not past or not purged:
                    continue
                found = await self.session.execute(statement(place, purged), {"ids": past})
                touched = list(found.scalars())
                self.report.add(self.service, category, place.name, [dossiers[one] for one in touched])
                for one in touched:
                    changed[one].update(column.name for column, _ in purged)
        return changed

    def _is_past(self, category: Category, dossier: Ended) -> bool:
        period = self.periods.get((category, dossier.ending))
        return period is not None and period.is_over(dossier.ended_on, self.today)


def _looking(place: Place, columns: Columns) -> TextClause:
    return text(f"SELECT {place.dossier} FROM {place.name} AS held WHERE {_due(place, columns)}")  # noqa: S608


def _erasing(place: Place, columns: Columns) -> TextClause:
    due = _due(place, columns)
    if any(said.erasure is Erasure.ROW for _, said in columns):
        return text(f"DELETE FROM {place.name} AS held WHERE {due} RETURNING {place.dossier}")  # noqa: S608
    changes = ", ".join(f"{column.name} = {_left(column, said)}" for column, said in columns)
    return text(f"UPDATE {place.name} AS held SET {changes} WHERE {due} RETURNING {place.dossier}")  # noqa: S608


def _due(place: Place, columns: Columns) -> str:
    """Rows of these dossiers in which something still stands."""
    standing = " OR ".join(
        "true" if said.erasure is Erasure.ROW else f"{column.name} IS DISTINCT FROM {_left(column, said)}"
        for column, said in columns
    )
    return f"{place.is_of_ids} AND ({standing})"


def _left(column: Column[object], said: Personal) -> str:
    """The SQL of what a purge leaves in the column: where nothing stood, nothing."""
    left = _word_left(column, said.erasure)
    if left == NOTHING or not column.nullable:
        return left
    return f"CASE WHEN {column.name} IS NOT NULL THEN {left} END"


def _word_left(column: Column[object], erasure: Erasure) -> str:
    match erasure:
        case Erasure.EMPTY:
            return "'{}'" if isinstance(column.type, (ARRAY, JSON)) else "''"
        case Erasure.WORD:
            return f"'{ERASED_PERSON}'"
        case Erasure.PSEUDONYM:
            return PSEUDONYM
        case Erasure.YEAR:
            return f"CAST(date_trunc('year', {column.name}) AS date)"
        case _:
            return NOTHING
