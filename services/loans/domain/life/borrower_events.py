"""What happens to a borrower that no officer decides, and that leaves some paths only to the loan.

From the day of a death the estate owes: it may repay, and what it does not is lost. From the day of an
insolvency a court or a commission decides what is paid when: the schedule changes by its plan alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.language import Word
from services.loans.domain.refusals import (
    BorrowerEventForbids,
    BorrowerEventRecorded,
    NoSuchBorrowerEvent,
)


class BorrowerEventKind(Word):
    DEATH = "death", "décès", "death"
    INSOLVENCY = "insolvency", "insolvabilité", "insolvency"


@dataclass(frozen=True, slots=True)
class BorrowerEvent:
    """A loan has one at most of each kind; what is dated from `on` is held to it."""

    id: UUID
    loan_id: UUID
    kind: BorrowerEventKind
    on: date
    note: str


class LoanPath(Word):
    """What an event may close. Repayments, recoveries and the loss stay open whatever happens."""

    REMIND = "remind", "relancer l'emprunteur", "reminding the borrower"
    PROMISE = "promise", "noter une promesse de paiement", "noting a promise to pay"
    PAY_TRANCHE = "pay_tranche", "verser une tranche", "paying a tranche"
    RESCHEDULE = "reschedule", "réaménager l'échéancier", "rearranging the schedule"
    PLAN = "plan", "appliquer un plan", "applying a plan"
    ACCELERATE = "accelerate", "prononcer la déchéance du terme", "calling the whole loan in"


CLOSED_AFTER: dict[BorrowerEventKind, frozenset[LoanPath]] = {
    BorrowerEventKind.DEATH: frozenset(LoanPath),
    BorrowerEventKind.INSOLVENCY: frozenset(
        {LoanPath.REMIND, LoanPath.PAY_TRANCHE, LoanPath.RESCHEDULE, LoanPath.ACCELERATE}
    ),
}


def require_open(events: Iterable[BorrowerEvent], path: LoanPath, on: date) -> None:
    for event in events:
        if event.on <= on and path in CLOSED_AFTER[event.kind]:
            raise BorrowerEventForbids(event=event.kind, occurred_on=event.on, path=path)


def require_event(events: Iterable[BorrowerEvent], kind: BorrowerEventKind, on: date) -> None:
    if not any(event.kind is kind and event.on <= on for event in events):
        raise NoSuchBorrowerEvent(event=kind, on=on)


def require_first(events: Iterable[BorrowerEvent], kind: BorrowerEventKind) -> None:
    for event in events:
        if event.kind is kind:
            raise BorrowerEventRecorded(event=kind, occurred_on=event.on)
