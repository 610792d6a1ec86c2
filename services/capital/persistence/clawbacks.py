"""Clawbacks with their receipts, and the co-funders' parts of each."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback, ClawbackReceipt, Computation
from services.capital.domain.payments import FunderPart
from services.capital.domain.schemes import ClawbackRule
from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import clawback_parts, clawback_receipts, clawbacks, payments
from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.officers import Officer


async def insert(session: AsyncSession, top_up: TopUp, clawback: Clawback) -> None:
    computed = clawback.computation
    await session.execute(
        clawbacks.insert().values(
            id=clawback.id,
            top_up_id=top_up.id,
            payment_id=clawback.payment_id,
            scheme_id=top_up.scheme_id,
            version_id=clawback.version_id,
            region=top_up.region,
            cae_siren=top_up.cae.siren,
            rule=computed.rule.value,
            paid_cents=computed.paid_cents,
            unearned_cents=computed.unearned_cents,
            stayed_from=computed.stayed_from,
            stayed_until=computed.stayed_until,
            promised_until=computed.promised_until,
            computed_cents=computed.amount_cents,
            amount_cents=clawback.amount_cents,
            reason=clawback.reason,
            proposed_on=clawback.proposed_on,
            proposed_by_client=clawback.proposed_by.client,
            proposed_by_person=clawback.proposed_by.person,
            created_at=clawback.created_at,
        )
    )


async def save(session: AsyncSession, clawback: Clawback) -> None:
    """What a confirmation, a receipt, a waiver or a withdrawal changes."""
    await session.execute(
        update(clawbacks)
        .where(clawbacks.c.id == clawback.id)
        .values(
            amount_cents=clawback.amount_cents,
            received_cents=clawback.received_cents,
            confirmed_on=clawback.confirmed_on,
            waived_on=clawback.waived_on,
            waiver_reason=clawback.waiver_reason,
            withdrawn_on=clawback.withdrawn_on,
        )
    )


async def insert_receipt(
    session: AsyncSession, top_up: TopUp, clawback: Clawback, receipt: ClawbackReceipt
) -> None:
    whose = {"scheme_id": top_up.scheme_id, "region": top_up.region, "cae_siren": top_up.cae.siren}
    await session.execute(
        clawback_receipts.insert().values(
            id=receipt.id,
            clawback_id=clawback.id,
            top_up_id=top_up.id,
            payment_id=clawback.payment_id,
            version_id=clawback.version_id,
            amount_cents=receipt.amount_cents,
            received_on=receipt.received_on,
            reference=receipt.reference,
            created_at=receipt.created_at,
            **whose,
        )
    )
    await session.execute(
        clawback_parts.insert(),
        [
            {
                "receipt_id": receipt.id,
                "rank": rank,
                "funder_siren": part.siren,
                "funder_name": part.name,
                "amount_cents": part.amount_cents,
                **whose,
            }
            for rank, part in enumerate(receipt.by_funder, start=1)
        ],
    )


async def hold_payment(session: AsyncSession, payment_id: UUID) -> None:
    """What comes back of one payment is split in turn: each part looks at those before it."""
    await session.execute(select(payments.c.id).where(payments.c.id == payment_id).with_for_update())


async def returned(session: AsyncSession, payment_id: UUID, version_id: UUID) -> dict[Siren, int]:
    """What each co-funder had back so far of what a payment paid for the top-ups of a version."""
    query = (
        select(clawback_parts.c.funder_siren, func.sum(clawback_parts.c.amount_cents).label("cents"))
        .join(clawback_receipts, clawback_receipts.c.id == clawback_parts.c.receipt_id)
        .where(clawback_receipts.c.payment_id == payment_id, clawback_receipts.c.version_id == version_id)
        .group_by(clawback_parts.c.funder_siren)
    )
    return {Siren(row.funder_siren): int(row.cents) for row in await session.execute(query)}


async def returned_to_funder(session: AsyncSession, scheme_id: UUID, funder_siren: Siren) -> int:
    query = select(func.coalesce(func.sum(clawback_parts.c.amount_cents), 0)).where(
        clawback_parts.c.scheme_id == scheme_id, clawback_parts.c.funder_siren == funder_siren
    )
    return int((await session.execute(query)).scalar_one())


async def current(session: AsyncSession, top_up_ids: Collection[UUID], scope: Scope) -> dict[UUID, Clawback]:
    """That of each top-up which was not withdrawn, by the top-up; a top-up without one is absent."""
    query = select(clawbacks).where(clawbacks.c.top_up_id.in_(top_up_ids), clawbacks.c.withdrawn_on.is_(None))
    if scope.regions is not None:
        query = query.where(clawbacks.c.region.in_(scope.regions))
    if scope.cae_siren is not None:
        query = query.where(clawbacks.c.cae_siren == scope.cae_siren)
    rows = (await session.execute(query)).all()
    receipts = await _receipts(session, [row.id for row in rows]) if rows else {}
    return {row.top_up_id: _clawback_of(row, tuple(receipts.get(row.id, ()))) for row in rows}


async def _receipts(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[ClawbackReceipt]]:
    """In the order they were recorded."""
    of_these = select(clawback_receipts).where(clawback_receipts.c.clawback_id.in_(ids))
    rows = (await session.execute(of_these.order_by(clawback_receipts.c.id))).all()
    parts: dict[UUID, list[FunderPart]] = defaultdict(list)
    shares = select(clawback_parts).where(clawback_parts.c.receipt_id.in_([row.id for row in rows]))
    for part in await session.execute(shares.order_by(clawback_parts.c.rank)):
        parts[part.receipt_id].append(
            FunderPart(Siren(part.funder_siren), part.funder_name, part.amount_cents)
        )
    found: dict[UUID, list[ClawbackReceipt]] = defaultdict(list)
    for row in rows:
        receipt = ClawbackReceipt(
            id=row.id,
            amount_cents=row.amount_cents,
            received_on=row.received_on,
            reference=row.reference,
            by_funder=tuple(parts[row.id]),
            created_at=row.created_at,
        )
        found[row.clawback_id].append(receipt)
    return found


def _clawback_of(row: Row[Any], receipts: tuple[ClawbackReceipt, ...]) -> Clawback:
    return Clawback(
        id=row.id,
        top_up_id=row.top_up_id,
        payment_id=row.payment_id,
        version_id=row.version_id,
        computation=Computation(
            rule=ClawbackRule(row.rule),
            paid_cents=row.paid_cents,
            unearned_cents=row.unearned_cents,
            stayed_from=row.stayed_from,
            stayed_until=row.stayed_until,
            promised_until=row.promised_until,
            amount_cents=row.computed_cents,
        ),
        amount_cents=row.amount_cents,
        reason=row.reason,
        proposed_on=row.proposed_on,
        proposed_by=Officer(row.proposed_by_client, row.proposed_by_person),
        confirmed_on=row.confirmed_on,
        waived_on=row.waived_on,
        waiver_reason=row.waiver_reason,
        withdrawn_on=row.withdrawn_on,
        receipts=receipts,
        created_at=row.created_at,
    )
