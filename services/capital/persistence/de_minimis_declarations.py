"""Aid declared from outside, narrowed to what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.de_minimis import Declaration, DeclarationStatus, DeclaredBy
from services.capital.domain.refusals import DeMinimisAidAlreadyDeclared
from services.capital.persistence.tables import de_minimis_declarations as declarations
from services.kernel.access import Scope
from services.kernel.identifiers import Siren

_SAME_AID = "uq_de_minimis_declarations_same_aid"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFilter:
    """None leaves a filter out."""

    cae_siren: Siren | None = None
    status: DeclarationStatus | None = None


async def insert(session: AsyncSession, declaration: Declaration) -> None:
    """The index knows the same aid in every region, whoever may read it."""
    row = declarations.insert().values(
        id=declaration.id,
        region=declaration.region,
        cae_siren=declaration.cae_siren,
        beneficiary_siren=declaration.cae_siren,
        granted_on=declaration.granted_on,
        amount_cents=declaration.amount_cents,
        grantor=declaration.grantor,
        reference=declaration.reference,
        declared_by=declaration.declared_by.value,
        created_at=declaration.created_at,
    )
    try:
        await session.execute(row)
    except IntegrityError as error:
        if _SAME_AID not in str(error.orig):
            raise
        raise DeMinimisAidAlreadyDeclared(
            granted_on=declaration.granted_on, amount_cents=declaration.amount_cents
        ) from error


async def find(session: AsyncSession, declaration_id: UUID, scope: Scope) -> Declaration | None:
    query = select(declarations).where(declarations.c.id == declaration_id, *_within(scope))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _declaration(row)


async def lock(session: AsyncSession, declaration_id: UUID, scope: Scope) -> Declaration | None:
    """None also where the caller may only read it."""
    query = select(declarations).where(declarations.c.id == declaration_id, *_within(scope))
    row = (await session.execute(query.with_for_update())).one_or_none()
    return None if row is None else _declaration(row)


async def lock_of_cae(session: AsyncSession, region: str, siren: Siren) -> None:
    """All that were declared to a region: before the company's counter, as who cancels one does."""
    query = select(declarations.c.id).where(*_of_cae(region, siren)).order_by(declarations.c.id)
    await session.execute(query.with_for_update())


async def counted_cents(session: AsyncSession, region: str, siren: Siren) -> int:
    """What of them counts, now that the company's counter is locked."""
    total = func.coalesce(func.sum(declarations.c.amount_cents), 0)
    query = select(total).where(*_of_cae(region, siren), declarations.c.cancelled_on.is_(None))
    return int((await session.execute(query)).scalar_one())


async def page(
    session: AsyncSession, scope: Scope, wanted: DeclarationFilter, *, after: UUID | None, limit: int
) -> list[Declaration]:
    """In the order they were recorded; one more than `limit`, so that the caller knows of a next page."""
    query = select(declarations).where(*_within(scope), *_matching(wanted))
    if after is not None:
        query = query.where(declarations.c.id > after)
    rows = await session.execute(query.order_by(declarations.c.id).limit(limit + 1))
    return [_declaration(row) for row in rows]


async def count(session: AsyncSession, scope: Scope, wanted: DeclarationFilter) -> int:
    query = select(func.count()).select_from(declarations).where(*_within(scope), *_matching(wanted))
    return int((await session.execute(query)).scalar_one())


async def save_cancellation(session: AsyncSession, declaration: Declaration) -> None:
    await session.execute(
        update(declarations)
        .where(declarations.c.id == declaration.id)
        .values(cancelled_on=declaration.cancelled_on, reason=declaration.reason)
    )


def _of_cae(region: str, siren: Siren) -> Sequence[ColumnElement[bool]]:
    return declarations.c.region == region, declarations.c.cae_siren == siren


def _within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        narrowed.append(declarations.c.region.in_(scope.regions))
    if scope.cae_siren is not None:
        narrowed.append(declarations.c.cae_siren == scope.cae_siren)
    return narrowed


def _matching(wanted: DeclarationFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.cae_siren is not None:
        conditions.append(declarations.c.cae_siren == wanted.cae_siren)
    if wanted.status is not None:
        is_live = declarations.c.cancelled_on.is_(None)
        conditions.append(is_live if wanted.status is DeclarationStatus.DECLARED else ~is_live)
    return conditions


def _declaration(row: Row[Any]) -> Declaration:
    return Declaration(
        id=row.id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        granted_on=row.granted_on,
        amount_cents=row.amount_cents,
        grantor=row.grantor,
        reference=row.reference,
        declared_by=DeclaredBy(row.declared_by),
        cancelled_on=row.cancelled_on,
        reason=row.reason,
        created_at=row.created_at,
    )
