"""Double entry of the top-ups. Signed cents: debits positive, credits negative; an entry adds up to zero.

`awards` is the subsidy granted (a charge), `payable` what is granted and not yet paid (a debt to the CAE),
`cash` what the co-funders paid, by funder. What is asked back of a CAE is `receivable` (its debt) against
`clawbacks` (what the subsidy costs less), until the money is there or the rest is waived.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from services.capital.domain.payments import FunderPart
from services.kernel.identifiers import Siren


class EntryKind(StrEnum):
    GRANT = "grant"
    CANCELLATION = "cancellation"
    PAYMENT = "payment"
    PAYMENT_REVERSAL = "payment_reversal"
    CLAWBACK = "clawback"
    CLAWBACK_RECEIPT = "clawback_receipt"
    CLAWBACK_WAIVER = "clawback_waiver"


class Account(StrEnum):
    AWARDS = "awards"
    PAYABLE = "payable"
    CASH = "cash"
    CLAWBACKS = "clawbacks"
    RECEIVABLE = "receivable"


@dataclass(frozen=True, slots=True)
class Posting:
    account: Account
    signed_cents: int
    funder_siren: Siren | None = None


def granted(award_cents: int) -> tuple[Posting, ...]:
    return (Posting(Account.AWARDS, award_cents), Posting(Account.PAYABLE, -award_cents))


def cancelled(award_cents: int) -> tuple[Posting, ...]:
    """The grant's entry the other way round; the grant's own stays as it is."""
    return (Posting(Account.AWARDS, -award_cents), Posting(Account.PAYABLE, award_cents))


def paid(parts: Iterable[FunderPart]) -> tuple[Posting, ...]:
    """A funder whose part came to no cent has no posting."""
    cash = [Posting(Account.CASH, -part.amount_cents, part.siren) for part in parts if part.amount_cents]
    return (Posting(Account.PAYABLE, -sum(posting.signed_cents for posting in cash)), *cash)


def payment_reversed(parts: Iterable[FunderPart]) -> tuple[Posting, ...]:
    """The payment's entry the other way round, funder by funder; the payment's own stays as it is."""
    return tuple(replace(posting, signed_cents=-posting.signed_cents) for posting in paid(parts))


def clawback_confirmed(asked_cents: int) -> tuple[Posting, ...]:
    return (Posting(Account.RECEIVABLE, asked_cents), Posting(Account.CLAWBACKS, -asked_cents))


def clawback_received(parts: Iterable[FunderPart]) -> tuple[Posting, ...]:
    """A funder to whom no cent returned has no posting."""
    cash = [Posting(Account.CASH, part.amount_cents, part.siren) for part in parts if part.amount_cents]
    return (*cash, Posting(Account.RECEIVABLE, -sum(posting.signed_cents for posting in cash)))


def clawback_waived(waived_cents: int) -> tuple[Posting, ...]:
    """The confirmation's entry the other way round, for what did not come back."""
    return (Posting(Account.CLAWBACKS, waived_cents), Posting(Account.RECEIVABLE, -waived_cents))
