"""Rows to lines: each row of the two files as the loan or the repayment it speaks of, or why it cannot be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.kernel.contracts import Contract, ContractKind
from services.kernel.refusals import InvalidInput
from services.loans.domain.borrower import Cae
from services.loans.domain.loan import LoanStatus
from services.loans.domain.portfolio.findings import Defect, DefectError, Doubt, Finding, PortfolioFile
from services.loans.domain.portfolio.held_lines import RepaymentLine, RepaymentLines
from services.loans.domain.portfolio.sheet import LoanColumn, RepaymentColumn, Row, bare, read_rows
from services.loans.domain.portfolio.values import (
    LONGEST_NUMBER,
    read_amount_cents,
    read_date,
    read_months,
    read_number,
    read_siret,
    read_text,
    stated_method,
    stated_status,
)
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.terms import Terms, count_instalments

MEMBER_WORDS = frozenset({"associe", "associee"})


@dataclass(frozen=True, slots=True)
class LoanLine:
    """`terms.months` include the grace, as the file's durations do; the status is only what the file says."""

    line: int
    number: str
    cae: Cae
    reference: str
    given_name: str
    family_name: str
    contract: Contract
    member_since: date | None
    terms: Terms
    disbursed_on: date
    stated_status: LoanStatus | None
    stated_loss_cents: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What the two files say, line by line; `findings` are of lines that cannot be taken, or are odd."""

    loans: tuple[LoanLine, ...]
    repayments: RepaymentLines
    findings: tuple[Finding, ...]


def read_portfolio(loans: bytes, repayments: bytes, *, today: date) -> Portfolio:
    """InvalidInput where a whole file cannot be read; a line that cannot is a finding."""
    loan_rows = read_rows(loans, PortfolioFile.LOANS, tuple(LoanColumn))
    repayment_rows = read_rows(repayments, PortfolioFile.REPAYMENTS, tuple(RepaymentColumn))
    findings: list[Finding] = []
    lines = tuple(_loan_lines(loan_rows, findings, today=today))
    held = RepaymentLines()
    for line in _repayment_lines(repayment_rows, findings, today=today):
        held.add(line)
    return Portfolio(loans=lines, repayments=held, findings=tuple(findings))


def _loan_lines(rows: Iterable[Row], findings: list[Finding], *, today: date) -> Iterable[LoanLine]:
    first_lines: dict[str, int] = {}
    for row in rows:
        try:
            line = _loan_line(row, today=today)
            if line.number in first_lines:
                raise DefectError(  # noqa: TRY301 - one way out for every defect of a line
                    LoanColumn.NUMBER,
                    Defect.DUPLICATE,
                    number=line.number,
                    first_line=first_lines[line.number],
                )
        except DefectError as defect:
            findings.append(defect.found(PortfolioFile.LOANS, row.line))
            continue
        first_lines[line.number] = line.line
        if line.stated_status is None and row.cells[LoanColumn.STATUS]:
            findings.append(
                Finding(PortfolioFile.LOANS, row.line, LoanColumn.STATUS.value, Doubt.STATUS_UNKNOWN)
            )
        yield line


def _loan_line(row: Row, *, today: date) -> LoanLine:
    _refuse_surplus(row, LoanColumn.NUMBER)
    number = read_number(row, LoanColumn.NUMBER)
    siret = read_siret(row, LoanColumn.SIRET)
    cae = Cae(siret, read_text(row, LoanColumn.CAE))
    reference = read_text(row, LoanColumn.REFERENCE, longest=LONGEST_NUMBER)
    family_name = read_text(row, LoanColumn.FAMILY_NAME)
    given_name = read_text(row, LoanColumn.GIVEN_NAME)
    contract, member_since = _contract(row, today=today)
    amount_cents = read_amount_cents(row, LoanColumn.AMOUNT)
    disbursed_on = read_date(row, LoanColumn.DISBURSED_ON, today=today)
    terms = _terms(row, amount_cents)
    return LoanLine(
        line=row.line,
        number=number,
        cae=cae,
        reference=reference,
        given_name=given_name,
        family_name=family_name,
        contract=contract,
        member_since=member_since,
        terms=terms,
        disbursed_on=disbursed_on,
        stated_status=stated_status(row, LoanColumn.STATUS),
        stated_loss_cents=read_amount_cents(row, LoanColumn.LOSS, may_be_nothing=True),
    )


def _contract(row: Row, *, today: date) -> tuple[Contract, date | None]:
    """`Associé` is an entrepreneur under CESA who became a member on the contract's date."""
    word = bare(row.cells[LoanColumn.CONTRACT])
    started_on = read_date(row, LoanColumn.CONTRACT_DATE, today=today)
    if word in MEMBER_WORDS:
        return Contract(ContractKind.CESA, started_on), started_on
    try:
        return Contract(ContractKind(word.upper()), started_on), None
    except ValueError as error:
        raise DefectError(LoanColumn.CONTRACT, Defect.CONTRACT) from error


def _terms(row: Row, amount_cents: int) -> Terms:
    terms = Terms(
        amount_cents=amount_cents,
        months=read_months(row, LoanColumn.MONTHS),
        grace_months=read_months(row, LoanColumn.GRACE_MONTHS, may_be_blank=True),
    )
    try:
        count_instalments(terms, grace_included=True)
    except InvalidInput as refusal:
        raise DefectError(
            LoanColumn.MONTHS,
            Defect.DURATION,
            why_french=refusal.facts["reason_french"],
            why_english=refusal.facts["reason_english"],
        ) from refusal
    return terms


def _repayment_lines(rows: Iterable[Row], findings: list[Finding], *, today: date) -> Iterable[RepaymentLine]:
    for row in rows:
        try:
            _refuse_surplus(row, RepaymentColumn.NUMBER)
            number = read_number(row, RepaymentColumn.NUMBER)
            paid_on = read_date(row, RepaymentColumn.PAID_ON, today=today)
            amount_cents = read_amount_cents(row, RepaymentColumn.AMOUNT)
        except DefectError as defect:
            findings.append(defect.found(PortfolioFile.REPAYMENTS, row.line))
            continue
        method = stated_method(row, RepaymentColumn.METHOD)
        if method is None:
            column = RepaymentColumn.METHOD.value
            findings.append(Finding(PortfolioFile.REPAYMENTS, row.line, column, Doubt.METHOD_UNKNOWN))
        yield RepaymentLine(row.line, number, amount_cents, paid_on, method or PaymentMethod.OTHER)


def _refuse_surplus(row: Row, column: str) -> None:
    if row.has_surplus:
        raise DefectError(column, Defect.CELLS)
