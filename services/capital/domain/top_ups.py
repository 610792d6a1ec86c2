"""A top-up: what a CAE asks for one entrepreneur, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.capital.domain.awards import Reservation
from services.capital.domain.claims import Claim
from services.capital.domain.lifecycle import TopUpStatus
from services.kernel.calendar import require_order, require_past
from services.kernel.contracts import Contract
from services.kernel.date_fields import DateField
from services.kernel.identifiers import EntrepreneurId, Siren, Siret
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput


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

    `priority_evidence` is what proves `priority_criterion`: a text, or a document's reference.
    `reserved_cents` is the room kept for a request since `reserved_on`, None where none is. One that waits
    has a number instead, which grows with each that joins the line; `promoted_on` is when it left the line.
    `clawed_back_cents` is what of a paid award the CAE gave back. `proven_months` is the last milestone, in
    months after the payment, that a follow-up answered for. `revision` grows by one with every change.
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
    priority_criterion: str | None = None
    priority_evidence: str | None = None
    status: TopUpStatus
    entitlement_cents: int
    reserved_cents: int | None = None
    reserved_on: date | None = None
    waiting_number: int | None = None
    promoted_on: date | None = None
    award_cents: int | None
    clawed_back_cents: int = 0
    proven_months: int = 0
    decided_on: date | None
    decision_reference: str | None
    reason: str | None
    payment_id: UUID | None
    membership_due_on: date | None
    revision: int
    created_at: datetime

    @property
    def reservation(self) -> Reservation | None:
        if self.reserved_cents is None or self.reserved_on is None:
            return None
        return Reservation(self.reserved_cents, self.reserved_on)

    @property
    def claim(self) -> Claim:
        """A member since the earlier of the two dates that say it."""
        said = (self.admitted_on, self.entrepreneur.member_since)
        return Claim(
            subscribed_cents=self.subscribed_cents,
            paid_up_cents=self.paid_up_cents,
            paid_up_on=self.paid_up_on,
            requested_on=self.requested_on,
            member_since=min((day for day in said if day is not None), default=None),
            priority_criterion=self.priority_criterion,
        )


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


def recorded_too_long_ago(valid_days: int, today: date) -> date:
    """The latest day of recording of the requests that have expired; the paper may be older by years."""
    return today - timedelta(days=valid_days + 1)


def check_priority(criterion: str | None, evidence: str | None) -> None:
    """A priority is declared with what proves it."""
    if criterion is not None and evidence is None:
        raise InvalidInput("/priority_evidence", _WITHOUT_EVIDENCE)
    if criterion is None and evidence is not None:
        raise InvalidInput("/priority_criterion", _WITHOUT_CRITERION)


_WITHOUT_EVIDENCE = Text(
    "Une priorité se déclare avec son justificatif : un texte, ou la référence d'une pièce.",
    "A priority is declared with its evidence: a text, or the reference of a document.",
)
_WITHOUT_CRITERION = Text(
    "Le justificatif d'une priorité se donne avec le critère qu'il prouve.",
    "The evidence of a priority is given with the criterion that it proves.",
)
