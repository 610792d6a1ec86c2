"""What a funder may take back of a fund: what is free of its own, that day and ever since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.money import split_by_weights
from services.loans.domain.fund_refusals import FunderShareShort, FundShortOn


@dataclass(frozen=True, slots=True)
class FreeMoney:
    """What is there at the end of a day: available in the whole fund, and the funder's own cash."""

    on: date
    available_cents: int
    own_cash_cents: int


def check_withdrawal(days: Sequence[FreeMoney], *, amount_cents: int, own_commitment_cents: int) -> None:
    """`days`: that of the withdrawal, then each later one on which money moved or was promised.

    A withdrawal recorded late must have been possible: neither the fund nor the funder may have been short of
    it on any day since.
    """
    scarcest = min(days, key=lambda day: day.available_cents)
    if amount_cents > scarcest.available_cents:
        raise FundShortOn(
            on=scarcest.on, available_cents=max(0, scarcest.available_cents), amount_cents=amount_cents
        )
    poorest = min(days, key=lambda day: day.own_cash_cents)
    free_cents = max(0, poorest.own_cash_cents - own_commitment_cents)
    if amount_cents > free_cents:
        raise FunderShareShort(
            on=poorest.on,
            cash_cents=poorest.own_cash_cents,
            committed_cents=own_commitment_cents,
            free_cents=free_cents,
            amount_cents=amount_cents,
        )


def part_of_commitment(committed_cents: int, weights: dict[UUID, int], funder_id: UUID) -> int:
    """What is promised is not split before it is paid; here as it would be, by what each has in the fund."""
    if not committed_cents or not weights:
        return 0
    parts = split_by_weights(committed_cents, list(weights.values()))
    return dict(zip(weights, parts, strict=True)).get(funder_id, 0)
