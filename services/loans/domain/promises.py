"""A borrower promises to pay so much by a day: kept or broken is what the repayments say, however late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal
from services.loans.domain.loan import Loan
from services.loans.domain.repayment import Repayment


class PromiseStatus(Word):
    PENDING = "pending", "en attente", "pending"
    KEPT = "kept", "tenue", "kept"
    BROKEN = "broken", "non tenue", "broken"


class PromisePending(Refusal):
    code = "promise-pending"
    title = Text("Une promesse est déjà en cours", "A promise is already pending")
    detail = Text(
        "Le prêt a déjà une promesse de {amount_cents} pour le {due_on}, ni tenue ni passée.",
        "The loan already has a promise of {amount_cents} by {due_on}, neither kept nor past.",
    )


class PromiseTooLarge(Refusal):
    code = "promise-too-large"
    title = Text("Promesse au-delà de ce qui reste dû", "Promise above what is owed")
    detail = Text(
        "Le prêt ne doit plus que {owed_cents} ; la promesse est de {amount_cents}.",
        "The loan owes only {owed_cents}; the promise is of {amount_cents}.",
    )


@dataclass(frozen=True, slots=True)
class Promise:
    """`broken_told_on` is the day whose close announced that it was broken."""

    id: UUID
    loan_id: UUID
    region: str
    cae_siren: Siren
    promised_on: date
    due_on: date
    amount_cents: int
    created_at: datetime
    note: str | None = None
    broken_told_on: date | None = None


def received_cents(promise: Promise, repayments: Iterable[Repayment], on: date) -> int:
    """What was paid from the promise to its day, and still stands on `on`: what bounced was never paid."""
    return sum(
        repayment.amount_cents
        for repayment in repayments
        if promise.promised_on <= repayment.paid_on <= promise.due_on and repayment.counts_on(on)
    )


def status_on(promise: Promise, repayments: Iterable[Repayment], on: date) -> PromiseStatus:
    if received_cents(promise, repayments, on) >= promise.amount_cents:
        return PromiseStatus.KEPT
    return PromiseStatus.PENDING if on <= promise.due_on else PromiseStatus.BROKEN


def check_promise(
    loan: Loan, others: Iterable[Promise], repayments: Iterable[Repayment], promise: Promise, *, today: date
) -> None:
    """One at a time: the same money would keep two."""
    require_past(DateField.PROMISED_ON, promise.promised_on, today)
    require_order(DateField.DISBURSED_ON, loan.disbursed_on, DateField.PROMISED_ON, promise.promised_on)
    require_order(DateField.PROMISED_ON, promise.promised_on, DateField.DUE_ON, promise.due_on)
    if promise.amount_cents > loan.outstanding_cents:
        raise PromiseTooLarge(owed_cents=loan.outstanding_cents, amount_cents=promise.amount_cents)
    listed = list(repayments)
    for other in others:
        if status_on(other, listed, today) is PromiseStatus.PENDING:
            raise PromisePending(amount_cents=other.amount_cents, due_on=other.due_on)
