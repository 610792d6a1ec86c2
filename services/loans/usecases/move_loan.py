"""A borrower leaves the CAE, or goes to another: the debt is the person's, and follows them."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import entrepreneur_id
from services.loans.domain.access import Act, require
from services.loans.domain.borrower import Cae
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.stays import StayEnd, leave, move
from services.loans.domain.loan import Loan
from services.loans.persistence import cae_stays, loan_files, loan_moves, loans
from services.loans.usecases.facts import loan_dossier
from services.loans.usecases.read_loan_life import WholeLoan
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class RecordDeparture:
    loan_id: UUID
    left_on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MoveLoan:
    loan_id: UUID
    moved_on: date
    cae: Cae
    reference: str


async def record_departure(
    session: AsyncSession, caller: Caller, order: RecordDeparture, *, today: date
) -> WholeLoan:
    """The dossier stays readable by the CAE that was left; it no longer counts in its exposure."""
    require(caller, Act.RECORD_DEPARTURE)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    stays = (await cae_stays.of_loans(session, [order.loan_id]))[order.loan_id]
    ended = leave(stays, left_on=order.left_on, reason=order.reason, today=today)
    await cae_stays.end(session, ended)
    tell(session, _left(file.loan, Act.RECORD_DEPARTURE, StayEnd.DEPARTURE, order.left_on, order.reason))
    return WholeLoan.of(file, (*stays[:-1], ended))


async def move_loan(
    session: AsyncSession, caller: Caller, order: MoveLoan, *, today: date, entrepreneur_key: bytes
) -> WholeLoan:
    """The new CAE has the whole dossier from now on, and the old one none of it."""
    require(caller, Act.MOVE_LOAN)
    seen = await loans.find(session, order.loan_id, caller.scope)
    await loan_moves.lock_dossier(session, seen.id, seen.application_id)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    before = file.loan
    stays = (await cae_stays.of_loans(session, [before.id]))[before.id]
    person = entrepreneur_id(entrepreneur_key, order.cae.siren, order.reference)
    moved = move(stays, order.cae, person, moved_on=order.moved_on, today=today)
    borrower = replace(before.borrower, cae=order.cae, entrepreneur_id=person, reference=order.reference)
    if moved.ended is not None:
        await cae_stays.end(session, moved.ended)
    await loan_moves.move(session, before.id, before.application_id, borrower)
    await cae_stays.begin(session, moved.begun, before.region)
    after = replace(before, borrower=borrower)
    if moved.ended is not None:
        # The last that the old CAE is told of it.
        tell(session, _left(before, Act.MOVE_LOAN, StayEnd.MOVE, order.moved_on))
    tell(
        session,
        Fact(
            loan_dossier(after),
            Act.MOVE_LOAN,
            LoansEvent.LOAN_MOVED,
            before={"cae_siren": before.borrower.cae.siren},
            after={"cae_siren": order.cae.siren, "moved_on": order.moved_on},
            personal_fields=("reference",),
        ),
    )
    known = stays if moved.ended is None else (*stays[:-1], moved.ended)
    return WholeLoan.of(replace(file, loan=after), (*known, moved.begun))


def _left(loan: Loan, act: Act, ended_by: StayEnd, left_on: date, note: str | None = None) -> Fact:
    return Fact(
        loan_dossier(loan),
        act,
        LoansEvent.LOAN_BORROWER_LEFT,
        after={"left_on": left_on, "ended_by": ended_by},
        note=note,
    )
