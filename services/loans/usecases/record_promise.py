"""A borrower promises to pay so much by a day: no reminder is sent until then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.borrower_events import LoanPath, require_open
from services.loans.domain.promises import (
    Promise,
    PromiseStatus,
    check_promise,
    received_cents,
    status_on,
)
from services.loans.domain.repayment import Repayment
from services.loans.persistence import loan_files, loans, promises, reminders
from services.loans.usecases.facts import loan_dossier
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class RecordPromise:
    loan_id: UUID
    promised_on: date
    due_on: date
    amount_cents: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PromiseStanding:
    """A promise, and what the repayments known today say of it."""

    promise: Promise
    status: PromiseStatus
    received_cents: int


async def record_promise(
    session: AsyncSession, caller: Caller, order: RecordPromise, *, today: date
) -> PromiseStanding:
    """The loan is locked: of two promises at once the second is refused."""
    require(caller, Act.RECORD_PROMISE)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    loan = file.loan
    promise = Promise(
        id=new_id(),
        loan_id=loan.id,
        region=loan.region,
        cae_siren=loan.borrower.cae.siren,
        promised_on=order.promised_on,
        due_on=order.due_on,
        amount_cents=order.amount_cents,
        created_at=datetime.now(UTC),
        note=order.note,
    )
    require_open(file.events, LoanPath.PROMISE, promise.promised_on)
    others = (await promises.of_loans(session, [loan.id])).get(loan.id, [])
    check_promise(loan, others, file.repayments, promise, today=today)
    await promises.add(session, promise)
    standing = _standing(promise, file.repayments, today)
    if standing.status is PromiseStatus.PENDING:
        await reminders.cancel_due(session, [loan.id], today)
    tell(
        session,
        Fact(
            loan_dossier(loan),
            Act.RECORD_PROMISE,
            LoansEvent.PROMISE_RECORDED,
            subject_id=promise.id,
            after={
                "promised_on": promise.promised_on,
                "due_on": promise.due_on,
                "amount_cents": promise.amount_cents,
            },
            note=promise.note,
        ),
    )
    return standing


async def list_promises(
    session: AsyncSession, caller: Caller, loan_id: UUID, *, after: UUID | None, limit: int, today: date
) -> list[PromiseStanding]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_PROMISE)
    loan = await loans.find(session, loan_id, caller.scope)
    found = await promises.page(session, loan.id, after=after, limit=limit)
    repayments = (await loan_files.repayments_of(session, [loan.id]))[loan.id]
    return [_standing(promise, repayments, today) for promise in found]


async def promises_of_loans(
    session: AsyncSession, caller: Caller, loan_ids: Sequence[UUID], *, today: date
) -> dict[UUID, list[PromiseStanding]]:
    """By two queries for all, of loans that the caller has read: newest first, as in each loan's list."""
    require(caller, Act.READ_PROMISE)
    found = await promises.of_loans(session, loan_ids)
    repayments = await loan_files.repayments_of(session, list(found))
    return {
        loan_id: [_standing(promise, repayments[loan_id], today) for promise in reversed(made)]
        for loan_id, made in found.items()
    }


async def count_promises(session: AsyncSession, caller: Caller, loan_id: UUID) -> int:
    require(caller, Act.READ_PROMISE)
    return await promises.count(session, loan_id)


def _standing(promise: Promise, repayments: Sequence[Repayment], today: date) -> PromiseStanding:
    return PromiseStanding(
        promise, status_on(promise, repayments, today), received_cents(promise, repayments, today)
    )
