"""Whole euro cents, always `int`. A split always adds up to its total.

Amounts are never negative unless a name says `signed`; the sign of a posting is the ledger's business.
"""

from collections.abc import Sequence


def split_evenly(total_cents: int, parts: int) -> list[int]:
    """Equal parts; the odd cents go one each to the first parts.

    8 000.00 over 36 gives 8 parts of 222.23 then 28 of 222.22.
    """
    if parts < 1:
        raise ValueError(f"a split needs at least one part, not {parts}")
    if total_cents < 0:
        raise ValueError(f"a negative amount cannot be split: {total_cents}")
    part, odd_cents = divmod(total_cents, parts)
    return [part + 1] * odd_cents + [part] * (parts - odd_cents)


def split_by_weights(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder; ties go to the first weight.

    1 000.01 at 50/30/20 gives 500.01, 300.00 and 200.00.
    """
    return carry_split(total_cents, weights, [0] * len(weights))


def carry_split(movement_cents: int, weights: Sequence[int], given_cents: Sequence[int]) -> list[int]:
    """Split one movement of a series so that the series never drifts from its weights.

    `given_cents` is what each weight received from the movements before. Each receives what it is short of
    its exact share of the running total, largest shortfall first, never a negative part. When the weights are
    amounts in cents, a series that reaches their sum has given each weight exactly its amount.
    """
    weight_sum = sum(weights)
    if weight_sum <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative and not all zero")
    if movement_cents < 0:
        raise ValueError(f"a negative amount cannot be split: {movement_cents}")
    if len(given_cents) != len(weights):
        raise ValueError("one given amount for each weight")
    if len(weights) == 1:
        return [movement_cents]
    running_cents = sum(given_cents) + movement_cents
    # In cents times the sum of the weights: whole numbers, so exact; four times quicker than fractions.
    shortfalls = [
        max(weight * running_cents - given * weight_sum, 0)
        for weight, given in zip(weights, given_cents, strict=True)
    ]
    largest_first = sorted(range(len(weights)), key=lambda index: -shortfalls[index])
    parts = [0] * len(weights)
    left_cents = movement_cents
    for index in largest_first:
        parts[index] = min(shortfalls[index] // weight_sum, left_cents)
        left_cents -= parts[index]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: parts[index] * weight_sum - shortfalls[index]
    )
    for index in by_remainder[:left_cents]:
        parts[index] += 1
    return parts
