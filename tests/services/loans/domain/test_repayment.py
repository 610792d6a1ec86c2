"""Histories an officer can read: what happened, in the order it was recorded, and what must be true after."""

from dataclasses import dataclass

import pytest

from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder
from services.loans.domain.ledger import Entry
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.standing import allocations_of
from services.loans.domain.loan import LoanStatus, delay_of
from services.loans.domain.refusals import RepaymentAlreadyReversed, RepaymentTooLarge
from services.loans.domain.repayment import repaid_cents_on
from services.loans.domain.terms import Terms
from tests.factories.loans import TODAY, day, disbursed, euros, pay, take_back

# All of a loan of 1 200.00 over 12 months disbursed on 15 January 2025: 100.00 due on the 15th of each month.
TERMS, DISBURSED_ON = Terms(1_200_00, 12, 0), "2025-01-15"


@dataclass(frozen=True)
class History:
    """`paid`: (amount, paid on); `reversed`: (which payment, from 1, on); then what stands `as_of`."""

    paid: list[tuple[str, str]]
    as_of: str
    repaid: str
    arrears: str
    days_late: int
    instalments: list[str]
    reversed: list[tuple[int, str]] | None = None


HISTORIES = {
    "nothing paid, the day before the first due date": History(
        [], as_of="2025-02-14", repaid="0", arrears="0", days_late=0, instalments=[]
    ),
    "the due date itself is already late by no day, but owed": History(
        [], as_of="2025-02-15", repaid="0", arrears="100", days_late=0, instalments=[]
    ),
    "a day after, one day late": History(
        [], as_of="2025-02-16", repaid="0", arrears="100", days_late=1, instalments=[]
    ),
    "days late count from the oldest unpaid date": History(
        [], as_of="2025-04-20", repaid="0", arrears="300", days_late=64, instalments=[]
    ),
    "paid on the day": History(
        [("100", "2025-02-15")],
        as_of="2025-03-14",
        repaid="100",
        arrears="0",
        days_late=0,
        instalments=["100"],
    ),
    "a partial payment leaves the instalment partly paid, and late": History(
        [("60", "2025-02-15")],
        as_of="2025-02-25",
        repaid="60",
        arrears="40",
        days_late=10,
        instalments=["60"],
    ),
    "one payment over three instalments, the last in part": History(
        [("250", "2025-04-15")],
        as_of="2025-04-30",
        repaid="250",
        arrears="50",
        days_late=15,
        instalments=["100", "100", "50"],
    ),
    "paying ahead fills the next instalments and is not early repayment": History(
        [("350", "2025-02-01")],
        as_of="2025-05-20",
        repaid="350",
        arrears="50",
        days_late=5,
        instalments=["100", "100", "100", "50"],
    ),
    "recorded in any order, counted in date order": History(
        [("100", "2025-04-15"), ("100", "2025-02-15"), ("100", "2025-03-15")],
        as_of="2025-03-20",
        repaid="200",
        arrears="0",
        days_late=0,
        instalments=["100", "100"],
    ),
    "a back-dated payment clears arrears from its own day": History(
        [("100", "2025-03-15"), ("100", "2025-02-10")],
        as_of="2025-03-16",
        repaid="200",
        arrears="0",
        days_late=0,
        instalments=["100", "100"],
    ),
    "a bounced debit: late again from the oldest date, from the day it bounced": History(
        [("100", "2025-02-15"), ("100", "2025-03-15")],
        reversed=[(2, "2025-03-20")],
        as_of="2025-03-25",
        repaid="100",
        arrears="100",
        days_late=10,
        instalments=["100"],
    ),
    "before it bounced, it had been paid": History(
        [("100", "2025-02-15"), ("100", "2025-03-15")],
        reversed=[(2, "2025-03-20")],
        as_of="2025-03-19",
        repaid="200",
        arrears="0",
        days_late=0,
        instalments=["100", "100"],
    ),
    "reversing an old payment moves what came after to the oldest instalments": History(
        [("100", "2025-02-15"), ("100", "2025-03-15"), ("100", "2025-04-15")],
        reversed=[(1, "2025-04-20")],
        as_of="2025-04-30",
        repaid="200",
        arrears="100",
        days_late=15,
        instalments=["100", "100"],
    ),
    "wholly repaid": History(
        [("1 200", "2025-06-01")],
        as_of="2026-01-15",
        repaid="1 200",
        arrears="0",
        days_late=0,
        instalments=["100"] * 12,
    ),
}


def recorded(history: History) -> tuple[LoanFile, list[Entry]]:
    opening = disbursed(TERMS, day(DISBURSED_ON))
    file, journal = opening.file, list(opening.entries)
    for amount, paid_on in history.paid:
        movement = pay(file, euros(amount), day(paid_on))
        file, journal = movement.file, [*journal, *movement.entries]
    for which, reversed_on in history.reversed or []:
        movement = take_back(file, file.repayments[which - 1], journal, day(reversed_on))
        file, journal = movement.file, [*journal, *movement.entries]
    return file, journal


@pytest.mark.parametrize("story", HISTORIES)
def test_what_a_loan_owes(story: str) -> None:
    history = HISTORIES[story]
    file, _ = recorded(history)

    repaid_cents = repaid_cents_on(file.repayments, day(history.as_of))
    delay = delay_of(file.loan, day(history.as_of), repaid_cents=repaid_cents)
    paid = [instalment.paid_cents(repaid_cents) for instalment in file.loan.schedule]

    assert repaid_cents == euros(history.repaid)
    assert (delay.arrears_cents, delay.days_late) == (euros(history.arrears), history.days_late)
    assert [cents for cents in paid if cents] == [euros(amount) for amount in history.instalments]


def test_a_repayment_is_told_across_which_instalments_it_went() -> None:
    file, _ = recorded(History([("60", "2025-02-15"), ("250", "2025-03-15")], "2025-04-01", "0", "0", 0, []))

    allocations = allocations_of(file, file.repayments[1])

    assert [(a.rank, a.amount_cents) for a in allocations] == [
        (1, 40_00),
        (2, 100_00),
        (3, 100_00),
        (4, 10_00),
    ]


def test_a_back_dated_repayment_moves_the_allocation_of_those_after_it() -> None:
    file, _ = recorded(History([("100", "2025-03-15"), ("100", "2025-02-15")], "2025-04-01", "0", "0", 0, []))

    later, earlier = file.repayments

    assert [a.rank for a in allocations_of(file, earlier)] == [1]
    assert [a.rank for a in allocations_of(file, later)] == [2]


@pytest.mark.parametrize(
    ("paid", "reversals", "amount", "paid_on", "owed"),
    [
        ([("1 000", "2025-06-01")], [], "200.01", "2025-07-01", "200"),
        ([("1 200", "2025-06-01")], [], "0.01", "2025-07-01", "0"),
        ([("1 200", "2025-06-01")], [], "0.01", "2025-02-01", "0"),
        ([("1 000", "2025-06-01")], [(1, "2025-07-01")], "300", "2025-05-01", "200"),
    ],
    ids=[
        "a cent more than is owed",
        "nothing is owed any more",
        "back-dated before the one that repaid it all",
        "owed before the bounce, when the other one still counted",
    ],
)
def test_more_than_is_owed_is_refused_and_says_how_much_is_owed(
    paid: list[tuple[str, str]], reversals: list[tuple[int, str]], amount: str, paid_on: str, owed: str
) -> None:
    file, _ = recorded(History(paid, "2025-12-31", "0", "0", 0, [], reversals))

    with pytest.raises(RepaymentTooLarge) as refused:
        pay(file, euros(amount), day(paid_on))

    assert refused.value.facts == {"owed_cents": euros(owed), "amount_cents": euros(amount)}


def test_after_a_bounce_the_same_amount_is_owed_again() -> None:
    file, _ = recorded(History([("1 200", "2025-06-01")], "2025-12-31", "0", "0", 0, [], [(1, "2025-06-05")]))
    assert file.loan.status is LoanStatus.ACTIVE

    again = pay(file, 1_200_00, day("2025-06-05")).file

    assert again.loan.status is LoanStatus.REPAID
    assert again.loan.outstanding_cents == 0


def test_a_repayment_is_reversed_once() -> None:
    file, journal = recorded(
        History([("100", "2025-02-15")], "2025-12-31", "0", "0", 0, [], [(1, "2025-02-20")])
    )

    with pytest.raises(RepaymentAlreadyReversed) as refused:
        take_back(file, file.repayments[0], journal, day("2025-02-21"))

    assert refused.value.facts == {"reversed_on": day("2025-02-20")}


def test_business_dates_are_checked_among_themselves_only() -> None:
    file, journal = recorded(History([("100", "2025-02-15")], "2025-12-31", "0", "0", 0, []))

    with pytest.raises(DatesOutOfOrder):
        pay(file, 100_00, day("2025-01-14"))
    with pytest.raises(DateInTheFuture):
        pay(file, 100_00, day("2026-07-01"))
    with pytest.raises(DatesOutOfOrder):
        take_back(file, file.repayments[0], journal, day("2025-02-14"))
    assert pay(file, 100_00, TODAY).file.loan.repaid_cents == 200_00
