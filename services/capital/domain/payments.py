"""A payment goes to one CAE for several granted top-ups; its co-funders bear it to the cent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.capital.domain.refusals import PaymentAlreadyReversed
from services.capital.domain.schemes import FunderShare
from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.money import split_by_weights

SHARE_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class PaymentLine:
    top_up_id: UUID
    version_id: UUID
    amount_cents: int


@dataclass(frozen=True, slots=True)
class FunderPart:
    siren: Siren
    name: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversal:
    """A payment that came back: a fact of its own, linked to the payment that it undoes.

    `reason` is of the batch and should name nobody; it is None for whoever may not read names, all the same.
    """

    id: UUID
    reversed_on: date
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A reversed payment stays: its top-ups are to be paid again, by another."""

    id: UUID
    scheme_id: UUID
    region: str
    cae_siren: Siren
    paid_on: date
    reference: str
    total_cents: int
    lines: tuple[PaymentLine, ...]
    by_funder: tuple[FunderPart, ...]
    created_at: datetime
    reversal: PaymentReversal | None = None


def check_reversal(payment: Payment, reversed_on: date, today: date) -> None:
    """A payment comes back once, after it was made."""
    if payment.reversal is not None:
        raise PaymentAlreadyReversed(reversed_on=payment.reversal.reversed_on)
    require_past(DateField.REVERSED_ON, reversed_on, today)
    require_order(DateField.PAID_ON, payment.paid_on, DateField.REVERSED_ON, reversed_on)


def split_payment(
    lines: Iterable[PaymentLine], funders: Mapping[UUID, Sequence[FunderShare]]
) -> tuple[FunderPart, ...]:
    """Largest remainder over the whole batch, for each version's shares; one part per funder (SIREN).

    `funders` gives each version's shares in convention order. Lines of two versions are split apart, since
    their shares differ, and the parts of a funder of both are added.
    """
    subtotals_cents: dict[UUID, int] = defaultdict(int)
    for line in lines:
        subtotals_cents[line.version_id] += line.amount_cents
    return split_by_version(subtotals_cents, funders)


def split_by_version(
    subtotals_cents: Mapping[UUID, int], funders: Mapping[UUID, Sequence[FunderShare]]
) -> tuple[FunderPart, ...]:
    """Each version's subtotal by its own shares."""
    parts_cents: dict[Siren, int] = {}
    names: dict[Siren, str] = {}
    for version_id, subtotal_cents in subtotals_cents.items():
        shares = funders[version_id]
        weights = [int(share.percent.scaleb(SHARE_DECIMALS)) for share in shares]
        for share, part_cents in zip(shares, split_by_weights(subtotal_cents, weights), strict=True):
            parts_cents[share.siren] = parts_cents.get(share.siren, 0) + part_cents
            names.setdefault(share.siren, share.name)
    return tuple(FunderPart(siren, names[siren], part) for siren, part in parts_cents.items())
