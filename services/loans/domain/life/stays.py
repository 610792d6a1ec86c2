"""Which CAE has hosted the borrower of a loan, and from when until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import EntrepreneurId
from services.kernel.language import Word
from services.loans.domain.borrower import Cae
from services.loans.domain.refusals import BorrowerHasLeft, SameCae


class StayEnd(Word):
    DEPARTURE = "departure", "départ", "departure"
    MOVE = "move", "changement de CAE", "move to another CAE"


@dataclass(frozen=True, slots=True)
class CaeStay:
    """`until_on` is the first day on which the CAE no longer hosts the person; None while it does.

    `entrepreneur_id` is what the person was called there: a loan that moves ties the ids of one person.
    """

    loan_id: UUID
    rank: int
    cae: Cae
    entrepreneur_id: EntrepreneurId
    from_on: date
    until_on: date | None = None
    ended_by: StayEnd | None = None
    reason: str | None = None


def leave(stays: Sequence[CaeStay], *, left_on: date, reason: str | None, today: date) -> CaeStay:
    """The stay that ends: the loan goes on, the CAE no longer answers for it."""
    require_past(DateField.LEFT_ON, left_on, today)
    stay = stays[-1]
    if stay.until_on is not None:
        raise BorrowerHasLeft(left_on=stay.until_on)
    require_order(DateField.FROM, stay.from_on, DateField.LEFT_ON, left_on)
    return replace(stay, until_on=left_on, ended_by=StayEnd.DEPARTURE, reason=reason)


@dataclass(frozen=True, slots=True)
class Move:
    """`ended` is None where the person had already left the CAE before."""

    ended: CaeStay | None
    begun: CaeStay


def move(
    stays: Sequence[CaeStay], cae: Cae, entrepreneur_id: EntrepreneurId, *, moved_on: date, today: date
) -> Move:
    """One who has left may come back; one who has not moves to another company, by its SIREN."""
    require_past(DateField.MOVED_ON, moved_on, today)
    stay = stays[-1]
    if stay.until_on is None and cae.siren == stay.cae.siren:
        raise SameCae(siren=cae.siren)
    require_order(DateField.FROM, stay.until_on or stay.from_on, DateField.MOVED_ON, moved_on)
    ended = replace(stay, until_on=moved_on, ended_by=StayEnd.MOVE) if stay.until_on is None else None
    return Move(ended, CaeStay(stay.loan_id, stay.rank + 1, cae, entrepreneur_id, moved_on))


def stays_on(stays: Sequence[CaeStay], on: date) -> tuple[CaeStay, ...]:
    """As they were known on a day: what ended after it had not ended yet."""
    return tuple(
        stay
        if stay.until_on is None or stay.until_on <= on
        else replace(stay, until_on=None, ended_by=None, reason=None)
        for stay in stays
        if stay.from_on <= on
    )
