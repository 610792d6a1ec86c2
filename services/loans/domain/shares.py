"""Who bears what of a loan: the funders' shares, frozen at its disbursement, and the carried splits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.kernel.money import carry_split, split_by_weights
from services.loans.domain.refusals import NoPaidInContribution


@dataclass(frozen=True, slots=True)
class LoanShare:
    """One funder's part of a loan, in convention order among the loan's shares.

    `credited_cents` is its part of what left the receivables, by repayment or by write-off: one series, so
    that a loan repaid or written off for the rest leaves `principal_cents - credited_cents` at zero.
    `weight_cents` is its part of all that is granted, which `principal_cents` reaches with the last tranche.
    """

    funder_id: UUID
    principal_cents: int
    weight_cents: int
    credited_cents: int = 0
    lost_cents: int = 0
    recovered_cents: int = 0


Shares = tuple[LoanShare, ...]
Parts = dict[UUID, int]


def freeze_shares(
    granted_cents: int,
    paid_in_cents: Mapping[UUID, int],
    disbursed_on: date,
    *,
    first_tranche_cents: int | None = None,
) -> Shares:
    """`paid_in_cents` by funder at that date, in convention order. Without a tranche all leaves at once."""
    if not any(paid_in_cents.values()):
        raise NoPaidInContribution(on=disbursed_on)
    weights = split_by_weights(granted_cents, list(paid_in_cents.values()))
    parts = weights if first_tranche_cents is None else split_by_weights(first_tranche_cents, weights)
    return tuple(
        LoanShare(funder_id, part_cents, weight_cents)
        for funder_id, part_cents, weight_cents in zip(paid_in_cents, parts, weights, strict=True)
        if weight_cents
    )


def split_credit(shares: Shares, amount_cents: int) -> Parts:
    """The parts of a repayment, or of a write-off: the next movement of the credited series."""
    return _by_funder(
        shares,
        carry_split(
            amount_cents,
            [share.principal_cents for share in shares],
            [share.credited_cents for share in shares],
        ),
    )


def split_debit(shares: Shares, amount_cents: int) -> Parts:
    """The parts to give back of a credit whose own parts went to funders who no longer hold the loan.

    What is left to credit is the same series walked backwards, and carries in the same way.
    """
    return _by_funder(
        shares,
        carry_split(
            amount_cents,
            [share.principal_cents for share in shares],
            [share.principal_cents - share.credited_cents for share in shares],
        ),
    )


def split_recovery(shares: Shares, amount_cents: int) -> Parts:
    """A recovery goes back to those who lost, in proportion to what each lost."""
    return _by_funder(
        shares,
        carry_split(
            amount_cents,
            [share.lost_cents for share in shares],
            [share.recovered_cents for share in shares],
        ),
    )


def split_unrecovered(shares: Shares, amount_cents: int) -> Parts:
    """What comes off a loss goes back to those who still bear it, and no further than what they bear."""
    return _by_funder(
        shares, split_by_weights(amount_cents, [share.lost_cents - share.recovered_cents for share in shares])
    )


def credit(shares: Shares, parts: Mapping[UUID, int], *, sign: int = 1) -> Shares:
    return tuple(
        replace(share, credited_cents=share.credited_cents + sign * parts.get(share.funder_id, 0))
        for share in shares
    )


def lose(shares: Shares, parts: Mapping[UUID, int], *, sign: int = 1) -> Shares:
    return tuple(
        replace(
            share,
            credited_cents=share.credited_cents + sign * parts.get(share.funder_id, 0),
            lost_cents=share.lost_cents + sign * parts.get(share.funder_id, 0),
        )
        for share in shares
    )


def recover(shares: Shares, parts: Mapping[UUID, int]) -> Shares:
    return tuple(
        replace(share, recovered_cents=share.recovered_cents + parts.get(share.funder_id, 0))
        for share in shares
    )


def _by_funder(shares: Shares, parts: Sequence[int]) -> Parts:
    return {share.funder_id: part for share, part in zip(shares, parts, strict=True)}
