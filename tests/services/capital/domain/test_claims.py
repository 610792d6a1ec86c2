"""What a person's dossier says, and what the rules answer, as tables an officer could read."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.awards import Reason, withhold
from services.capital.domain.claims import Claim, entitlement_of, obstacle_of
from services.capital.domain.schemes import ContributionBasis, Period, PriorityGroup, Rules

RSA = PriorityGroup("rsa", "Bénéficiaire du RSA", 6_000_00)
DOUBLED = replace(RSA, criterion="femme", match_ratio=Decimal(2))
RULES = Rules(
    floor_cents=1_000_00,
    ceiling_cents=3_000_00,
    priority_groups=(RSA, DOUBLED),
    cae_cap_cents=None,
    cap_period=Period.SCHEME,
    partial_awards=True,
    once_per_person=True,
)
CLAIM = Claim(
    subscribed_cents=4_000_00,
    paid_up_cents=2_000_00,
    paid_up_on=date(2026, 1, 31),
    requested_on=date(2026, 3, 1),
    member_since=date(2026, 1, 15),
)


@pytest.mark.parametrize(
    ("criterion", "paid_up", "award", "over"),
    [
        (None, 5_000, 3_000, 2_000),
        ("rsa", 5_000, 5_000, 0),
        ("rsa", 7_000, 6_000, 1_000),
        ("rsa", 999, 0, 999),
        ("femme", 2_000, 4_000, 0),
        ("femme", 500, 1_000, 0),  # twice 500 reaches the floor
        ("femme", 4_000, 6_000, 2_000),
        ("unheard-of", 5_000, 3_000, 2_000),  # rules voted later may not know a group any more
    ],
)
def test_a_priority_group_has_its_ceiling_and_its_ratio(
    criterion: str | None, paid_up: int, award: int, over: int
) -> None:
    claim = replace(CLAIM, paid_up_cents=paid_up * 100, priority_criterion=criterion)

    entitlement = entitlement_of(RULES, claim)

    assert entitlement.amount_cents == award * 100
    assert sum(withheld.amount_cents for withheld in entitlement.withheld) == over * 100


@pytest.mark.parametrize(
    ("basis", "award"), [(ContributionBasis.PAID_UP, 2_000_00), (ContributionBasis.SUBSCRIBED, 3_000_00)]
)
def test_the_scheme_says_whether_paid_or_promised_shares_count(basis: ContributionBasis, award: int) -> None:
    assert entitlement_of(replace(RULES, contribution_basis=basis), CLAIM).amount_cents == award


@pytest.mark.parametrize(
    ("window", "requested_on", "obstacle"),
    [
        (None, date(2036, 1, 1), None),
        (1, date(2026, 2, 28), None),  # a month after 31 January is the last day of February
        (1, date(2026, 3, 1), Reason.TOO_LATE),
        (12, date(2027, 1, 31), None),
        (12, date(2027, 2, 1), Reason.TOO_LATE),
        (12, None, Reason.TOO_LATE),  # nothing says that it was asked before the decision of 2040
    ],
)
def test_one_may_ask_until_so_many_months_after_the_payment(
    window: int | None, requested_on: date | None, obstacle: Reason | None
) -> None:
    rules = replace(RULES, request_window_months=window)

    assert obstacle_of(rules, replace(CLAIM, requested_on=requested_on), date(2040, 1, 1)) is obstacle


@pytest.mark.parametrize(
    ("least", "member_since", "decided_on", "obstacle"),
    [
        (None, None, date(2026, 3, 1), None),
        (0, None, date(2026, 3, 1), Reason.NOT_A_MEMBER),
        (0, date(2026, 3, 1), date(2026, 3, 1), None),
        (0, date(2026, 3, 2), date(2026, 3, 1), Reason.NOT_A_MEMBER),
        (6, date(2025, 8, 31), date(2026, 2, 28), None),
        (6, date(2025, 8, 31), date(2026, 2, 27), Reason.NOT_A_MEMBER),
    ],
)
def test_one_must_be_a_member_for_so_many_months_when_it_is_decided(
    least: int | None, member_since: date | None, decided_on: date, obstacle: Reason | None
) -> None:
    rules = replace(RULES, min_membership_months=least)

    assert obstacle_of(rules, replace(CLAIM, member_since=member_since), decided_on) is obstacle


@given(
    st.sampled_from([None, "rsa", "femme"]),
    st.sampled_from(ContributionBasis),
    st.integers(0, 9_000_00),
    st.integers(0, 9_000_00),
    st.sampled_from([None, Reason.TOO_LATE, Reason.NOT_A_MEMBER]),
)
def test_every_cent_of_the_match_is_given_or_explained(
    criterion: str | None,
    basis: ContributionBasis,
    paid_up_cents: int,
    subscribed_cents: int,
    obstacle: Reason | None,
) -> None:
    rules = replace(RULES, contribution_basis=basis)
    claim = replace(
        CLAIM,
        paid_up_cents=paid_up_cents,
        subscribed_cents=subscribed_cents,
        priority_criterion=criterion,
    )
    matched_cents = claim.contribution_cents(rules) * (2 if criterion == "femme" else 1)

    entitlement = entitlement_of(rules, claim)
    award = withhold(entitlement, obstacle) if obstacle else None

    given_cents = entitlement.amount_cents if award is None else award.amount_cents
    withheld = entitlement.withheld if award is None else award.withheld
    assert given_cents + sum(item.amount_cents for item in withheld) == matched_cents
    assert entitlement.amount_cents <= (6_000_00 if criterion else 3_000_00)
    assert all(item.amount_cents > 0 or matched_cents == 0 for item in withheld)
