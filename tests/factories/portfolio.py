"""Small files as an operator would export them, to be spoiled one way at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from services.kernel.identifiers import entrepreneur_id
from services.loans.domain.borrower import Borrower
from services.loans.domain.fund import Fund
from services.loans.domain.fund_settings import first_version
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.portfolio.findings import Finding
from services.loans.domain.portfolio.lines import LoanLine, Portfolio, read_portfolio
from services.loans.domain.portfolio.loan_history import LoanHistory
from services.loans.domain.portfolio.outcome import LoanTally
from services.loans.domain.portfolio.takeover import Holder, Takeover
from services.loans.domain.terms import DEFAULT_SETTINGS, FundSettings

TODAY = date(2026, 3, 1)
PLACEHOLDER = UUID("01890000-0000-7000-8000-000000000001")
SAMPLE = Path(__file__).parents[2] / "samples" / "portefeuille-84"

LOAN_HEADINGS = (
    "N° prêt;SIRET CAE;CAE;Réf. entrepreneur;Nom;Prénom;Contrat;Date contrat;Montant accordé;"
    "Date de versement;Durée (mois);Différé (mois);Statut;Montant passé en perte"
)
REPAYMENT_HEADINGS = "N° prêt;Date;Montant;Mode"
LOAN = {
    "number": "P-1",
    "siret": "940 708 530 00305",
    "cae": "Les Ateliers",
    "reference": "E1",
    "family_name": "Nguyen",
    "given_name": "Yaëlle",
    "contract": "CESA",
    "contract_date": "15/07/2023",
    "amount": "1 200,00",
    "disbursed_on": "15/01/2024",
    "months": "12",
    "grace": "",
    "status": "en cours",
    "loss": "",
}


def loan_row(**changes: str) -> str:
    return ";".join({**LOAN, **changes}.values())


def loans_file(*rows: str) -> bytes:
    return "\r\n".join([LOAN_HEADINGS, *rows, ""]).encode()


def repayments_file(*rows: str) -> bytes:
    return "\r\n".join([REPAYMENT_HEADINGS, *rows, ""]).encode()


def borrower_of(line: LoanLine) -> Borrower:
    return Borrower(
        entrepreneur_id(b"key of the tests", line.cae.siren, line.reference),
        line.cae,
        line.reference,
        line.given_name,
        line.family_name,
        line.contract,
        line.member_since,
    )


def fund(settings: FundSettings = DEFAULT_SETTINGS) -> Fund:
    return Fund(
        id=UUID("01890000-0000-7000-8000-000000000002"),
        region="84",
        name="Fonds des tests",
        opened_on=date(2019, 1, 1),
        versions=(first_version(settings, date(2019, 1, 1), datetime(2026, 3, 1, tzinfo=UTC)),),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def holder(settings: FundSettings = DEFAULT_SETTINGS) -> Holder:
    return Holder(fund(settings), lambda _: {PLACEHOLDER: 1}, borrower_of)


@dataclass(frozen=True, slots=True)
class Taken:
    """A portfolio taken whole; `histories` in the order of the files."""

    histories: list[LoanHistory]
    as_of: date
    findings: tuple[Finding, ...]
    tallies: list[LoanTally]


def take_over(
    portfolio: Portfolio,
    *known: LoanFile,
    as_of: date | None = None,
    settings: FundSettings = DEFAULT_SETTINGS,
    part: int = 2,
) -> Taken:
    """Some loans at a time, as the import does."""
    created_at = datetime(2026, 3, 1, tzinfo=UTC)
    takeover = Takeover(portfolio, holder(settings), as_of=as_of, today=TODAY, created_at=created_at)
    by_number = {file.loan.number: file for file in known}
    numbers, histories = takeover.numbers, []
    for start in range(0, len(numbers), part):
        histories += takeover.take(numbers[start : start + part], by_number)
    histories += takeover.take_waiting(takeover.waiting, by_number)
    histories.sort(key=lambda history: numbers.index(history.file.loan.number))
    return Taken(histories, takeover.as_of, takeover.findings, takeover.tallies)


def take(
    loans: Sequence[str],
    repayments: Sequence[str],
    *known: LoanFile,
    as_of: date | None = None,
    settings: FundSettings = DEFAULT_SETTINGS,
) -> Taken:
    portfolio = read_portfolio(loans_file(*loans), repayments_file(*repayments), today=TODAY)
    return take_over(portfolio, *known, as_of=as_of, settings=settings)


def as_known(takeover: Taken) -> list[LoanFile]:
    """What a fund knows once it has taken a portfolio: what a second run meets."""
    return [history.file for history in takeover.histories]


def rejections(takeover: Taken) -> list[tuple[str, int, str, str]]:
    return [
        (finding.file.value, finding.line, finding.column, finding.code.value)
        for finding in takeover.findings
        if finding.is_rejection
    ]


def doubts(takeover: Taken) -> list[tuple[int, str]]:
    return [(finding.line, finding.code.value) for finding in takeover.findings if not finding.is_rejection]
