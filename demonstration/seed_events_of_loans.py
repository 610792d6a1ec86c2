"""What happens to each loan that shows an event: told once its offer is signed."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

from demonstration.eventful_dossiers import FUND, LATE_DAYS, Event, EventfulDossier, next_cae
from demonstration.seed_dossiers import Desk
from services.kernel.calendar import add_months
from services.loans.domain.borrower import Cae
from services.loans.domain.borrower_contacts import Counterpart
from services.loans.domain.life.borrower_events import BorrowerEventKind
from services.loans.domain.life.changes import ChangeOrder
from services.loans.domain.life.facts import ChangeKind
from services.loans.domain.life.movements import Payment
from services.loans.domain.reminders import Channel
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.usecases.move_loan import MoveLoan, RecordDeparture, move_loan, record_departure
from services.loans.usecases.pay_tranche import PayTranche, pay_tranche
from services.loans.usecases.rearrange_schedule import RearrangeSchedule, rearrange_schedule
from services.loans.usecases.record_borrower_event import RecordBorrowerEvent, record_borrower_event
from services.loans.usecases.record_contact import RecordContact, record_contact
from services.loans.usecases.record_promise import RecordPromise, record_promise
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment

TellEvents = Callable[[Desk, EventfulDossier, UUID], Awaitable[None]]
"""Given a signed offer."""

TRANCHES_CENTS = ((4_000_00, 0), (3_000_00, 2), (2_000_00, 4))
"""Each with the months between the first and itself."""


async def reschedule(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """Six instalments are paid, two are not; what is left is spread over thirty months, and paid since."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, add_months(dossier.disbursed_on, 6))
    from_on = add_months(dossier.disbursed_on, 8) + timedelta(days=3)
    reason = "Perte d'un client principal"
    await _rearrange(desk, loan.id, ChangeOrder(ChangeKind.RESCHEDULING, from_on, reason, months=30))
    await desk.collect(loan.id, desk.today)


async def suspend(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, add_months(dossier.disbursed_on, 5))
    from_on = add_months(dossier.disbursed_on, 5) + timedelta(days=6)
    await _rearrange(desk, loan.id, ChangeOrder(ChangeKind.SUSPENSION, from_on, "Congé maladie", months=3))
    await desk.collect(loan.id, desk.today)


async def pay_in_tranches(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """The instalments are counted from the last of them."""
    (first_cents, _), *others = TRANCHES_CENTS
    loan = await desk.disburse(application_id, dossier, first_cents)
    for cents, months in others:
        on = add_months(dossier.disbursed_on, months)
        order = PayTranche(loan.id, cents, on, f"VIR {dossier.number} tranche")
        await pay_tranche(desk.session, desk.caller, order, today=desk.today)
    await desk.collect(loan.id, desk.today)


async def pay_early(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """A part, so that the instalments that follow are smaller."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, add_months(dossier.disbursed_on, 6))
    paid_on = add_months(dossier.disbursed_on, 6) + timedelta(days=8)
    payment = Payment(1_500_00, paid_on, PaymentMethod.TRANSFER, "Prime", early=EarlyMode.LOWER)
    await record_repayment(desk.session, desk.caller, RecordRepayment(loan.id, payment), today=desk.today)
    await desk.collect(loan.id, desk.today)


async def accelerate(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """No answer to a letter, then a formal notice: all of it is due."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, add_months(dossier.disbursed_on, 6))
    noticed_on = add_months(desk.today, -3)
    await _contact(desk, loan.id, noticed_on, Channel.LETTER, Counterpart.BORROWER, "Mise en demeure")
    change = ChangeOrder(
        ChangeKind.ACCELERATION,
        noticed_on + timedelta(days=30),
        "Mise en demeure restée sans réponse",
        noticed_on=noticed_on,
    )
    await _rearrange(desk, loan.id, change)


async def move_then_leave(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """The borrower goes to another CAE, later leaves it for none, and goes on paying."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, desk.today)
    cae = next_cae(dossier)
    move = MoveLoan(
        loan.id,
        add_months(dossier.disbursed_on, 7),
        Cae(cae.establishments[FUND.region], cae.name),
        f"DEMO-{cae.rank:03d}-ARRIVEE",
    )
    await move_loan(desk.session, desk.caller, move, today=desk.today, entrepreneur_key=desk.entrepreneur_key)
    departure = RecordDeparture(loan.id, add_months(desk.today, -2), "Création de sa propre entreprise")
    await record_departure(desk.session, desk.caller, departure, today=desk.today)


async def die(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """Nobody is reminded any more; the estate pays a part."""
    loan = await desk.disburse(application_id, dossier)
    died_on = add_months(desk.today, -4)
    await desk.collect(loan.id, died_on - timedelta(days=1))
    event = RecordBorrowerEvent(loan.id, BorrowerEventKind.DEATH, died_on, "Acte de décès reçu de la CAE")
    await record_borrower_event(desk.session, desk.caller, event, today=desk.today)
    told_on = add_months(desk.today, -3)
    await _contact(desk, loan.id, told_on, Channel.PHONE, Counterpart.HEIR, "Notaire saisi par la famille")
    payment = Payment(1_000_00, add_months(desk.today, -1), PaymentMethod.CHEQUE, "Succession")
    await record_repayment(desk.session, desk.caller, RecordRepayment(loan.id, payment), today=desk.today)


async def promise(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """An instalment is late; the borrower, reached by telephone, says by when it is paid."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, _before_the_awaited(desk, dossier))
    called_on = desk.today - timedelta(days=10)
    await _contact(desk, loan.id, called_on, Channel.PHONE, Counterpart.BORROWER, "Commande payée en retard")
    awaited_cents = loan.schedule[0].amount_cents
    order = RecordPromise(loan.id, called_on, desk.today + timedelta(days=5), awaited_cents)
    await record_promise(desk.session, desk.caller, order, today=desk.today)


async def wait_for_a_reminder(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """The close of yesterday finds it late enough for the first one."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, _before_the_awaited(desk, dossier))


async def pay_but_for_the_last(desk: Desk, dossier: EventfulDossier, application_id: UUID) -> None:
    """What fell due last is declared by the CAE."""
    loan = await desk.disburse(application_id, dossier)
    await desk.collect(loan.id, desk.today - timedelta(days=1))


AS_A_LOAN: dict[Event, TellEvents] = {
    Event.RESCHEDULED: reschedule,
    Event.SUSPENDED: suspend,
    Event.IN_TRANCHES: pay_in_tranches,
    Event.PAID_EARLY: pay_early,
    Event.ACCELERATED: accelerate,
    Event.MOVED: move_then_leave,
    Event.BORROWER_DIED: die,
    Event.PROMISED: promise,
    Event.REMINDED: wait_for_a_reminder,
    Event.DECLARED: pay_but_for_the_last,
}


def _before_the_awaited(desk: Desk, dossier: EventfulDossier) -> date:
    return desk.today - timedelta(days=LATE_DAYS[dossier.event] + 1)


async def _rearrange(desk: Desk, loan_id: UUID, change: ChangeOrder) -> None:
    order = RearrangeSchedule(loan_id, change)
    await rearrange_schedule(desk.session, desk.caller, order, today=desk.today)


async def _contact(
    desk: Desk, loan_id: UUID, on: date, channel: Channel, counterpart: Counterpart, note: str
) -> None:
    order = RecordContact(loan_id, on, channel, counterpart, note)
    await record_contact(desk.session, desk.caller, order, today=desk.today)
