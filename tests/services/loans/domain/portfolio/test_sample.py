"""The portfolio of samples/, with the domain alone: the figures are those of its expected.json."""

import json
from collections import Counter
from datetime import date

import pytest

from services.loans.domain.indicators import percent
from services.loans.domain.loan import delay_of
from services.loans.domain.portfolio.findings import PortfolioFile
from services.loans.domain.portfolio.lines import read_portfolio
from services.loans.domain.portfolio.values import STATUS_WORDS
from services.loans.domain.schedule import due_cents
from tests.factories.portfolio import SAMPLE, Taken, take_over

EXPECTED = json.loads((SAMPLE / "expected.json").read_text())
AS_OF = date.fromisoformat(EXPECTED["as_of"])


def taken(encoding: str = "utf-8-sig") -> Taken:
    loans, repayments = (
        (SAMPLE / name).read_text("utf-8-sig").encode(encoding)
        for name in ("prets.csv", "remboursements.csv")
    )
    today = date(2026, 3, 1)
    portfolio = read_portfolio(loans, repayments, today=today)
    return take_over(portfolio)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
def test_lines_that_cannot_be_taken(encoding: str) -> None:
    takeover = taken(encoding)
    for file in PortfolioFile:
        codes = {
            str(finding.line): finding.code.value.replace("-", " ")
            for finding in takeover.findings
            if finding.file is file
        }
        assert codes == EXPECTED[f"rejected_{file.value.removesuffix('s')}_lines"]
    assert all(finding.is_rejection for finding in takeover.findings)


def test_figures() -> None:
    takeover = taken()
    loans = [history.file.loan for history in takeover.histories]
    received = [min(loan.repaid_cents, due_cents(loan.schedule, AS_OF)) for loan in loans]
    due = sum(due_cents(loan.schedule, AS_OF) for loan in loans)
    delays = [(loan, delay_of(loan, AS_OF)) for loan in loans]
    assert takeover.as_of == AS_OF
    assert {
        "region": "84",
        "as_of": takeover.as_of.isoformat(),
        "loans": len(loans),
        "repayments": sum(len(history.file.repayments) for history in takeover.histories),
        "by_status": Counter(STATUS_WORDS[loan.status] for loan in loans),
        "disbursed_cents": sum(loan.terms.amount_cents for loan in loans),
        "repaid_cents": sum(loan.repaid_cents for loan in loans),
        "outstanding_cents": sum(loan.outstanding_cents for loan in loans),
        "arrears_cents": sum(delay.arrears_cents for _, delay in delays),
        "due_cents": due,
        "received_on_due_cents": sum(received),
        "written_off_cents": sum(loan.written_off_cents for loan in loans),
        "par30_cents": sum(loan.outstanding_cents for loan, delay in delays if delay.days_late > 30),
        "repayment_rate_percent": float(percent(sum(received), due) or 0),
    } == {name: value for name, value in EXPECTED.items() if not name.startswith("rejected")}
