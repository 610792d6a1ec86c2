"""Repayments that CAEs declare, and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, false, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.life.movements import Payment
from services.loans.domain.refusals import LoansElement
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_declaration import DeclarationStatus, RepaymentDeclaration
from services.loans.persistence.tables import RepaymentDeclarationRow
from services.loans.persistence.wide_statements import in_array, table_of

DECLARATIONS = table_of(RepaymentDeclarationRow)


@dataclass(frozen=True, slots=True)
class DeclarationFilter:
    loan_id: UUID | None = None
    cae: Siren | None = None
    status: DeclarationStatus | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = (
            (DECLARATIONS.c.loan_id, self.loan_id),
            (DECLARATIONS.c.cae_siren, self.cae),
            (DECLARATIONS.c.status, self.status and self.status.value),
        )
        return [column == value for column, value in wanted if value is not None]


async def add(session: AsyncSession, declaration: RepaymentDeclaration) -> None:
    payment = declaration.payment
    await session.execute(
        insert(DECLARATIONS).values(
            id=declaration.id,
            loan_id=declaration.loan_id,
            region=declaration.region,
            cae_siren=declaration.cae_siren,
            amount_cents=payment.amount_cents,
            paid_on=payment.paid_on,
            method=payment.method.value,
            early=payment.early and payment.early.value,
            reference=payment.reference,
            status=declaration.status.value,
            created_at=declaration.created_at,
        )
    )


async def lock(session: AsyncSession, declaration_id: UUID, scope: Scope) -> RepaymentDeclaration:
    """Before its loan, by all who lock both: whoever waited here sees what became of it meanwhile."""
    query = select(DECLARATIONS).where(DECLARATIONS.c.id == declaration_id, *_seen_in(scope))
    return _one((await session.execute(query.with_for_update(key_share=True))).one_or_none(), declaration_id)


async def find(session: AsyncSession, declaration_id: UUID, scope: Scope) -> RepaymentDeclaration:
    query = select(DECLARATIONS).where(DECLARATIONS.c.id == declaration_id, *_seen_in(scope))
    return _one((await session.execute(query)).one_or_none(), declaration_id)


async def page(
    session: AsyncSession, scope: Scope, wanted: DeclarationFilter, *, after: UUID | None, limit: int
) -> list[RepaymentDeclaration]:
    """Newest first, one more than `limit` where there is a next page."""
    query = (
        select(DECLARATIONS)
        .where(*wanted.conditions(), *_seen_in(scope))
        .order_by(DECLARATIONS.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(DECLARATIONS.c.id < after)
    return [_to_declaration(row) for row in await session.execute(query)]


async def count(session: AsyncSession, scope: Scope, wanted: DeclarationFilter) -> int:
    query = select(func.count()).select_from(DECLARATIONS).where(*wanted.conditions(), *_seen_in(scope))
    return int((await session.execute(query)).scalar_one())


async def by_loans(
    session: AsyncSession, loan_ids: Collection[UUID], scope: Scope
) -> dict[UUID, list[RepaymentDeclaration]]:
    """As they were declared; every loan asked for is a key."""
    query = (
        select(DECLARATIONS)
        .where(in_array(DECLARATIONS.c.loan_id, loan_ids), *_seen_in(scope))
        .order_by(DECLARATIONS.c.id)
    )
    grouped: dict[UUID, list[RepaymentDeclaration]] = {loan_id: [] for loan_id in loan_ids}
    for row in await session.execute(query):
        grouped[row.loan_id].append(_to_declaration(row))
    return grouped


async def confirmed_by(session: AsyncSession, repayment_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The declaration that each repayment confirms; a repayment that confirms none is absent."""
    found = await session.execute(
        select(DECLARATIONS.c.repayment_id, DECLARATIONS.c.id).where(
            in_array(DECLARATIONS.c.repayment_id, repayment_ids)
        )
    )
    return {row.repayment_id: row.id for row in found}


async def save_end(session: AsyncSession, declaration: RepaymentDeclaration) -> None:
    await session.execute(
        update(DECLARATIONS)
        .where(DECLARATIONS.c.id == declaration.id)
        .values(
            status=declaration.status.value,
            repayment_id=declaration.repayment_id,
            ended_at=declaration.ended_at,
            ended_reason=declaration.ended_reason,
        )
    )


def _seen_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Between a CAE and its operator: no role that is narrowed otherwise reads them."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(DECLARATIONS.c.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(DECLARATIONS.c.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(false())
    return conditions


def _one(row: Row[Any] | None, declaration_id: UUID) -> RepaymentDeclaration:
    if row is None:
        raise NotFound(what=LoansElement.REPAYMENT_DECLARATION, id=declaration_id)
    return _to_declaration(row)


def _to_declaration(row: Row[Any]) -> RepaymentDeclaration:
    return RepaymentDeclaration(
        id=row.id,
        loan_id=row.loan_id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        payment=Payment(
            row.amount_cents,
            row.paid_on,
            PaymentMethod(row.method),
            row.reference,
            None if row.early is None else EarlyMode(row.early),
        ),
        created_at=row.created_at,
        status=DeclarationStatus(row.status),
        repayment_id=row.repayment_id,
        ended_at=row.ended_at,
        ended_reason=row.ended_reason,
    )
