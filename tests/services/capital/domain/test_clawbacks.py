from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.clawback_refusals import (
    AnotherPersonRequired,
    ClawbackTooLarge,
    NothingToClawBack,
    PersonRequired,
    TooManyReceipts,
)
from services.capital.domain.clawbacks import (
    MOST_RECEIPTS,
    Clawback,
    ClawbackReceipt,
    Computation,
    amount_asked,
    check_receipt,
    check_who_proposes,
    check_who_waives,
    compute,
    split_receipt,
)
from services.capital.domain.schemes import ClawbackRule, FunderShare, Period, Rules
from services.kernel.calendar import add_months
from services.kernel.identifiers import Siren
from services.kernel.money import split_by_weights
from services.kernel.officers import Officer

RULES = Rules(
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=None,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
)
PRO_RATA = replace(RULES, clawback_rule=ClawbackRule.PRO_RATA)
PAID_ON = date(2023, 3, 1)  # three years of 1 096 days follow: 2024 is a leap year
PROMISED_UNTIL = date(2026, 3, 1)


def computed(rules: Rules, until: date, unearned_cents: int = 2_000_00) -> Computation:
    return compute(rules, paid_cents=2_000_00, unearned_cents=unearned_cents, paid_on=PAID_ON, until=until)


@pytest.mark.parametrize(
    ("rules", "until", "days_stayed", "months_stayed", "amount_cents"),
    [
        (RULES, date(2023, 1, 15), 0, 0, 2_000_00),  # gone before the payment
        (RULES, PAID_ON, 0, 0, 2_000_00),
        (RULES, date(2026, 2, 28), 1_095, 35, 2_000_00),  # the last day that it is owed whole
        (RULES, PROMISED_UNTIL, 1_096, 36, 0),
        (RULES, date(2027, 5, 1), 1_096, 50, 0),
        (PRO_RATA, date(2023, 1, 15), 0, 0, 2_000_00),
        (PRO_RATA, PAID_ON, 0, 0, 2_000_00),
        (PRO_RATA, date(2024, 3, 1), 366, 12, 1_332_11),  # 2 000.00 x 730 / 1 096 = 1 332.116...
        (PRO_RATA, date(2024, 8, 31), 549, 17, 998_17),  # 2 000.00 x 547 / 1 096 = 998.175...
        (PRO_RATA, date(2026, 2, 28), 1_095, 35, 1_82),  # 2 000.00 x 1 / 1 096 = 1.824...
        (PRO_RATA, PROMISED_UNTIL, 1_096, 36, 0),
    ],
)
def test_the_rule_says_how_much(
    rules: Rules, until: date, days_stayed: int, months_stayed: int, amount_cents: int
) -> None:
    found = computed(rules, until)

    assert (found.stayed_from, found.promised_until, found.days_promised) == (PAID_ON, PROMISED_UNTIL, 1_096)
    assert (found.days_stayed, found.months_stayed) == (days_stayed, months_stayed)
    assert found.amount_cents == amount_cents


def test_of_capital_that_went_in_part_only_that_part_is_taken_back() -> None:
    assert computed(RULES, date(2024, 3, 1), 600_00).amount_cents == 600_00
    assert computed(PRO_RATA, date(2024, 3, 1), 600_00).amount_cents == 399_63  # 600 x 730 / 1 096


@pytest.mark.parametrize("rules", [RULES, PRO_RATA])
def test_where_no_time_was_promised_the_whole_is_due(rules: Rules) -> None:
    found = computed(replace(rules, follow_up_months=()), date(2040, 1, 1))

    assert (found.promised_until, found.days_promised, found.amount_cents) == (None, None, 2_000_00)


@given(
    paid_cents=st.integers(1, 10_000_00),
    months=st.integers(1, 120),
    days=st.lists(st.integers(-50, 4_000), min_size=2),
)
def test_who_stays_longer_owes_no_more_and_nothing_in_the_end(
    paid_cents: int, months: int, days: list[int]
) -> None:
    rules = replace(PRO_RATA, follow_up_months=(months,))
    amounts = [
        compute(
            rules,
            paid_cents=paid_cents,
            unearned_cents=paid_cents,
            paid_on=PAID_ON,
            until=PAID_ON + timedelta(days=day),
        ).amount_cents
        for day in sorted(days)
    ]

    assert all(0 <= amount <= paid_cents for amount in amounts)
    assert amounts == sorted(amounts, reverse=True)
    last = (add_months(PAID_ON, months) - PAID_ON).days
    assert [amount == 0 for amount, day in zip(amounts, sorted(days), strict=True) if day >= last] == [
        True
    ] * sum(day >= last for day in days)


def test_what_the_operator_says_is_bounded_by_what_was_paid() -> None:
    found = computed(PRO_RATA, date(2024, 3, 1))

    assert amount_asked(found, None) == 1_332_11
    assert amount_asked(found, 2_000_00) == 2_000_00
    with pytest.raises(ClawbackTooLarge) as refused:
        amount_asked(found, 2_000_01)
    assert refused.value.facts == {
        "amount_cents": 2_000_01,
        "paid_cents": 2_000_00,
        "computed_cents": 1_332_11,
    }


def test_where_the_rule_takes_nothing_the_operator_says_how_much() -> None:
    found = computed(RULES, PROMISED_UNTIL)

    with pytest.raises(NothingToClawBack):
        amount_asked(found, None)
    assert amount_asked(found, 500_00) == 500_00


def test_after_many_receipts_the_next_one_is_the_last() -> None:
    receipt = ClawbackReceipt(
        id=UUID(int=1),
        amount_cents=1_00,
        received_on=PAID_ON,
        reference="VIR",
        by_funder=(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    clawback = Clawback(
        id=UUID(int=2),
        top_up_id=UUID(int=3),
        payment_id=UUID(int=4),
        version_id=UUID(int=5),
        computation=computed(RULES, PAID_ON),
        amount_cents=2_000_00,
        reason="x",
        proposed_on=PAID_ON,
        proposed_by=NOBODY,
        confirmed_on=PAID_ON,
        receipts=(receipt,) * MOST_RECEIPTS,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    left_cents = 2_000_00 - MOST_RECEIPTS * 1_00

    with pytest.raises(TooManyReceipts) as refused:
        check_receipt(clawback, left_cents - 1, PAID_ON, PAID_ON)
    assert refused.value.facts == {"receipts": MOST_RECEIPTS, "owed_cents": left_cents}
    check_receipt(clawback, left_cents, PAID_ON, PAID_ON)
    one_less = replace(clawback, receipts=clawback.receipts[1:])
    check_receipt(one_less, 1, PAID_ON, PAID_ON)


ANNE, ANNE_ELSEWHERE, PAUL = Officer("erp", "anne"), Officer("pages", " ANNE "), Officer("erp", "paul")
NOBODY = Officer("erp", None)


def test_a_waiver_by_another_person_where_the_rules_ask_for_it() -> None:
    asking = replace(RULES, waiver_by_another=True)

    for proposer, waiver in ((ANNE, PAUL), (NOBODY, PAUL)):
        check_who_waives(asking, waiver, proposed_by=proposer)
    for waiver, refusal in (
        (ANNE, AnotherPersonRequired),
        (ANNE_ELSEWHERE, AnotherPersonRequired),
        (NOBODY, PersonRequired),
        (Officer("erp", ""), PersonRequired),
    ):
        with pytest.raises(refusal):
            check_who_waives(asking, waiver, proposed_by=ANNE)
    with pytest.raises(PersonRequired):
        check_who_proposes(asking, NOBODY)
    check_who_proposes(asking, ANNE)


def test_where_the_rules_do_not_ask_anybody_waives() -> None:
    check_who_proposes(RULES, NOBODY)
    check_who_waives(RULES, ANNE, proposed_by=ANNE)


def funders(*percents: str) -> list[FunderShare]:
    return [FunderShare(Siren(f"{rank:09}"), f"F{rank}", Decimal(part)) for rank, part in enumerate(percents)]


def test_a_receipt_returns_by_the_shares_largest_remainder() -> None:
    parts = split_receipt(1_000_01, funders("50", "30", "20"), paid_cents=1_000_01, returned_cents={})

    assert [part.amount_cents for part in parts] == [500_01, 300_00, 200_00]


@given(st.lists(st.integers(1, 3_000_00), min_size=1, max_size=40), st.data())
def test_receipts_of_a_payment_add_up_to_what_each_co_funder_bore(
    receipts: list[int], data: st.DataObject
) -> None:
    """However it comes back, each has its own part to the cent in the end, and is never far from it."""
    named = funders(*data.draw(st.sampled_from([("80", "20"), ("50", "30", "20"), ("33.3333", "66.6667")])))
    paid_cents = sum(receipts)
    borne = split_by_weights(paid_cents, [int(funder.percent * 10_000) for funder in named])
    returned: dict[Siren, int] = {}
    for receipt, running in zip(receipts, accumulate(receipts), strict=True):
        parts = split_receipt(receipt, named, paid_cents=paid_cents, returned_cents=returned)
        assert sum(part.amount_cents for part in parts) == receipt
        assert min(part.amount_cents for part in parts) >= 0
        for part in parts:
            returned[part.siren] = returned.get(part.siren, 0) + part.amount_cents
        for funder, whole in zip(named, borne, strict=True):
            assert abs(returned[funder.siren] * paid_cents - whole * running) < 2 * paid_cents

    assert [returned[funder.siren] for funder in named] == borne
