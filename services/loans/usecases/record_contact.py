"""An officer notes that somebody was spoken with about a loan."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.borrower_contacts import BorrowerContact, Counterpart
from services.loans.domain.events import LoansEvent
from services.loans.domain.reminders import Channel
from services.loans.persistence import borrower_contacts, loans
from services.loans.usecases.facts import loan_dossier
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class RecordContact:
    loan_id: UUID
    contacted_on: date
    channel: Channel
    counterpart: Counterpart
    note: str | None = None


async def record_contact(
    session: AsyncSession, caller: Caller, order: RecordContact, *, today: date
) -> BorrowerContact:
    require(caller, Act.RECORD_CONTACT)
    loan = await loans.find(session, order.loan_id, caller.scope)
    require_past(DateField.CONTACTED_ON, order.contacted_on, today)
    require_order(DateField.DISBURSED_ON, loan.disbursed_on, DateField.CONTACTED_ON, order.contacted_on)
    contact = BorrowerContact(
        id=new_id(),
        loan_id=loan.id,
        region=loan.region,
        cae_siren=loan.borrower.cae.siren,
        contacted_on=order.contacted_on,
        channel=order.channel,
        counterpart=order.counterpart,
        created_at=datetime.now(UTC),
        note=order.note,
    )
    await borrower_contacts.add(session, contact)
    said = {"contacted_on": contact.contacted_on, "channel": contact.channel}
    tell(
        session,
        Fact(
            loan_dossier(loan),
            Act.RECORD_CONTACT,
            LoansEvent.CONTACT_RECORDED,
            subject_id=contact.id,
            after={**said, "counterpart": contact.counterpart},
            note=contact.note,
        ),
    )
    return contact


async def list_contacts(
    session: AsyncSession, caller: Caller, loan_id: UUID, *, after: UUID | None, limit: int
) -> list[BorrowerContact]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_CONTACT)
    loan = await loans.find(session, loan_id, caller.scope)
    return await borrower_contacts.page(session, loan.id, after=after, limit=limit)


async def contacts_of_loans(
    session: AsyncSession, caller: Caller, loan_ids: Collection[UUID]
) -> dict[UUID, list[BorrowerContact]]:
    """By one query for all, of loans that the caller has read; a loan without any is absent."""
    require(caller, Act.READ_CONTACT)
    return await borrower_contacts.of_loans(session, loan_ids)


async def count_contacts(session: AsyncSession, caller: Caller, loan_id: UUID) -> int:
    require(caller, Act.READ_CONTACT)
    return await borrower_contacts.count(session, loan_id)
