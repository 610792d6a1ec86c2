"""What a check proves, and what of an award nothing stands behind. Paid on 1 March 2026: 12, 24, 36."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.claims import Claim
from services.capital.domain.follow_ups import (
    Check,
    Finding,
    Followed,
    Milestone,
    find,
    is_complete,
    milestones,
)
from services.capital.domain.schemes import BelowFloor, ContributionBasis, Period, Rules
from services.kernel.calendar import add_months
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, InvalidInput

RULES = Rules(
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=None,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
)
CLAIM = Claim(subscribed_cents=3_000_00, paid_up_cents=1_500_00, paid_up_on=date(2026, 1, 15))
PAID_ON = date(2026, 3, 1)
FOLLOWED = Followed(award_cents=1_500_00, claim=CLAIM, rules=RULES, paid_on=PAID_ON)
TODAY = date(2030, 1, 1)


def check(checked_on: str, *, kept_cents: int = 1_500_00, still_member: bool = True, **said: str) -> Check:
    days = {name: date.fromisoformat(day) for name, day in said.items()}
    return Check(
        checked_on=date.fromisoformat(checked_on),
        still_member=still_member,
        capital_kept_cents=kept_cents,
        evidence="Registre des associés",
        **days,
    )


def left(checked_on: str, **said: str) -> Check:
    return check(checked_on, kept_cents=0, still_member=False, **said)


def test_milestones_are_counted_from_the_payment_and_cut_to_the_month() -> None:
    assert milestones((1, 12, 13), date(2024, 1, 31)) == (
        Milestone(1, date(2024, 2, 29)),
        Milestone(12, date(2025, 1, 31)),
        Milestone(13, date(2025, 2, 28)),
    )


@pytest.mark.parametrize(
    ("checked_on", "proven"),
    [
        ("2026-03-01", 0),
        ("2027-02-28", 0),  # a day early proves nothing of the twelfth month
        ("2027-03-01", 12),
        ("2028-02-29", 12),
        ("2028-03-01", 24),  # late for the twelfth month: answers for both
        ("2029-03-01", 36),
        ("2029-12-31", 36),
    ],
)
def test_a_good_check_answers_for_the_months_that_have_come(checked_on: str, proven: int) -> None:
    assert find(FOLLOWED, check(checked_on), today=TODAY) == Finding(proven_months=proven)


@pytest.mark.parametrize(
    ("seen", "finding"),
    [
        # the day said; until then it is proven
        (left("2028-04-01", left_on="2027-06-01"), Finding(proven_months=12, ended_on=date(2027, 6, 1),
                                                           unearned_cents=1_500_00)),
        # the first of the two days
        (left("2028-04-01", left_on="2028-03-20", capital_withdrawn_on="2027-02-28"),
         Finding(proven_months=0, ended_on=date(2027, 2, 28), unearned_cents=1_500_00)),
        # no day said: it had not ended before the check
        (left("2028-04-01"), Finding(proven_months=24, ended_on=date(2028, 4, 1), unearned_cents=1_500_00)),
        # on the day of the last milestone, or after it: it stayed as long as was asked
        (left("2029-03-01", left_on="2029-03-01"), Finding(proven_months=36)),
        (left("2029-06-01", left_on="2029-04-01"), Finding(proven_months=36)),
        (left("2029-06-01", left_on="2029-02-28"),
         Finding(proven_months=24, ended_on=date(2029, 2, 28), unearned_cents=1_500_00)),
        # before the payment even
        (left("2026-03-10", left_on="2026-02-01"),
         Finding(proven_months=0, ended_on=date(2026, 2, 1), unearned_cents=1_500_00)),
        # the scale gives 1 200.00 for what stayed, and nothing below its floor
        (check("2027-03-01", kept_cents=1_200_00),
         Finding(proven_months=12, ended_on=date(2027, 3, 1), unearned_cents=300_00)),
        (check("2027-03-01", kept_cents=999_99, capital_withdrawn_on="2026-12-31"),
         Finding(proven_months=0, ended_on=date(2026, 12, 31), unearned_cents=1_500_00)),
    ],
)  # fmt: skip
def test_what_ended_early_is_told_with_its_day_and_its_euros(seen: Check, finding: Finding) -> None:
    assert find(FOLLOWED, seen, today=TODAY) == finding


def test_capital_beyond_what_earned_the_award_may_go() -> None:
    """3 000.00 brought for an award of 2 000.00: 2 000.00 earn it as well."""
    wide = replace(FOLLOWED, award_cents=2_000_00, claim=replace(CLAIM, paid_up_cents=3_000_00))

    stayed = find(
        wide, check("2027-03-01", kept_cents=2_000_00, capital_withdrawn_on="2026-12-31"), today=TODAY
    )
    went = find(wide, check("2027-03-01", kept_cents=1_999_99), today=TODAY)

    assert stayed == Finding(proven_months=12)
    assert went == Finding(proven_months=12, ended_on=date(2027, 3, 1), unearned_cents=1)


def test_a_partial_award_is_earned_by_less_capital() -> None:
    partial = replace(FOLLOWED, award_cents=1_300_00, claim=replace(CLAIM, paid_up_cents=2_000_00))

    assert find(partial, check("2027-03-01", kept_cents=1_300_00), today=TODAY) == Finding(proven_months=12)


def test_what_has_to_stay_is_the_capital_that_the_rules_count() -> None:
    promised = replace(FOLLOWED, rules=replace(RULES, contribution_basis=ContributionBasis.SUBSCRIBED))
    raised = replace(
        FOLLOWED,
        award_cents=1_000_00,
        claim=replace(CLAIM, paid_up_cents=500_00),
        rules=replace(RULES, below_floor=BelowFloor.FLOOR),
    )

    # 3 000.00 promised earn 2 000.00 at most, and 1 500.00 earn the 1 500.00 awarded
    assert find(promised, check("2027-03-01"), today=TODAY) == Finding(proven_months=12)
    # whatever is left of a small contribution is raised to the floor as it was
    assert find(raised, check("2027-03-01", kept_cents=1), today=TODAY) == Finding(proven_months=12)
    assert find(raised, check("2027-03-01", kept_cents=0), today=TODAY).unearned_cents == 1_000_00


def test_rules_without_follow_up_end_nothing_early() -> None:
    free = replace(FOLLOWED, rules=replace(RULES, follow_up_months=()))

    assert find(free, left("2026-04-01"), today=TODAY) == Finding(proven_months=0)
    assert not is_complete(free.rules, [0])


def test_the_last_milestone_completes() -> None:
    assert is_complete(RULES, [0, 36, 12])
    assert not is_complete(RULES, [12, 24])
    assert not is_complete(RULES, [])


@pytest.mark.parametrize(
    ("seen", "pointer"),
    [
        (check("2027-03-01", left_on="2027-02-01"), "/left_on"),  # still there
        (check("2027-03-01", capital_withdrawn_on="2027-02-01"), "/capital_withdrawn_on"),  # nothing went
        (left("2029-03-01"), "/left_on"),  # before or after the last milestone? only the day tells
        (check("2029-03-01", kept_cents=0), "/capital_withdrawn_on"),
    ],
)
def test_a_check_that_contradicts_itself_is_refused(seen: Check, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        find(FOLLOWED, seen, today=TODAY)

    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    "seen",
    [
        check("2026-02-28"),  # before the payment
        left("2027-03-01", left_on="2027-03-02"),
        left("2027-03-01", left_on="2026-01-14"),  # before the contribution was paid up
        check("2027-03-01", kept_cents=0, capital_withdrawn_on="2027-03-02"),
        check("2027-03-01", kept_cents=0, capital_withdrawn_on="2026-01-14"),
    ],
)
def test_days_out_of_order_are_refused(seen: Check) -> None:
    with pytest.raises(DatesOutOfOrder):
        find(FOLLOWED, seen, today=TODAY)


def test_a_check_is_not_of_tomorrow() -> None:
    with pytest.raises(DateInTheFuture):
        find(FOLLOWED, check("2027-03-01"), today=date(2027, 2, 28))


@st.composite
def checks(draw: st.DrawFn) -> tuple[Followed, Check]:
    months = draw(
        st.lists(st.integers(1, 60), max_size=4, unique=True).map(lambda found: tuple(sorted(found)))
    )
    paid_on = draw(st.dates(date(2020, 1, 1), date(2025, 12, 31)))
    paid_up_cents = draw(st.integers(1_000_00, 4_000_00))
    claim = Claim(subscribed_cents=paid_up_cents, paid_up_cents=paid_up_cents, paid_up_on=paid_on)
    award_cents = draw(st.integers(1_000_00, min(paid_up_cents, 2_000_00)))
    rules = replace(RULES, follow_up_months=months)
    followed = Followed(award_cents=award_cents, claim=claim, rules=rules, paid_on=paid_on)
    checked_on = paid_on + timedelta(days=draw(st.integers(0, 2_000)))
    still_member = draw(st.booleans())
    said: dict[str, Any] = {}
    if not still_member:
        said["left_on"] = draw(st.dates(paid_on, checked_on))
    kept_cents = draw(st.integers(0, paid_up_cents))
    if kept_cents < paid_up_cents:
        said["capital_withdrawn_on"] = draw(st.dates(paid_on, checked_on))
    seen = Check(
        checked_on=checked_on, still_member=still_member, capital_kept_cents=kept_cents, evidence="x", **said
    )
    return followed, seen


@given(checks())
def test_nothing_is_both_complete_and_ended_early(drawn: tuple[Followed, Check]) -> None:
    followed, seen = drawn

    finding = find(followed, seen, today=date(2040, 1, 1))

    proven = finding.proven_months
    assert proven in (0, *followed.rules.follow_up_months)
    assert not proven or add_months(followed.paid_on, proven) <= seen.checked_on
    assert not (finding.ended_early and is_complete(followed.rules, [proven]))
    assert 0 <= finding.unearned_cents <= followed.award_cents
    assert finding.ended_early == (finding.unearned_cents > 0)
    if finding.ended_on is not None:
        assert not proven or add_months(followed.paid_on, proven) <= finding.ended_on


@given(checks(), st.integers(0, 1_000_00))
def test_more_capital_never_proves_less(drawn: tuple[Followed, Check], more_cents: int) -> None:
    followed, seen = drawn
    kept_cents = min(seen.capital_kept_cents + more_cents, followed.claim.paid_up_cents)
    went_on = seen.capital_withdrawn_on if kept_cents < followed.claim.paid_up_cents else None
    richer = replace(seen, capital_kept_cents=kept_cents, capital_withdrawn_on=went_on)

    before = find(followed, seen, today=date(2040, 1, 1))
    after = find(followed, richer, today=date(2040, 1, 1))

    assert after.unearned_cents <= before.unearned_cents
    assert after.proven_months >= before.proven_months
