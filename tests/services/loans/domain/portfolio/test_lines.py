from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.contracts import Contract, ContractKind
from services.kernel.language import Language
from services.kernel.refusals import InvalidInput
from services.loans.domain.borrower import Cae
from services.loans.domain.loan import LoanStatus
from services.loans.domain.portfolio.findings import REASONS, Defect, Doubt
from services.loans.domain.portfolio.held_lines import RepaymentLine
from services.loans.domain.portfolio.lines import LoanLine, Portfolio, read_portfolio
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.terms import Terms
from tests.factories.portfolio import TODAY, loan_row, loans_file, repayments_file


def read(*, loans: tuple[str, ...] = (), repayments: tuple[str, ...] = ()) -> Portfolio:
    return read_portfolio(loans_file(*loans), repayments_file(*repayments), today=TODAY)


def test_a_loan_line() -> None:
    portfolio = read(loans=(loan_row(grace="3", status="Passé en perte", loss="1 200,00 €"),))
    assert portfolio.findings == ()
    assert portfolio.loans == (
        LoanLine(
            line=2,
            number="P-1",
            cae=Cae("94070853000305", "Les Ateliers"),
            reference="E1",
            given_name="Yaëlle",
            family_name="Nguyen",
            contract=Contract(ContractKind.CESA, date(2023, 7, 15)),
            member_since=None,
            terms=Terms(1_200_00, 12, 3),
            disbursed_on=date(2024, 1, 15),
            stated_status=LoanStatus.WRITTEN_OFF,
            stated_loss_cents=1_200_00,
        ),
    )


@pytest.mark.parametrize("word", ["Associé", "ASSOCIÉE", "associé·e", "Associé(e)", "associe"])
def test_a_member_is_under_cesa_since_the_contract(word: str) -> None:
    (line,) = read(loans=(loan_row(contract=word),)).loans
    assert line.contract.kind is ContractKind.CESA
    assert line.member_since == date(2023, 7, 15)


@pytest.mark.parametrize(("word", "kind"), [("cape", ContractKind.CAPE), (" CESA ", ContractKind.CESA)])
def test_other_contracts(word: str, kind: ContractKind) -> None:
    (line,) = read(loans=(loan_row(contract=word),)).loans
    assert (line.contract.kind, line.member_since) == (kind, None)


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"number": ""}, "N° prêt", Defect.NUMBER),
        ({"siret": "123 456 789 00012"}, "SIRET CAE", Defect.SIRET),
        ({"cae": ""}, "CAE", Defect.TEXT),
        ({"reference": "x" * 101}, "Réf. entrepreneur", Defect.TEXT),
        ({"contract": "CDI"}, "Contrat", Defect.CONTRACT),
        ({"contract_date": "15/07/23"}, "Date contrat", Defect.DATE),
        ({"amount": "huit mille"}, "Montant accordé", Defect.AMOUNT),
        ({"amount": "-8 000,00"}, "Montant accordé", Defect.NEGATIVE),
        ({"disbursed_on": "31/02/2024"}, "Date de versement", Defect.DATE),
        ({"disbursed_on": "02/03/2026"}, "Date de versement", Defect.FUTURE),
        ({"months": "0"}, "Durée (mois)", Defect.DURATION),
        ({"months": "12", "grace": "12"}, "Durée (mois)", Defect.DURATION),
        ({"grace": "x"}, "Différé (mois)", Defect.DURATION),
        ({"loss": "beaucoup"}, "Montant passé en perte", Defect.AMOUNT),
        ({"loss": ";surplus"}, "N° prêt", Defect.CELLS),
    ],
)
def test_a_loan_line_that_cannot_be_taken(changes: dict[str, str], column: str, code: Defect) -> None:
    portfolio = read(loans=(loan_row(number="P-0"), loan_row(**changes)))
    assert [line.number for line in portfolio.loans] == ["P-0"]
    (finding,) = portfolio.findings
    assert (finding.line, finding.column, finding.code) == (3, column, code)
    assert finding.is_rejection
    assert "{" not in finding.reason(Language.FRENCH) + finding.reason(Language.ENGLISH)


def test_the_second_line_of_a_loan_is_a_duplicate_of_a_line_taken() -> None:
    portfolio = read(loans=(loan_row(amount="?"), loan_row(), loan_row()))
    assert [line.line for line in portfolio.loans] == [3]
    assert [(finding.line, finding.code) for finding in portfolio.findings] == [
        (2, Defect.AMOUNT),
        (4, Defect.DUPLICATE),
    ]
    assert portfolio.findings[1].reason(Language.ENGLISH) == "loan P-1 already stands on line 3"


def test_an_unknown_status_is_only_a_doubt() -> None:
    portfolio = read(loans=(loan_row(status="à voir"), loan_row(number="P-2", status="")))
    assert [line.stated_status for line in portfolio.loans] == [None, None]
    assert [(finding.line, finding.code) for finding in portfolio.findings] == [(2, Doubt.STATUS_UNKNOWN)]


def test_a_repayment_line() -> None:
    portfolio = read(repayments=("P-1;15/02/2024;1 000,5 €;Prélèvement",))
    assert tuple(portfolio.repayments) == (
        RepaymentLine(2, "P-1", 1_000_50, date(2024, 2, 15), PaymentMethod.DIRECT_DEBIT),
    )


@pytest.mark.parametrize(
    ("word", "method"),
    [
        ("VIREMENT", PaymentMethod.TRANSFER),
        ("cheque", PaymentMethod.CHEQUE),
        ("Espèces", PaymentMethod.CASH),
        ("retenue sur salaire", PaymentMethod.PAYROLL),
        ("", PaymentMethod.OTHER),
    ],
)
def test_methods(word: str, method: PaymentMethod) -> None:
    portfolio = read(repayments=(f"P-1;15/02/2024;10;{word}",))
    assert (portfolio.repayments[0].method, portfolio.findings) == (method, ())


def test_an_unknown_method_is_taken_with_a_doubt() -> None:
    portfolio = read(repayments=("P-1;15/02/2024;10;pigeon",))
    assert portfolio.repayments[0].method is PaymentMethod.OTHER
    assert [finding.code for finding in portfolio.findings] == [Doubt.METHOD_UNKNOWN]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (";15/02/2024;10;Virement", "N° prêt", Defect.NUMBER),
        ("P-1;;10;Virement", "Date", Defect.DATE),
        ("P-1;02/03/2026;10;Virement", "Date", Defect.FUTURE),
        ("P-1;15/02/2024;dix;Virement", "Montant", Defect.AMOUNT),
        ("P-1;15/02/2024;-10;Virement", "Montant", Defect.NEGATIVE),
        ("P-1;15/02/2024;10;Virement;x", "N° prêt", Defect.CELLS),
    ],
)
def test_a_repayment_line_that_cannot_be_taken(row: str, column: str, code: Defect) -> None:
    portfolio = read(repayments=(row,))
    assert tuple(portfolio.repayments) == ()
    assert [(finding.line, finding.column, finding.code) for finding in portfolio.findings] == [
        (2, column, code)
    ]


def test_every_code_has_its_reason_in_both_languages() -> None:
    assert set(REASONS) == {*Defect, *Doubt}


@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.text(
            alphabet='N° prêt;Date;Montant;Mode\n"P-1;15/02/2024;10,00€\u00a0\u2212\x00', max_size=400
        ).map(str.encode),
        st.lists(st.text(alphabet='P-123;/0,€ "\u202f\r', max_size=40), max_size=6).map(
            lambda rows: repayments_file(*rows)
        ),
    )
)
def test_whatever_the_bytes_a_file_is_read_or_refused(content: bytes) -> None:
    with suppress(InvalidInput):
        portfolio = read_portfolio(loans_file(loan_row()), content, today=TODAY)
        assert all(finding.reason(Language.FRENCH) for finding in portfolio.findings)
    with suppress(InvalidInput):
        read_portfolio(content, repayments_file(), today=TODAY)
