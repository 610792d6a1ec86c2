"""The scale, the cap and the budget, as tables a scheme's officer could read (amounts in euros)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.awards import Reason, Usage, count, decide, entitle, rooms
from services.capital.domain.schemes import BelowFloor, FunderShare, Period, Terms
from services.kernel.identifiers import Siren

DECIDED_ON = date(2026, 6, 15)
TERMS = Terms(
    valid_from=date(2020, 1, 1),
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=20_000_00,
    cap_period=Period.SCHEME,
    partial_awards=True,
    once_per_person=True,
    funders=(FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(100)),),
)


@pytest.mark.parametrize(
    ("contribution", "award", "reason"),
    [
        ("0", 0, Reason.BELOW_FLOOR),
        ("500", 0, Reason.BELOW_FLOOR),
        ("999.99", 0, Reason.BELOW_FLOOR),
        ("1000", 1_000_00, None),
        ("1500", 1_500_00, None),
        ("2000", 2_000_00, None),
        ("2000.01", 2_000_00, Reason.ABOVE_CEILING),
        ("3000", 2_000_00, Reason.ABOVE_CEILING),
    ],
)
def test_the_scale(contribution: str, award: int, reason: Reason | None) -> None:
    entitlement = entitle(TERMS, int(Decimal(contribution) * 100))

    assert entitlement.amount_cents == award
    assert [withheld.reason for withheld in entitlement.withheld] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("contribution", "award"), [(0, 0), (1, 1_000_00), (500_00, 1_000_00), (1_000_00, 1_000_00)]
)
def test_a_scheme_may_raise_small_contributions_to_the_floor(contribution: int, award: int) -> None:
    generous = replace(TERMS, below_floor=BelowFloor.FLOOR)

    assert entitle(generous, contribution).amount_cents == award


@pytest.mark.parametrize(
    ("ratio", "contribution", "award"),
    [
        ("0.5", 1_999_99, 0),  # half of it is one cent short of the floor
        ("0.5", 2_000_00, 1_000_00),
        ("0.5", 2_000_01, 1_000_00),  # half a cent is never given
        ("2", 500_00, 1_000_00),
        ("2", 1_200_00, 2_000_00),
        ("0.3333", 3_001_00, 1_000_23),
    ],
)
def test_the_ratio_is_exact_and_never_gives_a_cent_more(ratio: str, contribution: int, award: int) -> None:
    assert entitle(replace(TERMS, match_ratio=Decimal(ratio)), contribution).amount_cents == award


@pytest.mark.parametrize(
    ("used", "entitled", "partial", "award", "reason"),
    [
        (18_000, 2_000, True, 2_000, None),
        (18_000, 2_000, False, 2_000, None),
        (20_000, 2_000, True, 0, Reason.CAE_CAP_REACHED),
        (19_500, 1_500, True, 0, Reason.CAE_CAP_REACHED),  # 500 left is below the floor
        (18_700, 2_000, True, 1_300, Reason.CAE_CAP_REACHED),
        (18_700, 2_000, False, 0, Reason.CAE_CAP_REACHED),
        (19_000, 2_000, True, 1_000, Reason.CAE_CAP_REACHED),  # exactly the floor
        (25_000, 1_000, True, 0, Reason.CAE_CAP_REACHED),  # the cap was lowered below what is used
    ],
)
def test_the_cap(used: int, entitled: int, partial: bool, award: int, reason: Reason | None) -> None:
    terms = replace(TERMS, partial_awards=partial)
    usage = Usage(cap_used_cents={"scheme": used * 100})

    decision = decide(terms, entitle(terms, entitled * 100), rooms(terms, usage, DECIDED_ON))

    assert (decision.amount_cents, decision.reason) == (award * 100, reason)


def test_ten_awards_pass_and_the_eleventh_gets_nothing() -> None:
    usage, awards = Usage(), []
    for _ in range(11):
        decision = decide(TERMS, entitle(TERMS, 2_000_00), rooms(TERMS, usage, DECIDED_ON))
        usage = count(usage, decision.amount_cents, DECIDED_ON)
        awards.append((decision.amount_cents, decision.reason))

    assert awards == [(2_000_00, None)] * 10 + [(0, Reason.CAE_CAP_REACHED)]


@pytest.mark.parametrize(
    ("cap_used", "budget_used", "award", "reason"),
    [
        (0, 48_000, 2_000, None),
        (0, 48_700, 1_300, Reason.SCHEME_BUDGET_EXHAUSTED),
        (0, 49_500, 0, Reason.SCHEME_BUDGET_EXHAUSTED),
        (18_700, 48_500, 1_300, Reason.CAE_CAP_REACHED),  # the tighter of the two is the reason
        (18_500, 48_700, 1_300, Reason.SCHEME_BUDGET_EXHAUSTED),
        (18_700, 48_700, 1_300, Reason.CAE_CAP_REACHED),
    ],
)
def test_the_budget(cap_used: int, budget_used: int, award: int, reason: Reason | None) -> None:
    terms = replace(TERMS, budget_cents=50_000_00)
    usage = Usage({"scheme": cap_used * 100}, {"scheme": budget_used * 100})

    decision = decide(terms, entitle(terms, 2_000_00), rooms(terms, usage, DECIDED_ON))

    assert (decision.amount_cents, decision.reason) == (award * 100, reason)


def test_a_yearly_cap_counts_in_the_year_of_the_decision() -> None:
    yearly = replace(TERMS, cap_period=Period.CALENDAR_YEAR)
    usage = count(Usage(), 20_000_00, date(2025, 12, 31))

    assert rooms(yearly, usage, date(2025, 1, 1)).left_cents == 0
    assert rooms(yearly, usage, date(2026, 1, 1)).left_cents == 20_000_00
    assert rooms(TERMS, usage, date(2026, 1, 1)).left_cents == 0


def test_no_limit_leaves_everything() -> None:
    free = replace(TERMS, cae_cap_cents=None)
    usage = Usage({"scheme": 10**12}, {"scheme": 10**12})

    decision = decide(free, entitle(free, 2_000_00), rooms(free, usage, DECIDED_ON))

    assert rooms(free, usage, DECIDED_ON).left_cents is None
    assert decision.amount_cents == 2_000_00


def test_a_negative_contribution_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="never negative"):
        entitle(TERMS, -1)


cents = st.integers(min_value=0, max_value=50_000_00)


@st.composite
def terms_of_schemes(draw: st.DrawFn) -> Terms:
    floor = draw(st.integers(min_value=0, max_value=3_000_00))
    return replace(
        TERMS,
        floor_cents=floor,
        ceiling_cents=floor + draw(st.integers(min_value=0, max_value=3_000_00)),
        match_ratio=draw(st.decimals(min_value="0.01", max_value=5, places=4)),
        below_floor=draw(st.sampled_from(BelowFloor)),
        partial_awards=draw(st.booleans()),
        cae_cap_cents=draw(st.none() | cents),
        budget_cents=draw(st.none() | cents),
    )


@given(terms_of_schemes(), cents, cents, cents)
def test_an_award_fits_and_every_cent_withheld_is_explained(
    terms: Terms, paid_up_cents: int, cap_used: int, budget_used: int
) -> None:
    usage = Usage({"scheme": cap_used}, {"scheme": budget_used})
    available = rooms(terms, usage, DECIDED_ON)

    entitlement = entitle(terms, paid_up_cents)
    decision = decide(terms, entitlement, available)

    assert 0 <= decision.amount_cents <= decision.entitlement_cents <= terms.ceiling_cents
    assert decision.amount_cents == 0 or decision.amount_cents >= terms.floor_cents
    if available.left_cents is not None:
        assert decision.amount_cents <= available.left_cents
    if decision.amount_cents < decision.entitlement_cents:
        assert available.left_cents is not None
        assert decision.entitlement_cents > available.left_cents  # refused only because it did not fit
    matched_cents = int(paid_up_cents * terms.match_ratio)
    if matched_cents >= terms.floor_cents:
        assert matched_cents == decision.amount_cents + sum(item.amount_cents for item in decision.withheld)


@given(terms_of_schemes(), cents, cents)
def test_a_larger_contribution_never_gives_less(terms: Terms, one: int, other: int) -> None:
    smaller, larger = sorted((one, other))

    assert entitle(terms, smaller).amount_cents <= entitle(terms, larger).amount_cents
