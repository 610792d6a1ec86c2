"""Which CAE has hosted the borrower of a loan, and from when until when."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.identifiers import EntrepreneurId
from services.kernel.language import Word
from services.loans.domain.borrower import Cae


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
