"""Splits add up, never go negative, and a series of movements ends where its weights say."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.money import carry_split, split_by_weights, split_evenly

amounts = st.integers(min_value=0, max_value=10**12)
some_weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=8).filter(any)


@given(total=amounts, parts=st.integers(min_value=1, max_value=120))
def test_an_even_split_adds_up_and_gives_its_odd_cents_to_the_first_parts(total: int, parts: int) -> None:
    split = split_evenly(total, parts)

    assert len(split) == parts
    assert sum(split) == total
    assert split == sorted(split, reverse=True)
    assert split[0] - split[-1] in {0, 1}


def test_8000_euros_over_36_months() -> None:
    assert split_evenly(800_000, 36) == [22_223] * 8 + [22_222] * 28


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        (0, 3, [0, 0, 0]),
        (2, 3, [1, 1, 0]),
        (100, 1, [100]),
        (100_000, 12, [8_334] * 4 + [8_333] * 8),
    ],
)
def test_even_splits(total: int, parts: int, expected: list[int]) -> None:
    assert split_evenly(total, parts) == expected


@given(total=amounts, weights=some_weights)
def test_a_weighted_split_adds_up_and_stays_within_a_cent_of_each_exact_share(
    total: int, weights: list[int]
) -> None:
    split = split_by_weights(total, weights)

    assert sum(split) == total
    assert min(split) >= 0
    for part, weight in zip(split, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (100_001, [50, 30, 20], [50_001, 30_000, 20_000]),
        (200_003, [80, 20], [160_002, 40_001]),
        (800_000, [80, 20], [640_000, 160_000]),
        (1, [1, 1], [1, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (100, [0, 1, 0], [0, 100, 0]),
        (0, [7, 3], [0, 0]),
    ],
)
def test_largest_remainder_and_ties_to_the_first(total: int, weights: list[int], expected: list[int]) -> None:
    assert split_by_weights(total, weights) == expected


@given(weights=some_weights, movements=st.lists(amounts, min_size=1, max_size=30))
def test_a_series_never_drifts_from_its_shares(weights: list[int], movements: list[int]) -> None:
    given_cents = [0] * len(weights)
    for movement in movements:
        parts = carry_split(movement, weights, given_cents)
        assert sum(parts) == movement
        assert min(parts) >= 0
        given_cents = _added(given_cents, parts)
        for given_part, weight in zip(given_cents, weights, strict=True):
            exact = Fraction(sum(given_cents) * weight, sum(weights))
            assert abs(given_part - exact) < len(weights)


@settings(max_examples=200)
@given(
    lent=st.lists(st.integers(min_value=0, max_value=5_000), min_size=1, max_size=6).filter(any),
    choices=st.data(),
)
def test_a_loan_repaid_in_full_leaves_every_funder_at_zero_reversals_included(
    lent: list[int], choices: st.DataObject
) -> None:
    """The weights are what each funder lent; the series is whatever instalments and bounces happened."""
    returned = [0] * len(lent)
    in_force: list[list[int]] = []
    for _ in range(choices.draw(st.integers(min_value=0, max_value=25))):
        bounces = choices.draw(st.booleans())
        if in_force and bounces:
            bounced = in_force.pop(choices.draw(st.integers(0, len(in_force) - 1)))
            returned = [kept - part for kept, part in zip(returned, bounced, strict=True)]
            continue
        parts = carry_split(choices.draw(st.integers(0, sum(lent) - sum(returned))), lent, returned)
        returned = _added(returned, parts)
        in_force.append(parts)
        assert all(part <= share for part, share in zip(returned, lent, strict=True))

    last = carry_split(sum(lent) - sum(returned), lent, returned)

    assert _added(returned, last) == lent


def test_36_instalments_of_8000_euros_leave_nothing_on_the_wrong_side() -> None:
    lent = split_by_weights(800_000, [80, 20])
    returned = [0, 0]
    one_by_one = [0, 0]
    for instalment in split_evenly(800_000, 36):
        returned = _added(returned, carry_split(instalment, lent, returned))
        one_by_one = _added(one_by_one, split_by_weights(instalment, lent))

    assert returned == [640_000, 160_000]
    assert one_by_one == [640_008, 159_992], "what carrying is for: 8 cents would be on the wrong side"


def test_the_largest_shortfall_is_served_first() -> None:
    """Of 150 each is due 50; the first has too much, so there is not enough for both others."""
    assert carry_split(30, [1, 1, 1], [90, 0, 30]) == [0, 30, 0]


@pytest.mark.parametrize(
    "refused",
    [
        lambda: split_evenly(100, 0),
        lambda: split_evenly(-1, 3),
        lambda: split_by_weights(100, []),
        lambda: split_by_weights(100, [0, 0]),
        lambda: split_by_weights(100, [2, -1]),
        lambda: split_by_weights(-1, [1]),
        lambda: carry_split(100, [1, 1], [0]),
    ],
)
def test_what_cannot_be_split(refused: Callable[[], list[int]]) -> None:
    with pytest.raises(ValueError, match=r"part|negative|weights|given"):
        refused()


def _added(left: list[int], right: list[int]) -> list[int]:
    return [one + other for one, other in zip(left, right, strict=True)]
