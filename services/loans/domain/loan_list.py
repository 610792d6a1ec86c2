"""In which order officers read loans, and where in it a page ended."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.language import Word
from services.loans.domain.loan import Loan


class LoanSort(Word):
    """Those by due date list the loans that still owe something; those by delay, the late ones."""

    NEWEST = "newest", "les derniers enregistrés d'abord", "last recorded first"
    OLDEST = "oldest", "les premiers enregistrés d'abord", "first recorded first"
    DUE = "due", "prochaine échéance d'abord", "next due date first"
    DUE_LAST = "due_last", "dernière échéance à venir d'abord", "last due date first"
    LATE = "late", "le plus long retard d'abord", "longest late first"
    LATE_SHORTEST = "late_shortest", "le plus court retard d'abord", "shortest late first"
    AMOUNT = "amount", "le plus gros montant prêté d'abord", "largest principal first"
    AMOUNT_SMALLEST = "amount_smallest", "le plus petit montant prêté d'abord", "smallest principal first"
    OUTSTANDING = "outstanding", "le plus gros encours d'abord", "largest outstanding first"
    OUTSTANDING_SMALLEST = (
        "outstanding_smallest",
        "le plus petit encours d'abord",
        "smallest outstanding first",
    )


BY_DATE = frozenset({LoanSort.DUE, LoanSort.DUE_LAST, LoanSort.LATE, LoanSort.LATE_SHORTEST})
BY_RECORDING = frozenset({LoanSort.NEWEST, LoanSort.OLDEST})
Key = date | int | None


@dataclass(frozen=True, slots=True)
class LoanPlace:
    """`key` is what the list is sorted by, None where it is the id alone."""

    sort: LoanSort
    key: Key
    id: UUID


def place_of(loan: Loan, sort: LoanSort) -> LoanPlace:
    return LoanPlace(sort, _key_of(loan, sort), loan.id)


def _key_of(loan: Loan, sort: LoanSort) -> Key:
    match sort:
        case LoanSort.NEWEST | LoanSort.OLDEST:
            return None
        case LoanSort.AMOUNT | LoanSort.AMOUNT_SMALLEST:
            return loan.principal_cents
        case LoanSort.OUTSTANDING | LoanSort.OUTSTANDING_SMALLEST:
            return loan.outstanding_cents
        case _:
            return loan.next_due_on
