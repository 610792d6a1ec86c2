"""Transfers of CAEs, what of them is allocated, and to which repayments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, false, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren, new_id
from services.kernel.refusals import NotFound
from services.loans.domain.refusals import LoansElement
from services.loans.domain.remittance import AnnouncedRemittance, Remittance, RemittedRepayment
from services.loans.domain.repayment import Repayment
from services.loans.domain.repayment_batch import Tenant
from services.loans.persistence.loan_files import REPAYMENTS, REVERSALS
from services.loans.persistence.loans import LOANS
from services.loans.persistence.tables import RemittanceRow, RemittedRepaymentRow
from services.loans.persistence.wide_statements import insert_rows, table_of

REMITTANCES = table_of(RemittanceRow)
REMITTED = table_of(RemittedRepaymentRow)


@dataclass(frozen=True, slots=True)
class RemittanceFilter:
    cae: Siren | None = None
    reference: str | None = None
    unallocated: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions = []
        if self.cae is not None:
            conditions.append(REMITTANCES.c.cae_siren == self.cae)
        if self.reference is not None:
            conditions.append(REMITTANCES.c.reference == self.reference)
        if self.unallocated is not None:
            is_left = REMITTANCES.c.allocated_cents < REMITTANCES.c.total_cents
            conditions.append(is_left if self.unallocated else ~is_left)
        return conditions


async def lock(
    session: AsyncSession, announced: AnnouncedRemittance, remitted_by: Tenant
) -> tuple[Remittance, bool]:
    """The remittance so announced, made if there is none yet, and whether it was.

    After the loans, by all who lock both.
    """
    own_id = new_id()
    await session.execute(
        insert(REMITTANCES)
        .values(
            id=own_id,
            region=remitted_by.region,
            cae_siren=remitted_by.cae_siren,
            reference=announced.reference,
            received_on=announced.received_on,
            total_cents=announced.total_cents,
            allocated_cents=0,
        )
        .on_conflict_do_nothing(index_elements=["region", "cae_siren", "reference"])
    )
    found = await session.execute(
        select(REMITTANCES)
        .where(
            REMITTANCES.c.region == remitted_by.region,
            REMITTANCES.c.cae_siren == remitted_by.cae_siren,
            REMITTANCES.c.reference == announced.reference,
        )
        .with_for_update(key_share=True)
    )
    remittance = _to_remittance(found.one())
    return remittance, remittance.id == own_id


async def allocate(session: AsyncSession, after: Remittance, repayments: Sequence[Repayment]) -> None:
    """`after` is the locked remittance with these repayments counted."""
    await insert_rows(
        session,
        RemittedRepaymentRow,
        (
            {
                "repayment_id": repayment.id,
                "remittance_id": after.id,
                "region": after.region,
                "cae_siren": after.cae_siren,
                "amount_cents": repayment.amount_cents,
            }
            for repayment in repayments
        ),
    )
    await session.execute(
        update(REMITTANCES).where(REMITTANCES.c.id == after.id).values(allocated_cents=after.allocated_cents)
    )


RELEASE = text("""
    UPDATE loans.remittances r
       SET allocated_cents = r.allocated_cents - covered.amount_cents
      FROM loans.remitted_repayments covered
     WHERE covered.repayment_id = :repayment_id AND r.id = covered.remittance_id
""")


async def release(session: AsyncSession, repayment_id: UUID) -> None:
    """A repayment was reversed: what of a remittance had gone to it is to be allocated again."""
    await session.execute(RELEASE, {"repayment_id": repayment_id})


async def find(session: AsyncSession, remittance_id: UUID, scope: Scope) -> Remittance:
    query = select(REMITTANCES).where(REMITTANCES.c.id == remittance_id, *_seen_in(scope))
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(what=LoansElement.REMITTANCE, id=remittance_id)
    return _to_remittance(row)


async def page(
    session: AsyncSession, scope: Scope, wanted: RemittanceFilter, *, after: UUID | None, limit: int
) -> list[Remittance]:
    """Newest first, one more than `limit` where there is a next page."""
    query = (
        select(REMITTANCES)
        .where(*wanted.conditions(), *_seen_in(scope))
        .order_by(REMITTANCES.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(REMITTANCES.c.id < after)
    return [_to_remittance(row) for row in await session.execute(query)]


async def count(session: AsyncSession, scope: Scope, wanted: RemittanceFilter) -> int:
    query = select(func.count()).select_from(REMITTANCES).where(*wanted.conditions(), *_seen_in(scope))
    return int((await session.execute(query)).scalar_one())


async def repayments_of(session: AsyncSession, remittance_id: UUID) -> list[RemittedRepayment]:
    """As they were recorded. As many as one batch may hold, and those recorded later for what was left."""
    found = await session.execute(
        select(
            REMITTED.c.repayment_id,
            REPAYMENTS.c.loan_id,
            LOANS.c.number,
            REPAYMENTS.c.amount_cents,
            REPAYMENTS.c.paid_on,
            REVERSALS.c.reversed_on,
        )
        .join(REPAYMENTS, REPAYMENTS.c.id == REMITTED.c.repayment_id)
        .join(LOANS, LOANS.c.id == REPAYMENTS.c.loan_id)
        .outerjoin(REVERSALS, REVERSALS.c.repayment_id == REPAYMENTS.c.id)
        .where(REMITTED.c.remittance_id == remittance_id)
        .order_by(REMITTED.c.repayment_id)
    )
    return [RemittedRepayment(*row) for row in found]


def _seen_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Between a CAE and its operator: no role that is narrowed otherwise reads them."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(REMITTANCES.c.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(REMITTANCES.c.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(false())
    return conditions


def _to_remittance(row: Row[Any]) -> Remittance:
    return Remittance(
        id=row.id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        reference=row.reference,
        received_on=row.received_on,
        total_cents=row.total_cents,
        allocated_cents=row.allocated_cents,
        created_at=row.created_at,
    )
