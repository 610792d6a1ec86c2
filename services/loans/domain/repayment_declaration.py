"""What a CAE says that it collected: it counts nowhere until the operator confirms it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.kernel.identifiers import Siren
from services.kernel.language import Word
from services.kernel.refusals import StatusForbids
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import Payment, check_repayment
from services.loans.domain.repayment import Repayment


class DeclarationStatus(Word):
    DECLARED = "declared", "déclaré", "declared"
    CONFIRMED = "confirmed", "confirmé", "confirmed"
    REJECTED = "rejected", "rejeté", "rejected"
    WITHDRAWN = "withdrawn", "retiré", "withdrawn"


class DeclarationAct(Word):
    CONFIRM = "confirm", "confirmer le remboursement déclaré", "confirming the declared repayment"
    REJECT = "reject", "rejeter le remboursement déclaré", "rejecting the declared repayment"
    WITHDRAW = "withdraw", "retirer le remboursement déclaré", "withdrawing the declared repayment"


FIRST_STATUS = DeclarationStatus.DECLARED

MOVES: dict[tuple[DeclarationStatus, DeclarationAct], DeclarationStatus] = {
    (DeclarationStatus.DECLARED, DeclarationAct.CONFIRM): DeclarationStatus.CONFIRMED,
    (DeclarationStatus.DECLARED, DeclarationAct.REJECT): DeclarationStatus.REJECTED,
    (DeclarationStatus.DECLARED, DeclarationAct.WITHDRAW): DeclarationStatus.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class RepaymentDeclaration:
    """`repayment_id` is the repayment that its confirmation recorded; `ended_at` when it left `declared`."""

    id: UUID
    loan_id: UUID
    region: str
    cae_siren: Siren
    payment: Payment
    created_at: datetime
    status: DeclarationStatus = FIRST_STATUS
    repayment_id: UUID | None = None
    ended_at: datetime | None = None
    ended_reason: str | None = None


def check_declared(file: LoanFile, payment: Payment, *, today: date) -> None:
    """What could not be confirmed now is refused now, to the one who can still correct it.

    Other declarations do not count here either: the confirmation asks again, under the loan's lock.
    """
    check_repayment(file, amount_cents=payment.amount_cents, paid_on=payment.paid_on, today=today)


def require_open(declaration: RepaymentDeclaration, act: DeclarationAct) -> DeclarationStatus:
    status = MOVES.get((declaration.status, act))
    if status is None:
        possible_from = [before for (before, possible), _ in MOVES.items() if possible is act]
        raise StatusForbids(status=declaration.status, act=act, possible_from=possible_from)
    return status


def confirm(declaration: RepaymentDeclaration, repayment: Repayment, *, at: datetime) -> RepaymentDeclaration:
    status = require_open(declaration, DeclarationAct.CONFIRM)
    return replace(declaration, status=status, repayment_id=repayment.id, ended_at=at)


def reject(declaration: RepaymentDeclaration, *, reason: str, at: datetime) -> RepaymentDeclaration:
    status = require_open(declaration, DeclarationAct.REJECT)
    return replace(declaration, status=status, ended_at=at, ended_reason=reason)


def withdraw(declaration: RepaymentDeclaration, *, reason: str | None, at: datetime) -> RepaymentDeclaration:
    status = require_open(declaration, DeclarationAct.WITHDRAW)
    return replace(declaration, status=status, ended_at=at, ended_reason=reason)
