"""What happens to a borrower that no officer decides, and that leaves some paths only to the loan."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.language import Word


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
