"""Promises to pay, as they were made; the repayments tell what became of them."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.promises import Promise
from services.loans.persistence.tables import PaymentPromiseRow
from services.loans.persistence.wide_statements import in_array, table_of

PROMISES = table_of(PaymentPromiseRow)


async def add(session: AsyncSession, promise: Promise) -> None:
    await session.execute(
        insert(PROMISES).values(
            id=promise.id,
            loan_id=promise.loan_id,
            region=promise.region,
            cae_siren=promise.cae_siren,
            promised_on=promise.promised_on,
            due_on=promise.due_on,
            amount_cents=promise.amount_cents,
            note=promise.note,
            created_at=promise.created_at,
        )
    )


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, list[Promise]]:
    """As they were recorded; a loan without any is absent."""
    found = await session.execute(
        select(PROMISES).where(in_array(PROMISES.c.loan_id, loan_ids)).order_by(PROMISES.c.id)
    )
    grouped: dict[UUID, list[Promise]] = {}
    for row in found:
        grouped.setdefault(row.loan_id, []).append(_to_promise(row))
    return grouped


async def page(session: AsyncSession, loan_id: UUID, *, after: UUID | None, limit: int) -> list[Promise]:
    """Of a loan that the caller has read: newest first, one more than `limit` if there is more."""
    query = select(PROMISES).where(PROMISES.c.loan_id == loan_id).order_by(PROMISES.c.id.desc())
    if after is not None:
        query = query.where(PROMISES.c.id < after)
    return [_to_promise(row) for row in await session.execute(query.limit(limit + 1))]


async def count(session: AsyncSession, loan_id: UUID) -> int:
    query = select(func.count()).select_from(PROMISES).where(PROMISES.c.loan_id == loan_id)
    return int((await session.execute(query)).scalar_one())


async def save_told(session: AsyncSession, promises: Collection[Promise], day: date) -> None:
    """Each once: that of whoever comes second is no longer untold."""
    if promises:
        await session.execute(
            update(PROMISES)
            .where(
                in_array(PROMISES.c.id, [promise.id for promise in promises]),
                PROMISES.c.broken_told_on.is_(None),
            )
            .values(broken_told_on=day)
        )


def _to_promise(row: Row[Any]) -> Promise:
    return Promise(
        id=row.id,
        loan_id=row.loan_id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        promised_on=row.promised_on,
        due_on=row.due_on,
        amount_cents=row.amount_cents,
        created_at=row.created_at,
        note=row.note,
        broken_told_on=row.broken_told_on,
    )
