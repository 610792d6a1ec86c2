"""A series folded at once gives what the same repayments give one by one."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.refusals import Refusal
from services.loans.domain.ledger import Entry
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import Payment, repay
from services.loans.domain.life.series import repay_in_order
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.terms import Terms
from tests.factories.loans import REGION_FUNDER, STATE_FUNDER, THIRD_FUNDER, disbursed

STARTED_ON = date(2024, 1, 31)
TODAY = date(2026, 6, 30)
SHARES = {REGION_FUNDER: 500_00, STATE_FUNDER: 300_00, THIRD_FUNDER: 207_00}

payments = st.lists(
    st.builds(
        Payment,
        st.integers(1, 400_00),
        st.integers(-5, 1_000).map(lambda days: STARTED_ON + timedelta(days=days)),
        st.sampled_from(PaymentMethod),
        early=st.sampled_from([None] * 12 + list(EarlyMode)),
    ),
    max_size=14,
)


def one_by_one(file: LoanFile, listed: list[Payment]) -> tuple[LoanFile, list[Entry], int]:
    journal: list[Entry] = []
    refused = 0
    for payment in listed:
        try:
            movement = repay(file, payment, today=TODAY)
        except Refusal:
            refused += 1
            continue
        file, journal = movement.file, journal + list(movement.entries)
    return file, journal, refused


def folded(file: LoanFile, listed: list[Payment]) -> tuple[LoanFile, list[Entry], int]:
    """As the import does: what the fold stops at goes the slow way."""
    journal: list[Entry] = []
    refused = 0
    while listed:
        movement, taken = repay_in_order(file, listed, today=TODAY)
        file, journal, listed = movement.file, journal + list(movement.entries), listed[taken:]
        if taken == 0:
            file, slow, more = one_by_one(file, listed[:1])
            journal, refused, listed = journal + slow, refused + more, listed[1:]
    return file, journal, refused


def without_ids(file: LoanFile, journal: list[Entry]) -> tuple[LoanFile, list[Entry]]:
    nobody = UUID(int=0)
    repayments = tuple(replace(one, id=nobody) for one in file.repayments)
    entries = [replace(entry, id=nobody, repayment_id=nobody) for entry in journal]
    return replace(file, repayments=repayments), entries


@given(payments, st.booleans())
def test_a_fold_gives_what_each_alone_gives(listed: list[Payment], in_order: bool) -> None:
    file = disbursed(Terms(1_200_00, 12, 0), STARTED_ON, SHARES).file
    if in_order:
        listed = sorted(listed, key=lambda payment: payment.paid_on)

    alone, alone_journal, alone_refused = one_by_one(file, listed)
    whole, whole_journal, whole_refused = folded(file, listed)

    assert whole_refused == alone_refused
    assert without_ids(whole, whole_journal) == without_ids(alone, alone_journal)
    assert [one.id for one in whole.repayments] == [entry.repayment_id for entry in whole_journal]


def test_it_takes_all_that_is_in_order_and_stops_at_the_first_that_is_not() -> None:
    file = disbursed(Terms(1_200_00, 12, 0), STARTED_ON, SHARES).file
    days = [date(2024, 2, 29), date(2024, 3, 31), date(2024, 3, 30), date(2024, 4, 30)]
    listed = [Payment(100_00, on, PaymentMethod.TRANSFER) for on in days]

    movement, taken = repay_in_order(file, listed, today=TODAY)

    assert (taken, movement.file.loan.repaid_cents, len(movement.entries)) == (2, 200_00, 2)
    assert repay_in_order(movement.file, listed[2:], today=TODAY) == (type(movement)(movement.file, ()), 0)
