"""What was said to borrowers, loan by loan."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.borrower_contacts import BorrowerContact, Counterpart
from services.loans.domain.reminders import Channel
from services.loans.persistence.tables import BorrowerContactRow
from services.loans.persistence.wide_statements import in_array, table_of

CONTACTS = table_of(BorrowerContactRow)


async def add(session: AsyncSession, contact: BorrowerContact) -> None:
    await session.execute(
        insert(CONTACTS).values(
            id=contact.id,
            loan_id=contact.loan_id,
            region=contact.region,
            cae_siren=contact.cae_siren,
            contacted_on=contact.contacted_on,
            channel=contact.channel.value,
            counterpart=contact.counterpart.value,
            note=contact.note,
            created_at=contact.created_at,
        )
    )


async def page(
    session: AsyncSession, loan_id: UUID, *, after: UUID | None, limit: int
) -> list[BorrowerContact]:
    """Of a loan that the caller has read: newest first, one more than `limit` if there is more."""
    query = select(CONTACTS).where(CONTACTS.c.loan_id == loan_id).order_by(CONTACTS.c.id.desc())
    if after is not None:
        query = query.where(CONTACTS.c.id < after)
    return [_to_contact(row) for row in await session.execute(query.limit(limit + 1))]


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, list[BorrowerContact]]:
    """Of loans that the caller has read: newest first; a loan without any is absent."""
    query = select(CONTACTS).where(in_array(CONTACTS.c.loan_id, loan_ids)).order_by(CONTACTS.c.id.desc())
    grouped: dict[UUID, list[BorrowerContact]] = {}
    for row in await session.execute(query):
        grouped.setdefault(row.loan_id, []).append(_to_contact(row))
    return grouped


async def count(session: AsyncSession, loan_id: UUID) -> int:
    query = select(func.count()).select_from(CONTACTS).where(CONTACTS.c.loan_id == loan_id)
    return int((await session.execute(query)).scalar_one())


def _to_contact(row: Row[Any]) -> BorrowerContact:
    return BorrowerContact(
        id=row.id,
        loan_id=row.loan_id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        contacted_on=row.contacted_on,
        channel=Channel(row.channel),
        counterpart=Counterpart(row.counterpart),
        created_at=row.created_at,
        note=row.note,
    )
