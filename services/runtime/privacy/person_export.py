"""Everything that a service holds about one person, and nothing about anyone else."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.calendar import add_months
from services.runtime.history.facts import Dossier, Fact, tell
from services.runtime.privacy.personal_data import personal_columns
from services.runtime.privacy.personal_dossiers import (
    DossierKind,
    Ended,
    Holder,
    Place,
    PrivacyAct,
    ended_among,
)
from services.runtime.privacy.retention import Ending, Periods, every_period, in_force
from services.runtime.privacy.stored_answers import answers_about


async def export_person(holder: Holder, entrepreneur_id: UUID, *, client: str, today: date) -> dict[str, Any]:
    """By dossier, with how long each category is kept. The export itself stands in the audit trail."""
    async with holder.database.of_all_tenants(client=client) as session:
        periods = in_force(await every_period(session, holder.periods), today)
        dossiers: list[dict[str, Any]] = []
        owners: dict[UUID, Dossier] = {}
        for kind in _of_entrepreneurs(holder):
            found = await _dossiers(session, kind, entrepreneur_id)
            dossiers += await _told(session, kind, found, periods)
            owners.update(found)
        answers = await answers_about(session, holder.service, list(owners))
        tell(session, *(Fact(dossier, PrivacyAct.EXPORT) for dossier in owners.values()))
    return {"dossiers": dossiers, "stored_answers": answers, "categories": _categories(holder)}


def _of_entrepreneurs(holder: Holder) -> list[DossierKind]:
    return [kind for kind in holder.kinds if kind.is_of_entrepreneur]


async def _dossiers(session: AsyncSession, kind: DossierKind, entrepreneur_id: UUID) -> dict[UUID, Dossier]:
    query = text(f"""
        SELECT id, region, cae_siren FROM {kind.table.fullname} WHERE entrepreneur_id = :person ORDER BY id
    """)  # noqa: S608 - tables of ours
    found = await session.execute(query, {"person": entrepreneur_id})
    return {row.id: Dossier(kind.name, row.id, row.region, row.cae_siren) for row in found}


async def _told(
    session: AsyncSession, kind: DossierKind, dossiers: Mapping[UUID, Dossier], periods: Periods
) -> list[dict[str, Any]]:
    if not dossiers:
        return []
    ends = await ended_among(session, kind, list(dossiers))
    records: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    for place in kind.places:
        for dossier, rows in (await _rows(session, place, list(dossiers))).items():
            records[dossier][str(place.table.name)] = rows
    return [
        {
            "kind": kind.name,
            "id": dossier.id,
            "region": dossier.region,
            "cae_siren": dossier.cae_siren,
            "ending": ends[dossier.id].ending if dossier.id in ends else None,
            "ended_on": ends[dossier.id].ended_on if dossier.id in ends else None,
            "kept": _kept(kind, ends.get(dossier.id), periods),
            "records": records[dossier.id],
        }
        for dossier in dossiers.values()
    ]


async def _rows(session: AsyncSession, place: Place, ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    columns = place.exported()
    query = text(f"""
        SELECT {place.dossier} AS of_dossier, {", ".join(f"held.{column}" for column in columns)}
          FROM {place.name} AS held {place.join} WHERE {place.is_of_ids}
         ORDER BY {", ".join(f"held.{column.name}" for column in place.table.primary_key)}
    """)  # noqa: S608
    rows: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in await session.execute(query, {"ids": ids}):
        of_dossier, *values = row
        rows[of_dossier].append(dict(zip(columns, values, strict=True)))
    return rows


def _kept(kind: DossierKind, ended: Ended | None, periods: Periods) -> dict[str, Any]:
    """For each category: months after the end, and until when where the dossier has ended."""
    categories = {category for place in kind.places for category in place.by_category()}
    kept: dict[str, Any] = {}
    for (category, ending), period in sorted(periods.items()):
        if category not in categories or (ended is not None and ending is not ended.ending):
            continue
        until = None if ended is None else add_months(ended.ended_on, period.months)
        kept.setdefault(category.value, {})[Ending(ending).value] = {
            "months": period.months,
            "until": until,
            "reason": period.reason,
        }
    return kept


def _categories(holder: Holder) -> dict[str, dict[str, str]]:
    return {
        str(place.table.name): {
            str(column.name): said.category.value
            for column, said in personal_columns(place.table)
            if column.name in place.exported()
        }
        for kind in _of_entrepreneurs(holder)
        for place in kind.places
    }
