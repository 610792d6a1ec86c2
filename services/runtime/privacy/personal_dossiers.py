"""Whose dossiers are where: what each service says of itself, so that export and purge are written once.

A dossier is about one person. It ends on a day, in one of two ways, and rows of other tables belong to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, MetaData, Row, Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.language import Word
from services.runtime.database.transactions import Database
from services.runtime.history.facts import Dossier
from services.runtime.privacy.personal_data import OF_OTHERS, Category, Erasure, Personal, personal_columns
from services.runtime.privacy.retention import Ending

IDS = "CAST(:ids AS uuid[])"


class PrivacyAct(Word):
    EXPORT = "export", "extraire les données d'une personne", "exporting a person's data"
    PURGE = "purge", "effacer des données personnelles", "purging personal data"


@dataclass(frozen=True, slots=True)
class Place:
    """A table whose rows belong to a dossier; `dossier` is the SQL of its id, on the table as `held`.

    `among` is the condition of being of the dossiers `:ids`, where `dossier` itself would be slow to look
    through. `join` is for rows that only another table links to the dossier: an export gives them, no purge
    has anything to do there. `shown` limits what an export gives of rows that tell of several people; without
    it all is given but what is declared other people's.
    """

    table: Table
    dossier: str
    among: str = ""
    join: str = ""
    shown: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.join and self.by_category():
            raise ValueError(f"{self.name} holds personal data: its own columns lead to the dossier")

    @property
    def name(self) -> str:
        return str(self.table.fullname)

    @property
    def is_of_ids(self) -> str:
        return self.among or f"{self.dossier} = ANY ({IDS})"

    def by_category(self) -> dict[Category, list[tuple[Column[Any], Personal]]]:
        found: dict[Category, list[tuple[Column[Any], Personal]]] = {}
        for column, said in personal_columns(self.table):
            found.setdefault(said.category, []).append((column, said))
        return found

    def exported(self) -> list[str]:
        others = {column.name for column, said in personal_columns(self.table) if said.category in OF_OTHERS}
        return [
            str(column.name)
            for column in self.table.columns
            if column.name not in others and (self.shown is None or column.name in self.shown)
        ]


@dataclass(frozen=True, slots=True)
class DossierKind:
    """`ends` is the SQL of (id, ending, ended_on); where `ended_on` is NULL the dossier is still open.

    `is_of_entrepreneur` is False where the dossier tells of people who act for others, and is no CAE's: no
    entrepreneur's export looks there.
    """

    name: str
    table: Table
    ends: str
    places: tuple[Place, ...]
    is_of_entrepreneur: bool = True


@dataclass(frozen=True, slots=True)
class Holder:
    """A service, as a place where personal data is held."""

    database: Database
    kinds: tuple[DossierKind, ...]

    @property
    def service(self) -> str:
        return str(self.database.schema)

    @property
    def periods(self) -> Table:
        # `metadata` of any of its tables: they are all of one schema.
        return self.kinds[0].table.metadata.tables[f"{self.service}.retention_periods"]

    def categories(self) -> Iterator[Category]:
        """Those of which a purge has something to erase."""
        seen = {
            said.category
            for kind in self.kinds
            for place in kind.places
            for _, said in personal_columns(place.table)
            if said.erasure is not Erasure.STAYS
        }
        return (category for category in Category if category in seen)


@dataclass(frozen=True, slots=True)
class Ended:
    id: UUID
    ending: Ending
    ended_on: date


def history_places(metadata: MetaData) -> tuple[Place, ...]:
    """Who did what to the dossier, and what they wrote: in every service alike."""
    trail, notes = (metadata.tables[f"{metadata.schema}.{name}"] for name in ("audit_trail", "audit_notes"))
    entries = f"FROM {trail.fullname} AS entry WHERE entry"
    return (
        Place(trail, "held.dossier_id"),
        Place(
            notes,
            f"(SELECT entry.dossier_id {entries}.id = held.audit_id)",
            among=f"held.audit_id IN (SELECT entry.id {entries}.dossier_id = ANY ({IDS}))",
        ),
    )


async def ended(
    session: AsyncSession, kind: DossierKind, *, after: UUID | None, before: date, limit: int
) -> list[Ended]:
    """In the order of their ids, those that ended on a day up to `before`."""
    query = text(f"""
        SELECT ended.id, ended.ending, ended.ended_on FROM ({kind.ends}) AS ended
         WHERE ended.ended_on <= :before AND (CAST(:after AS uuid) IS NULL OR ended.id > :after)
         ORDER BY ended.id LIMIT :limit
    """)  # noqa: S608 - the services' own statements
    given = {"after": after, "before": before, "limit": limit}
    return [_ended(row) for row in await session.execute(query, given)]


async def count_ended(session: AsyncSession, kind: DossierKind, *, before: date) -> int:
    query = text(f"SELECT count(*) FROM ({kind.ends}) AS ended WHERE ended.ended_on <= :before")  # noqa: S608
    return int((await session.execute(query, {"before": before})).scalar_one())


async def ended_among(session: AsyncSession, kind: DossierKind, ids: list[UUID]) -> dict[UUID, Ended]:
    query = text(f"""
        SELECT ended.id, ended.ending, ended.ended_on FROM ({kind.ends}) AS ended
         WHERE ended.id = ANY ({IDS}) AND ended.ended_on IS NOT NULL
    """)  # noqa: S608
    return {row.id: _ended(row) for row in await session.execute(query, {"ids": ids})}


async def locked(session: AsyncSession, kind: DossierKind, ids: list[UUID]) -> dict[UUID, Dossier]:
    """Those that nobody else holds: what an officer works on waits for the next run."""
    cae = "cae_siren" if kind.is_of_entrepreneur else "CAST(NULL AS text) AS cae_siren"
    query = text(f"""
        SELECT id, region, {cae} FROM {kind.table.fullname} WHERE id = ANY ({IDS})
         ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    """)  # noqa: S608
    found = await session.execute(query, {"ids": ids})
    return {row.id: Dossier(kind.name, row.id, row.region, row.cae_siren) for row in found}


def _ended(row: Row[Any]) -> Ended:
    return Ended(row.id, Ending(row.ending), cast("date", row.ended_on))
