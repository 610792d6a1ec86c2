"""A top-up: what a CAE asks for one entrepreneur, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.capital.domain.lifecycle import TopUpStatus
from services.kernel.calendar import require_order, require_past
from services.kernel.contracts import Contract
from services.kernel.date_fields import DateField
from services.kernel.identifiers import EntrepreneurId, Siren, Siret


@dataclass(frozen=True, slots=True, kw_only=True)
class Cae:
    """The establishment that asks. Limits are per company: `siren` is the SIRET's first nine digits."""

    siret: Siret
    siren: Siren
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrepreneur:
    """A person as the dossier declares them. Whoever may not read names gets None in their place."""

    id: EntrepreneurId
    reference: str
    given_name: str | None
    family_name: str | None
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    address: str | None = None
    contract: Contract
    member_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """`entitlement_cents` is the scale's answer, `award_cents` what was granted of it.

    `revision` grows by one with every change.
    """

    id: UUID
    scheme_id: UUID
    version_id: UUID
    region: str
    cae: Cae
    entrepreneur: Entrepreneur
    subscribed_cents: int
    paid_up_cents: int
    paid_up_on: date
    admitted_on: date | None
    requested_on: date | None
    status: TopUpStatus
    entitlement_cents: int
    award_cents: int | None
    decided_on: date | None
    decision_reference: str | None
    reason: str | None
    payment_id: UUID | None
    membership_due_on: date | None
    revision: int
    created_at: datetime


def check_request_dates(
    paid_up_on: date, requested_on: date | None, admitted_on: date | None, today: date
) -> None:
    """A contribution is paid up before it is topped up; nothing that is declared lies ahead."""
    require_past(DateField.PAID_UP_ON, paid_up_on, today)
    if admitted_on is not None:
        require_past(DateField.ADMITTED_ON, admitted_on, today)
    if requested_on is not None:
        require_past(DateField.REQUESTED_ON, requested_on, today)
        require_order(DateField.PAID_UP_ON, paid_up_on, DateField.REQUESTED_ON, requested_on)


def check_decision_date(paid_up_on: date, requested_on: date | None, decided_on: date, today: date) -> None:
    require_past(DateField.DECIDED_ON, decided_on, today)
    require_order(DateField.PAID_UP_ON, paid_up_on, DateField.DECIDED_ON, decided_on)
    if requested_on is not None:
        require_order(DateField.REQUESTED_ON, requested_on, DateField.DECIDED_ON, decided_on)
