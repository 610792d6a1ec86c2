from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis.strategies import dates, integers

from services.kernel.refusals import DatesOutOfOrder, StatusForbids
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import receive_recovery, write_off
from services.loans.domain.loan import (
    LOAN_MOVES,
    LoanAct,
    LoanStatus,
    arrears_cents_since,
    days_late_since,
    delay_of,
    next_status,
)
from services.loans.domain.refusals import LoanWrittenOff, RecoveryTooLarge
from services.loans.domain.schedule import due_cents
from services.loans.domain.terms import Terms
from tests.factories.loans import TODAY, disbursed, pay


def current() -> LoanFile:
    return disbursed(Terms(1_200_00, 12, 0), date(2022, 1, 15)).file


def lost(on: date = date(2023, 6, 1)) -> LoanFile:
    return write_off(
        pay(current(), 500_00, date(2022, 6, 1)).file, written_off_on=on, reason="liquidation", today=TODAY
    ).file


@pytest.mark.parametrize("act", LoanAct)
@pytest.mark.parametrize("status", LoanStatus)
def test_no_status_is_reached_but_through_the_table(status: LoanStatus, act: LoanAct) -> None:
    loan = replace(current().loan, status=status)
    if (status, act) in LOAN_MOVES:
        assert next_status(loan, act) is LOAN_MOVES[status, act]
        return
    with pytest.raises(StatusForbids):
        next_status(loan, act)


def test_a_loss_is_what_was_still_owed_and_ends_the_delay() -> None:
    loan = lost().loan

    assert (loan.status, loan.written_off_cents, loan.outstanding_cents) == (
        LoanStatus.WRITTEN_OFF,
        700_00,
        0,
    )
    assert delay_of(loan, date(2023, 6, 1)).arrears_cents == 0
    assert delay_of(loan, date(2023, 5, 31), repaid_cents=500_00).arrears_cents == 700_00


def test_a_written_off_loan_takes_recoveries_not_repayments() -> None:
    with pytest.raises(LoanWrittenOff) as refused:
        pay(lost(), 100_00, date(2023, 7, 1))
    assert refused.value.facts == {"written_off_on": date(2023, 6, 1)}

    back = receive_recovery(lost(), amount_cents=100_00, received_on=date(2023, 7, 1), today=TODAY)

    assert (back.file.loan.recovered_cents, back.file.loan.status) == (100_00, LoanStatus.WRITTEN_OFF)


def test_no_more_is_recovered_than_was_lost() -> None:
    with pytest.raises(RecoveryTooLarge) as refused:
        receive_recovery(lost(), amount_cents=700_01, received_on=date(2023, 7, 1), today=TODAY)
    assert refused.value.facts == {"owed_cents": 700_00, "amount_cents": 700_01}


def test_money_is_recovered_on_lost_loans_only() -> None:
    with pytest.raises(StatusForbids):
        receive_recovery(current(), amount_cents=1, received_on=date(2023, 7, 1), today=TODAY)


def test_a_repaid_loan_cannot_be_lost() -> None:
    repaid = pay(current(), 1_200_00, date(2022, 6, 1)).file
    with pytest.raises(StatusForbids):
        write_off(repaid, written_off_on=date(2023, 6, 1), reason="erreur", today=TODAY)


def test_a_loss_is_dated_after_all_that_happened() -> None:
    with pytest.raises(DatesOutOfOrder):
        lost(on=date(2022, 5, 31))
    with pytest.raises(DatesOutOfOrder):
        receive_recovery(lost(), amount_cents=1, received_on=date(2023, 5, 31), today=TODAY)


@given(
    months=integers(13, 60),
    grace=integers(0, 12),
    repaid_cents=integers(0, 1_200_00),
    on=dates(date(2021, 12, 1), date(2029, 1, 1)),
)
def test_a_delay_is_the_same_without_the_schedule(
    months: int, grace: int, repaid_cents: int, on: date
) -> None:
    loan = replace(
        disbursed(Terms(1_200_00, months, grace), date(2022, 1, 15)).file.loan, repaid_cents=repaid_cents
    )
    delay, due = delay_of(loan, on), due_cents(loan.schedule, on)

    assert days_late_since(loan.next_due_on, on) == delay.days_late
    assert arrears_cents_since(loan.next_due_on, due, repaid_cents, on) == delay.arrears_cents
