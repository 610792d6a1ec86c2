"""Payments with their lines (top-ups) and their parts (co-funders)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.payments import FunderPart, Payment, PaymentLine, PaymentReversal
from services.capital.persistence.tables import payment_lines, payment_parts, payment_reversals, payments
from services.kernel.access import Scope
from services.kernel.identifiers import Siren

_WITH_REVERSAL: FromClause = payments.outerjoin(
    payment_reversals, payment_reversals.c.payment_id == payments.c.id
)
_READ = select(
    payments,
    payment_reversals.c.id.label("reversal_id"),
    payment_reversals.c.reversed_on,
    payment_reversals.c.reason.label("reversal_reason"),
    payment_reversals.c.created_at.label("reversal_created_at"),
).select_from(_WITH_REVERSAL)

# A co-funder reads no top-up: the database itself adds up for it, in the schemes that it bears a part of.
_TO_PAY = text("SELECT version_id, cents FROM capital.to_pay_by_version(:scheme_id)")


async def insert(session: AsyncSession, payment: Payment) -> None:
    await session.execute(
        payments.insert().values(
            id=payment.id,
            scheme_id=payment.scheme_id,
            region=payment.region,
            cae_siren=payment.cae_siren,
            paid_on=payment.paid_on,
            reference=payment.reference,
            total_cents=payment.total_cents,
            created_at=payment.created_at,
        )
    )
    await session.execute(
        payment_lines.insert(),
        [
            {
                "payment_id": payment.id,
                "top_up_id": line.top_up_id,
                "version_id": line.version_id,
                "amount_cents": line.amount_cents,
                "region": payment.region,
                "cae_siren": payment.cae_siren,
            }
            for line in payment.lines
        ],
    )
    await session.execute(
        payment_parts.insert(),
        [
            {
                "payment_id": payment.id,
                "rank": rank,
                "funder_siren": part.siren,
                "funder_name": part.name,
                "amount_cents": part.amount_cents,
                "region": payment.region,
                "cae_siren": payment.cae_siren,
                "scheme_id": payment.scheme_id,
            }
            for rank, part in enumerate(payment.by_funder, start=1)
        ],
    )


async def reverse(session: AsyncSession, payment: Payment, reversal: PaymentReversal) -> None:
    """The payment's rows stay, and name what undoes them."""
    await session.execute(
        payment_reversals.insert().values(
            id=reversal.id,
            payment_id=payment.id,
            region=payment.region,
            cae_siren=payment.cae_siren,
            reversed_on=reversal.reversed_on,
            reason=reversal.reason,
            created_at=reversal.created_at,
        )
    )
    for table in (payment_lines, payment_parts):
        undone = update(table).where(table.c.payment_id == payment.id)
        await session.execute(undone.values(reversal_id=reversal.id))


async def last_reversals(session: AsyncSession, top_up_ids: Collection[UUID]) -> dict[UUID, date]:
    """When the latest payment of each came back; a top-up whose payment never did is absent."""
    query = (
        select(payment_lines.c.top_up_id, func.max(payment_reversals.c.reversed_on).label("reversed_on"))
        .join(payment_reversals, payment_reversals.c.id == payment_lines.c.reversal_id)
        .where(payment_lines.c.top_up_id.in_(top_up_ids))
        .group_by(payment_lines.c.top_up_id)
    )
    return {row.top_up_id: row.reversed_on for row in await session.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """None leaves a filter out."""

    scheme_id: UUID | None = None
    cae_siren: Siren | None = None


async def find_many(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Payment]:
    found = await _load(session, _READ.where(payments.c.id.in_(ids), *_within(scope)))
    return {payment.id: payment for payment in found}


async def of_top_up(session: AsyncSession, top_up_id: UUID, scope: Scope) -> Payment | None:
    """The one that stands: what came back is no payment of it any more."""
    standing = select(payment_lines.c.payment_id).where(
        payment_lines.c.top_up_id == top_up_id, payment_lines.c.reversal_id.is_(None)
    )
    found = await _load(session, _READ.where(payments.c.id.in_(standing), *_within(scope)))
    return found[0] if found else None


async def page(
    session: AsyncSession, scope: Scope, wanted: PaymentFilter, *, after: UUID | None, limit: int
) -> list[Payment]:
    """In the order they were recorded; one more than `limit`, so that the caller knows of a next page."""
    query = _READ.where(*_within(scope), *_matching(wanted))
    if after is not None:
        query = query.where(payments.c.id > after)
    return await _load(session, query.order_by(payments.c.id).limit(limit + 1))


async def count(session: AsyncSession, scope: Scope, wanted: PaymentFilter) -> int:
    query = select(func.count()).select_from(payments).where(*_within(scope), *_matching(wanted))
    return int((await session.execute(query)).scalar_one())


def _within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        narrowed.append(payments.c.region.in_(scope.regions))
    if scope.cae_siren is not None:
        narrowed.append(payments.c.cae_siren == scope.cae_siren)
    return narrowed


def _matching(wanted: PaymentFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.scheme_id is not None:
        conditions.append(payments.c.scheme_id == wanted.scheme_id)
    if wanted.cae_siren is not None:
        conditions.append(payments.c.cae_siren == wanted.cae_siren)
    return conditions


async def _load(session: AsyncSession, query: Select[Any]) -> list[Payment]:
    """Three queries, however many payments there are."""
    rows = (await session.execute(query)).all()
    found = [row.id for row in rows]
    lines: dict[UUID, list[PaymentLine]] = defaultdict(list)
    of_these = select(payment_lines).where(payment_lines.c.payment_id.in_(found))
    for line in await session.execute(of_these.order_by(payment_lines.c.top_up_id)):
        lines[line.payment_id].append(PaymentLine(line.top_up_id, line.version_id, line.amount_cents))
    parts: dict[UUID, list[FunderPart]] = defaultdict(list)
    shares = select(payment_parts).where(payment_parts.c.payment_id.in_(found))
    for part in await session.execute(shares.order_by(payment_parts.c.rank)):
        parts[part.payment_id].append(
            FunderPart(Siren(part.funder_siren), part.funder_name, part.amount_cents)
        )
    return [
        Payment(
            id=row.id,
            scheme_id=row.scheme_id,
            region=row.region,
            cae_siren=Siren(row.cae_siren),
            paid_on=row.paid_on,
            reference=row.reference,
            total_cents=row.total_cents,
            lines=tuple(lines[row.id]),
            by_funder=tuple(parts[row.id]),
            created_at=row.created_at,
            reversal=_reversal_of(row),
        )
        for row in rows
    ]


def _reversal_of(row: Row[Any]) -> PaymentReversal | None:
    if row.reversal_id is None:
        return None
    return PaymentReversal(
        id=row.reversal_id,
        reversed_on=row.reversed_on,
        reason=row.reversal_reason,
        created_at=row.reversal_created_at,
    )


async def to_pay_by_version(session: AsyncSession, scheme_id: UUID) -> dict[UUID, int]:
    """What is granted and not yet paid, for a co-funder of the scheme; empty for anybody else."""
    return {row.version_id: row.cents for row in await session.execute(_TO_PAY, {"scheme_id": scheme_id})}


async def paid_by_funder(session: AsyncSession, scheme_id: UUID, funder_siren: Siren) -> int:
    query = select(func.coalesce(func.sum(payment_parts.c.amount_cents), 0)).where(
        payment_parts.c.scheme_id == scheme_id,
        payment_parts.c.funder_siren == funder_siren,
        payment_parts.c.reversal_id.is_(None),
    )
    return int((await session.execute(query)).scalar_one())
