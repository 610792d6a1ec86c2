"""A loan of 1 200.00 disbursed on 15 January 2024 over 12 months: 100.00 on the 15th of each month."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.loans.domain.ledger import EntryKind, credited_parts
from services.loans.domain.life.movements import Credited, reverse
from services.loans.domain.loan import LoanStatus
from services.loans.domain.terms import DEFAULT_SETTINGS
from tests.factories.portfolio import TODAY, as_known, doubts, loan_row, rejections, take

PAID = tuple(f"P-1;15/{month:02d}/2024;100,00;Virement" for month in range(2, 13))
LOST = loan_row(status="passé en perte", loss="1 000,00")


def test_a_loan_with_its_repayments() -> None:
    takeover = take([loan_row()], PAID)
    (history,) = takeover.histories
    loan = history.file.loan
    assert takeover.findings == ()
    assert (loan.number, loan.status, loan.outstanding_cents) == ("P-1", LoanStatus.ACTIVE, 100_00)
    assert [repayment.paid_on.month for repayment in history.file.repayments] == list(range(2, 13))
    assert [entry.kind for entry in history.entries] == [EntryKind.DISBURSEMENT] + [EntryKind.REPAYMENT] * 11
    assert takeover.as_of == date(2024, 12, 15)


@given(order=st.permutations(PAID))
def test_lines_in_any_order_give_the_same_loan(order: list[str]) -> None:
    assert [
        (repayment.paid_on, repayment.amount_cents, repayment.recorded_rank)
        for repayment in take([loan_row()], order).histories[0].file.repayments
    ] == [
        (repayment.paid_on, repayment.amount_cents, repayment.recorded_rank)
        for repayment in take([loan_row()], PAID).histories[0].file.repayments
    ]


def test_the_grace_is_inside_the_duration_whatever_the_fund_counts() -> None:
    row = loan_row(months="12", grace="3")
    inside = take([row], []).histories[0].file.loan
    beside = take([row], [], settings=replace(DEFAULT_SETTINGS, grace_included=False)).histories[0].file.loan
    assert inside.schedule == beside.schedule
    assert (len(inside.schedule), inside.schedule[0].due_on) == (9, date(2024, 5, 15))
    assert (inside.terms.months, beside.terms.months) == (12, 9)


def test_a_line_of_no_loan_is_rejected() -> None:
    takeover = take([loan_row()], ["P-9;15/02/2024;100,00;Virement", *PAID])
    assert rejections(takeover) == [("repayments", 2, "N° prêt", "unknown-loan")]
    assert takeover.histories[0].repayments_taken == 11


def test_more_than_is_owed_is_rejected_and_the_rest_taken() -> None:
    takeover = take(
        [loan_row(status="soldé")],
        ["P-1;15/01/2025;200,00;Virement", *PAID, "P-1;15/01/2025;100,00;Virement"],
    )
    assert rejections(takeover) == [("repayments", 2, "Montant", "more-than-owed")]
    assert dict(takeover.findings[0].facts) == {"owed_cents": 100_00, "amount_cents": 200_00}
    assert takeover.histories[0].file.loan.status is LoanStatus.REPAID


def test_a_repayment_before_the_disbursement_is_rejected() -> None:
    takeover = take([loan_row()], ["P-1;14/01/2024;100,00;Virement"])
    assert rejections(takeover) == [("repayments", 2, "Date", "before-disbursement")]


def test_equal_lines_of_one_file_all_count() -> None:
    takeover = take([loan_row()], [PAID[0], PAID[0], PAID[0]])
    assert takeover.histories[0].file.loan.repaid_cents == 300_00


def test_a_second_run_adds_nothing() -> None:
    first = take([loan_row(), LOST.replace("P-1", "P-2")], [*PAID, PAID[0], "P-2;15/02/2024;200,00;Chèque"])
    again = take(
        [loan_row(), LOST.replace("P-1", "P-2")],
        [*PAID, PAID[0], "P-2;15/02/2024;200,00;Chèque"],
        *as_known(first),
    )
    assert [history.entries for history in again.histories] == [[], []]
    assert [history.lines_known for history in again.histories] == [12, 1]
    assert (again.as_of, again.findings) == (first.as_of, first.findings)


def test_a_longer_file_adds_only_its_new_lines_in_whatever_order() -> None:
    first = take([loan_row()], PAID[:5])
    again = take([loan_row()], [*PAID[:5], PAID[0], PAID[5]][::-1], *as_known(first))
    (history,) = again.histories
    assert (history.lines_known, history.repayments_taken) == (5, 2)
    assert history.file.loan.repaid_cents == 700_00


def test_repayments_of_a_loan_that_the_file_no_longer_lists() -> None:
    first = take([loan_row()], PAID[:5])
    again = take([], PAID[:6], *as_known(first))
    assert again.histories[0].repayments_taken == 1


def test_a_reversed_repayment_is_still_known() -> None:
    first = take([loan_row()], PAID[:1])
    (known,) = as_known(first)
    entry = first.histories[0].entries[-1]
    (repayment,) = known.repayments
    reversal = reverse(
        known,
        repayment,
        Credited(entry.id, credited_parts(entry.postings)),
        reversed_on=TODAY,
        reason="rejet",
        today=TODAY,
    )
    again = take([loan_row()], PAID[:2], reversal.file)
    assert (again.histories[0].lines_known, again.histories[0].repayments_taken) == (1, 1)


def test_a_loss_is_dated_the_last_repayment_of_all() -> None:
    takeover = take(
        [LOST, loan_row(number="P-2")], ["P-1;15/02/2024;200,00;Virement", "P-2;20/05/2025;50;Virement"]
    )
    loan = takeover.histories[0].file.loan
    assert (loan.status, loan.written_off_on) == (LoanStatus.WRITTEN_OFF, date(2025, 5, 20))
    assert (loan.repaid_cents, loan.written_off_cents, loan.outstanding_cents) == (200_00, 1_000_00, 0)
    assert takeover.findings == ()


def test_rejected_lines_do_not_date_a_loss() -> None:
    takeover = take([LOST], ["P-1;15/02/2024;200,00;Virement", "P-1;15/02/2026;9 000,00;Virement"])
    assert takeover.as_of == date(2024, 2, 15)


def test_a_loss_without_any_repayment_is_of_today() -> None:
    assert take([LOST], []).histories[0].file.loan.written_off_on == TODAY


def test_money_after_the_given_day_of_the_loss_recovers() -> None:
    rows = [
        "P-1;15/02/2024;200,00;Virement",
        "P-1;15/06/2024;300,00;Virement",
        "P-1;16/06/2024;800,00;Virement",
    ]
    takeover = take([LOST], rows, as_of=date(2024, 5, 31))
    (history,) = takeover.histories
    loan = history.file.loan
    assert (loan.written_off_on, loan.written_off_cents, loan.recovered_cents) == (
        date(2024, 5, 31),
        1_000_00,
        300_00,
    )
    assert (history.repayments_taken, history.recoveries_taken) == (1, 1)
    assert rejections(takeover) == [("repayments", 4, "Montant", "more-than-owed")]
    assert doubts(takeover) == [(2, "loss-amount")]
    again = take([LOST], rows, *as_known(takeover), as_of=date(2024, 5, 31))
    assert again.histories[0].entries == []
    assert again.findings == takeover.findings


def test_what_came_before_a_recorded_loss_stays_closed() -> None:
    first = take([LOST], ["P-1;15/06/2024;200,00;Virement"])
    again = take([LOST], ["P-1;15/06/2024;200,00;Virement", PAID[0]], *as_known(first))
    assert rejections(again) == [("repayments", 3, "Date", "written-off")]


def test_a_later_file_may_bring_the_loss() -> None:
    first = take([loan_row()], PAID[:2])
    again = take([LOST], PAID[:2], *as_known(first))
    assert again.histories[0].file.loan.status is LoanStatus.WRITTEN_OFF
    assert [entry.kind for entry in again.histories[0].entries] == [EntryKind.WRITE_OFF]


def test_a_loss_cannot_come_before_what_is_recorded() -> None:
    first = take([loan_row()], PAID[:2])
    again = take([LOST], [], *as_known(first), as_of=date(2024, 3, 1))
    assert again.histories[0].file.loan.status is LoanStatus.ACTIVE
    assert doubts(again) == [(2, "loss-not-taken"), (2, "status"), (2, "loss-amount")]


@pytest.mark.parametrize(
    ("row", "rows", "expected"),
    [
        (loan_row(status="soldé"), PAID, [(2, "status")]),
        (loan_row(status="en cours"), [*PAID, "P-1;15/01/2025;100,00;Virement"], [(2, "status")]),
        (loan_row(status="passé en perte"), [*PAID, "P-1;15/01/2025;100,00;Virement"], [(2, "status")]),
        (loan_row(status="en cours", loss="5,00"), PAID, [(2, "loss-without-status")]),
        (loan_row(status="passé en perte", loss="5,00"), PAID, [(2, "loss-amount")]),
        (loan_row(status="passé en perte", loss=""), PAID, []),
    ],
)
def test_what_the_file_says_otherwise_is_a_doubt(
    row: str, rows: list[str], expected: list[tuple[int, str]]
) -> None:
    takeover = take([row], rows)
    assert (rejections(takeover), doubts(takeover)) == ([], expected)


@pytest.mark.parametrize(
    "changes", [{"amount": "1 300,00"}, {"disbursed_on": "16/01/2024"}, {"months": "13"}]
)
def test_a_known_loan_told_otherwise_stays_as_it_is(changes: dict[str, str]) -> None:
    first = take([loan_row()], [])
    again = take([loan_row(**changes)], [], *as_known(first))
    assert doubts(again) == [(2, "recorded-otherwise")]
    assert again.histories[0].entries == []


def test_a_loan_has_a_limit_of_repayments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.loans.domain.portfolio.loan_history.MOST_REPAYMENTS", 3)
    takeover = take([loan_row()], PAID[:4])
    assert rejections(takeover) == [("repayments", 5, "N° prêt", "too-many")]
