"""Schemes with versions and co-funders by one statement, for the graph's batches."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.schemes import Scheme
from services.capital.persistence.schemes import to_authority, within
from services.capital.persistence.tables import scheme_versions, schemes, version_funders
from services.capital.persistence.version_rows import to_share, to_version
from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.runtime.database.written_once import KEPT, WrittenOnce, given

_GROUPS = scheme_versions.c.priority_groups
_WHOLE = (
    select(
        schemes.c.name,
        schemes.c.authority_name,
        schemes.c.authority_siret,
        schemes.c.created_at.label("scheme_created_at"),
        *(column for column in scheme_versions.c if column is not _GROUPS),
        # As text: nearly always empty, it would be read as JSON for each funder of each version.
        cast(_GROUPS, Text).label(_GROUPS.name),
        version_funders.c.siren.label("funder_siren"),
        version_funders.c.siret.label("funder_siret"),
        version_funders.c.name.label("funder_name"),
        version_funders.c.share_percent,
    )
    .join(scheme_versions, scheme_versions.c.scheme_id == schemes.c.id)
    .join(version_funders, version_funders.c.version_id == scheme_versions.c.id)
    .order_by(schemes.c.id, scheme_versions.c.valid_from, version_funders.c.rank)
)


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Scheme]:
    rows = await _by_ids(scope).rows(session, ids=list(ids))
    return {scheme.id: scheme for scheme in _schemes(rows)}


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope) -> WrittenOnce:
    ids = given("ids", ARRAY(schemes.c.id.type))
    return WrittenOnce(_WHOLE.where(schemes.c.id == any_(ids), *within(scope)))


async def of_regions(
    session: AsyncSession, regions: Collection[str], scope: Scope
) -> dict[str, list[Scheme]]:
    """Oldest first; every region asked for is a key."""
    grouped: dict[str, list[Scheme]] = {region: [] for region in regions}
    for scheme in await _load(session, schemes.c.region.in_(regions), *within(scope)):
        grouped[scheme.region].append(scheme)
    return grouped


async def of_funders(
    session: AsyncSession, sirens: Collection[Siren], scope: Scope
) -> dict[Siren, list[Scheme]]:
    """Those that a funder bears a part of, in one version at least; every funder asked for is a key."""
    grouped: dict[Siren, list[Scheme]] = {siren: [] for siren in sirens}
    for scheme in await _load(session, schemes.c.funder_sirens.overlap(sirens), *within(scope)):
        bearing = {share.siren for version in scheme.versions for share in version.funders}
        for siren in bearing.intersection(grouped):
            grouped[siren].append(scheme)
    return grouped


async def _load(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[Scheme]:
    return _schemes((await session.execute(_WHOLE.where(*conditions))).all())


def _schemes(found: Sequence[Any]) -> list[Scheme]:
    by_version: dict[UUID, list[Any]] = defaultdict(list)
    for row in found:
        by_version[row.id].append(row)
    by_scheme: dict[UUID, list[Sequence[Any]]] = defaultdict(list)
    for rows in by_version.values():
        by_scheme[rows[0].scheme_id].append(rows)
    return [_scheme(versions) for versions in by_scheme.values()]


def _scheme(versions: Sequence[Sequence[Any]]) -> Scheme:
    first = versions[0][0]
    return Scheme(
        id=first.scheme_id,
        region=first.region,
        name=first.name,
        authority=to_authority(first),
        versions=tuple(to_version(rows[0], tuple(to_share(row) for row in rows)) for rows in versions),
        created_at=first.scheme_created_at,
    )
