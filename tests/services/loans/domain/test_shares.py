"""Who bears what: each funder is told what became of its euros, to the cent."""

from datetime import date
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from services.kernel.calendar import add_months
from services.loans.domain.ledger import Account, Entry, EntryKind
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import declare_funders, receive_recovery, write_off
from services.loans.domain.loan import LoanStatus, delay_of
from services.loans.domain.refusals import NoPaidInContribution, RepaymentTooLarge
from services.loans.domain.repayment import repaid_cents_on
from services.loans.domain.terms import Terms
from tests.factories.loans import (
    REGION_FUNDER,
    STATE_FUNDER,
    THIRD_FUNDER,
    TODAY,
    balance,
    disbursed,
    pay,
    take_back,
)

FUNDERS = [REGION_FUNDER, STATE_FUNDER, THIRD_FUNDER]
STARTED_ON = date(2022, 1, 15)


def each_entry_adds_up(journal: list[Entry]) -> bool:
    return all(
        sum(posting.amount_cents for posting in entry.postings if posting.funder_id == funder) == 0
        for entry in journal
        for funder in {posting.funder_id for posting in entry.postings}
    )


def test_80_20_lends_8000_the_state_bears_1600() -> None:
    shares = disbursed(Terms(8_000_00, 36, 0), STARTED_ON).file.shares

    assert [share.principal_cents for share in shares] == [6_400_00, 1_600_00]


def test_a_loss_of_2000_03_is_split_1600_02_and_400_01() -> None:
    opening = disbursed(Terms(2_000_03, 12, 0), STARTED_ON)

    lost = write_off(opening.file, written_off_on=date(2023, 6, 1), reason="liquidation", today=TODAY)

    assert [share.lost_cents for share in lost.file.shares] == [1_600_02, 400_01]


def test_36_instalments_of_8000_at_80_20_leave_every_funder_at_zero() -> None:
    opening = disbursed(Terms(8_000_00, 36, 0), STARTED_ON)
    file, journal = opening.file, list(opening.entries)

    for instalment in file.loan.schedule:
        movement = pay(file, instalment.amount_cents, instalment.due_on)
        file, journal = movement.file, [*journal, *movement.entries]

    assert file.loan.status is LoanStatus.REPAID
    assert [balance(journal, Account.LOANS, funder) for funder in (REGION_FUNDER, STATE_FUNDER)] == [0, 0]
    assert [balance(journal, Account.CASH, funder) for funder in (REGION_FUNDER, STATE_FUNDER)] == [0, 0]


def test_a_fund_without_paid_in_money_lends_nothing() -> None:
    with pytest.raises(NoPaidInContribution) as refused:
        disbursed(Terms(1_000_00, 12, 0), STARTED_ON, {})
    assert refused.value.code == "no-paid-in-contribution"


def test_a_reversal_gives_back_the_parts_of_what_it_reverses() -> None:
    opening = disbursed(
        Terms(1_000_01, 12, 0), STARTED_ON, {REGION_FUNDER: 50, STATE_FUNDER: 30, THIRD_FUNDER: 20}
    )
    paid = pay(opening.file, 33_33, date(2022, 2, 15))
    paid_again = pay(paid.file, 33_34, date(2022, 3, 15))
    journal = [*opening.entries, *paid.entries, *paid_again.entries]

    reversal = take_back(paid_again.file, paid.file.repayments[0], journal, date(2022, 4, 1))

    (entry,) = reversal.entries
    negated = [
        (posting.account, posting.funder_id, -posting.amount_cents) for posting in paid.entries[0].postings
    ]
    assert sorted(negated) == sorted(
        (posting.account, posting.funder_id, posting.amount_cents) for posting in entry.postings
    )
    assert (entry.kind, entry.reverses) == (EntryKind.REVERSAL, paid.entries[0].id)


def test_a_reversal_on_a_written_off_loan_is_lost_too() -> None:
    opening = disbursed(Terms(1_200_00, 12, 0), STARTED_ON)
    paid = pay(opening.file, 500_00, date(2022, 6, 1))
    lost = write_off(paid.file, written_off_on=date(2023, 6, 1), reason="liquidation", today=TODAY)
    journal = [*opening.entries, *paid.entries, *lost.entries]

    reversal = take_back(lost.file, lost.file.repayments[0], journal, date(2023, 7, 1))

    assert [entry.kind for entry in reversal.entries] == [EntryKind.REVERSAL, EntryKind.WRITE_OFF]
    assert reversal.file.loan.written_off_cents == 1_200_00
    assert reversal.file.loan.outstanding_cents == 0
    assert balance([*journal, *reversal.entries], Account.LOANS) == 0
    assert balance([*journal, *reversal.entries], Account.LOSSES, STATE_FUNDER) == 240_00


weights = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=3).filter(any)


@st.composite
def histories(draw: st.DrawFn) -> tuple[LoanFile, list[Entry]]:
    """A loan through payments and bounces, recorded in any order."""
    paid_in = dict(zip(FUNDERS, draw(weights), strict=False))
    months = draw(st.integers(1, 24))
    opening = disbursed(Terms(draw(st.integers(months, 1_000_000)), months, 0), STARTED_ON, paid_in)
    file, journal = opening.file, list(opening.entries)
    for _ in range(draw(st.integers(0, 8))):
        on = add_months(STARTED_ON, draw(st.integers(0, 24)))
        standing = [repayment for repayment in file.repayments if repayment.reversed_on is None]
        if standing and draw(st.integers(0, 3)) == 0:
            repayment = draw(st.sampled_from(standing))
            movement = take_back(file, repayment, journal, max(on, repayment.paid_on))
        else:
            try:
                movement = pay(file, draw(st.integers(1, file.loan.terms.amount_cents)), on)
            except RepaymentTooLarge:
                continue
        file, journal = movement.file, [*journal, *movement.entries]
    return file, journal


@given(histories(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_loan_repaid_or_written_off_for_the_rest_leaves_every_funder_at_zero(
    history: tuple[LoanFile, list[Entry]], is_lost: bool
) -> None:
    file, journal = history
    if file.loan.outstanding_cents:
        last_day = date(2024, 6, 1)
        movement = (
            write_off(file, written_off_on=last_day, reason="perte", today=TODAY)
            if is_lost
            else pay(file, file.loan.outstanding_cents, last_day)
        )
        file, journal = movement.file, [*journal, *movement.entries]

    assert {share.principal_cents - share.credited_cents for share in file.shares} == {0}
    assert {balance(journal, Account.LOANS, funder) for funder in FUNDERS} == {0}
    assert each_entry_adds_up(journal)


@given(histories(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_is_recovered_goes_to_those_who_lost(
    history: tuple[LoanFile, list[Entry]], data: st.DataObject
) -> None:
    file, journal = history
    if not file.loan.outstanding_cents:
        return
    lost = write_off(file, written_off_on=date(2024, 6, 1), reason="perte", today=TODAY)
    file, journal = lost.file, [*journal, *lost.entries]
    while left_cents := file.loan.written_off_cents - file.loan.recovered_cents:
        amount_cents = data.draw(st.integers((left_cents + 3) // 4, left_cents))
        back = receive_recovery(file, amount_cents=amount_cents, received_on=date(2025, 1, 1), today=TODAY)
        file, journal = back.file, [*journal, *back.entries]

    assert all(share.recovered_cents == share.lost_cents for share in file.shares)
    assert balance(journal, Account.RECOVERIES) == -file.loan.written_off_cents


@given(histories())
@settings(max_examples=100, deadline=None)
def test_kept_balances_are_those_of_the_journal(history: tuple[LoanFile, list[Entry]]) -> None:
    file, journal = history

    assert balance(journal, Account.LOANS) == file.loan.outstanding_cents
    for share in file.shares:
        assert (
            balance(journal, Account.LOANS, share.funder_id) == share.principal_cents - share.credited_cents
        )
        assert 0 <= share.credited_cents <= share.principal_cents


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_same_facts_in_any_order_give_the_same_balances(
    history: tuple[LoanFile, list[Entry]], random: Random
) -> None:
    file, _ = history
    shuffled = list(file.repayments)
    random.shuffle(shuffled)

    opening = disbursed(file.loan.terms, STARTED_ON)
    again, journal = opening.file, list(opening.entries)
    for repayment in shuffled:
        try:
            movement = pay(again, repayment.amount_cents, repayment.paid_on)
        except RepaymentTooLarge:
            reject()  # before its bounce was recorded, one payment stood in another's way
        again, journal = movement.file, [*journal, *movement.entries]
        if repayment.reversed_on is not None:
            movement = take_back(again, again.repayments[-1], journal, repayment.reversed_on)
            again, journal = movement.file, [*journal, *movement.entries]

    assert (again.loan.repaid_cents, again.loan.status) == (file.loan.repaid_cents, file.loan.status)
    for month in range(30):
        on = add_months(STARTED_ON, month)
        repaid_cents = repaid_cents_on(file.repayments, on)
        assert repaid_cents_on(again.repayments, on) == repaid_cents
        assert delay_of(again.loan, on, repaid_cents=repaid_cents) == delay_of(
            file.loan, on, repaid_cents=repaid_cents
        )


@given(histories(), weights)
@settings(max_examples=100, deadline=None)
def test_declared_funders_take_over_to_the_cent(
    history: tuple[LoanFile, list[Entry]], declared_weights: list[int]
) -> None:
    placeholder = THIRD_FUNDER
    file, journal = _borne_by(placeholder, history)
    declared = dict(zip([REGION_FUNDER, STATE_FUNDER], declared_weights, strict=False))
    if not any(declared.values()):
        return

    movement = declare_funders(file, placeholder_id=placeholder, paid_in_cents=declared, declared_on=TODAY)
    file, journal = movement.file, [*journal, *movement.entries]

    assert all(balance(journal, account, placeholder) == 0 for account in Account)
    standing = [repayment for repayment in file.repayments if repayment.reversed_on is None]
    for repayment in standing:
        reversal = take_back(file, repayment, journal, TODAY)
        file, journal = reversal.file, [*journal, *reversal.entries]
    assert all(balance(journal, account, placeholder) == 0 for account in Account)
    assert [share.credited_cents for share in file.shares] == [0] * len(file.shares)
    assert balance(journal, Account.LOANS) == file.loan.terms.amount_cents


def _borne_by(placeholder: UUID, history: tuple[LoanFile, list[Entry]]) -> tuple[LoanFile, list[Entry]]:
    """The same facts on a loan that one placeholder bears alone."""
    past, _ = history
    opening = disbursed(past.loan.terms, STARTED_ON, {placeholder: 1})
    file, journal = opening.file, list(opening.entries)
    for repayment in past.repayments:
        if repayment.reversed_on is None:
            movement = pay(file, repayment.amount_cents, repayment.paid_on)
            file, journal = movement.file, [*journal, *movement.entries]
    return file, journal
