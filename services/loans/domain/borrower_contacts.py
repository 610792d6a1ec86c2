"""What was said to a borrower, or to whoever answers for them, about a loan."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kernel.identifiers import Siren
from services.kernel.language import Word
from services.loans.domain.reminders import Channel


class Counterpart(Word):
    BORROWER = "borrower", "l'emprunteur", "the borrower"
    CAE = "cae", "la CAE", "the CAE"
    HEIR = "heir", "un héritier", "an heir"
    OTHER = "other", "une autre personne", "somebody else"


@dataclass(frozen=True, slots=True)
class BorrowerContact:
    id: UUID
    loan_id: UUID
    region: str
    cae_siren: Siren
    contacted_on: date
    channel: Channel
    counterpart: Counterpart
    created_at: datetime
    note: str | None = None
