"""Schemes with their versions and co-funders."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.schemes import Authority, FunderShare, Scheme, Version
from services.capital.persistence.tables import scheme_versions, schemes, version_funders
from services.capital.persistence.version_rows import (
    funder_values,
    rule_values,
    to_share,
    to_version,
    version_values,
)
from services.kernel.access import Scope
from services.kernel.identifiers import Siret

_VERSIONS = text("""
    SELECT version.*, funder.siren AS funder_siren, funder.siret AS funder_siret, funder.name AS funder_name,
           funder.share_percent
      FROM capital.scheme_versions AS version
      JOIN capital.version_funders AS funder ON funder.version_id = version.id
     WHERE version.scheme_id = ANY(:scheme_ids)
     ORDER BY version.valid_from, funder.rank
""")


# A version may name a funder that none before did: from then on it sees the whole scheme.
_SHOW_TO_FUNDERS = text("""
    WITH scheme AS (
        UPDATE capital.schemes SET funder_sirens = :sirens
         WHERE id = :scheme_id AND funder_sirens <> CAST(:sirens AS text[])),
    version AS (
        UPDATE capital.scheme_versions SET funder_sirens = :sirens
         WHERE scheme_id = :scheme_id AND funder_sirens <> CAST(:sirens AS text[])
        RETURNING id)
    UPDATE capital.version_funders SET funder_sirens = :sirens WHERE version_id IN (SELECT id FROM version)
""")


async def insert(session: AsyncSession, scheme: Scheme) -> None:
    """The scheme with its versions."""
    await session.execute(
        schemes.insert().values(
            id=scheme.id,
            region=scheme.region,
            name=scheme.name,
            authority_name=scheme.authority.name if scheme.authority else None,
            authority_siret=scheme.authority.siret if scheme.authority else None,
            created_at=scheme.created_at,
            funder_sirens=scheme.funder_sirens,
        )
    )
    for version in scheme.versions:
        await _insert_version(session, scheme, version)


async def add_version(session: AsyncSession, scheme: Scheme, version: Version) -> None:
    """`scheme` is as the version leaves it, and locked."""
    await _insert_version(session, scheme, version)
    sirens = {"scheme_id": scheme.id, "sirens": scheme.funder_sirens}
    await session.execute(_SHOW_TO_FUNDERS, sirens)


async def replace_version(session: AsyncSession, scheme: Scheme, version: Version) -> None:
    """`scheme` is as the replacement leaves it, and locked."""
    is_it = scheme_versions.c.id == version.id
    await session.execute(update(scheme_versions).where(is_it).values(rule_values(version)))
    await session.execute(delete(version_funders).where(version_funders.c.version_id == version.id))
    await session.execute(version_funders.insert(), funder_values(scheme, version))
    await session.execute(_SHOW_TO_FUNDERS, {"scheme_id": scheme.id, "sirens": scheme.funder_sirens})


async def _insert_version(session: AsyncSession, scheme: Scheme, version: Version) -> None:
    await session.execute(scheme_versions.insert().values(version_values(scheme, version)))
    await session.execute(version_funders.insert(), funder_values(scheme, version))


async def find(session: AsyncSession, scheme_id: UUID, scope: Scope) -> Scheme | None:
    found = await find_many(session, [scheme_id], scope)
    return found.get(scheme_id)


async def find_many(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Scheme]:
    """One query for the schemes and one for their versions, however many are asked."""
    query = select(schemes).where(schemes.c.id.in_(ids), *within(scope))
    return {scheme.id: scheme for scheme in await _load(session, query)}


async def lock(session: AsyncSession, scheme_id: UUID, scope: Scope) -> Scheme | None:
    """Keeps every grant of the scheme waiting: they hold its row for the time of their transaction."""
    query = select(schemes).where(schemes.c.id == scheme_id, *within(scope)).with_for_update()
    # The versions are read by a statement of their own, after the lock: a snapshot of before might miss one.
    return next(iter(await _load(session, query)), None)


async def hold(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Scheme]:
    """Keeps new versions waiting, and nothing else: what is decided here is decided by these versions."""
    query = select(schemes).where(schemes.c.id.in_(ids), *within(scope)).order_by(schemes.c.id)
    held = await _load(session, query.with_for_update(read=True, key_share=True))
    return {scheme.id: scheme for scheme in held}


async def page(
    session: AsyncSession, scope: Scope, *, region: str | None, after: UUID | None, limit: int
) -> list[Scheme]:
    """In the order they were created; one more than `limit`, so that the caller knows of a next page."""
    query = select(schemes).where(*within(scope), *_in_region(region))
    if after is not None:
        query = query.where(schemes.c.id > after)
    return await _load(session, query.order_by(schemes.c.id).limit(limit + 1))


async def count(session: AsyncSession, scope: Scope, *, region: str | None) -> int:
    query = select(func.count()).select_from(schemes).where(*within(scope), *_in_region(region))
    return int((await session.execute(query)).scalar_one())


async def in_regions(
    session: AsyncSession, regions: Collection[str], scope: Scope
) -> dict[str, list[Scheme]]:
    """The schemes of several regions at once, for the graph's batches."""
    query = select(schemes).where(schemes.c.region.in_(regions), *within(scope)).order_by(schemes.c.id)
    grouped: dict[str, list[Scheme]] = {region: [] for region in regions}
    for scheme in await _load(session, query):
        grouped[scheme.region].append(scheme)
    return grouped


async def versions_of(session: AsyncSession, scheme_ids: Collection[UUID]) -> dict[UUID, tuple[Version, ...]]:
    rows = (await session.execute(_VERSIONS, {"scheme_ids": list(scheme_ids)})).all()
    shares: dict[UUID, list[FunderShare]] = defaultdict(list)
    first_rows: dict[UUID, Row[Any]] = {}
    for row in rows:
        first_rows.setdefault(row.id, row)
        shares[row.id].append(to_share(row))
    grouped: dict[UUID, list[Version]] = defaultdict(list)
    for row in first_rows.values():
        grouped[row.scheme_id].append(to_version(row, tuple(shares[row.id])))
    return {scheme_id: tuple(versions) for scheme_id, versions in grouped.items()}


def within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    """A CAE may ask from any scheme, so it sees them all; a funder sees those it co-funds."""
    narrowed: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        narrowed.append(schemes.c.region.in_(scope.regions))
    if scope.funder_siren is not None:
        narrowed.append(schemes.c.funder_sirens.contains([scope.funder_siren]))
    return narrowed


def _in_region(region: str | None) -> Sequence[ColumnElement[bool]]:
    return [] if region is None else [schemes.c.region == region]


async def _load(session: AsyncSession, query: Select[Any]) -> list[Scheme]:
    rows = (await session.execute(query)).all()
    versions = await versions_of(session, [row.id for row in rows]) if rows else {}
    return [
        Scheme(
            id=row.id,
            region=row.region,
            name=row.name,
            authority=to_authority(row),
            versions=versions[row.id],
            created_at=row.created_at,
        )
        for row in rows
    ]


def to_authority(row: Row[Any]) -> Authority | None:
    if row.authority_name is None:
        return None
    siret = Siret(row.authority_siret) if row.authority_siret is not None else None
    return Authority(name=row.authority_name, siret=siret)
