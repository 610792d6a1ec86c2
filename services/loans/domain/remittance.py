"""One transfer of a CAE that covers the repayments of several of its entrepreneurs.

It is of one CAE and one region. The lines that announce it add up to it; what was refused of them stays
unallocated until it is recorded against the same remittance.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.loans.domain.remittance_refusals import (
    RemittanceDoesNotAddUp,
    RemittanceExceeded,
    RemittanceRecordedOtherwise,
)


@dataclass(frozen=True, slots=True)
class AnnouncedRemittance:
    """As the transfer's notice has it. Without `cae`, it is of the CAE of the first line's loan."""

    reference: str
    received_on: date
    total_cents: int
    cae: Siren | None = None


@dataclass(frozen=True, slots=True)
class Remittance:
    """`allocated_cents` is what its repayments that were not reversed add up to."""

    id: UUID
    region: str
    cae_siren: Siren
    reference: str
    received_on: date
    total_cents: int
    allocated_cents: int
    created_at: datetime

    @property
    def unallocated_cents(self) -> int:
        return self.total_cents - self.allocated_cents


@dataclass(frozen=True, slots=True)
class RemittedRepayment:
    """A repayment as a remittance's list has it."""

    repayment_id: UUID
    loan_id: UUID
    loan_number: str
    amount_cents: int
    paid_on: date
    reversed_on: date | None


def check_announced(announced: AnnouncedRemittance, lines_cents: int, *, is_new: bool, today: date) -> None:
    """All lines count, also those that will be refused: the sum is of what the CAE has sent."""
    require_past(DateField.RECEIVED_ON, announced.received_on, today)
    if is_new and lines_cents != announced.total_cents:
        raise RemittanceDoesNotAddUp(
            total_cents=announced.total_cents,
            lines_cents=lines_cents,
            difference_cents=lines_cents - announced.total_cents,
        )


def check_known(announced: AnnouncedRemittance, known: Remittance, lines_cents: int) -> None:
    """Further lines of a remittance: the same one, and no more than what is left of it."""
    if (announced.received_on, announced.total_cents) != (known.received_on, known.total_cents):
        raise RemittanceRecordedOtherwise(
            reference=known.reference, received_on=known.received_on, total_cents=known.total_cents
        )
    if lines_cents > known.unallocated_cents:
        raise RemittanceExceeded(
            unallocated_cents=known.unallocated_cents,
            lines_cents=lines_cents,
            difference_cents=lines_cents - known.unallocated_cents,
        )
