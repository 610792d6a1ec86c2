"""A fund's loans of one year as its operator's spreadsheets would export them: what the import reads."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from demonstration.loan_stories import FundStory, LoanStory, loans_of_year
from demonstration.scale import RECENT_DAYS, Scale, first_year
from services.kernel.contracts import ContractKind

LOAN_HEADINGS = (
    "N° prêt", "SIRET CAE", "CAE", "Réf. entrepreneur", "Nom", "Prénom", "Contrat", "Date contrat",
    "Montant accordé", "Date de versement", "Durée (mois)", "Différé (mois)", "Statut",
    "Montant passé en perte",
)  # fmt: skip
REPAYMENT_HEADINGS = ("N° prêt", "Date", "Montant", "Mode")


@dataclass(frozen=True, slots=True)
class YearlyExport:
    """`as_of` is its day: losses are dated so. `numbers` are of the loans of that year, as they came."""

    fund: FundStory
    as_of: date
    numbers: tuple[str, ...]
    loans: bytes
    repayments: bytes


def yearly_exports(fund: FundStory, scale: Scale, today: date) -> list[YearlyExport]:
    """One for each year, up to yesterday. Recent loans are not in it, they are told act by act."""
    start = first_year(today)
    last_disbursed_on, yesterday = today - timedelta(days=RECENT_DAYS), today - timedelta(days=1)
    told = [
        loan
        for year in range(start, today.year + 1)
        for loan in loans_of_year(fund, year, scale)
        if loan.disbursed_on < last_disbursed_on
    ]
    return [_export(fund, year, told, yesterday) for year in range(start, today.year + 1)]


def _export(fund: FundStory, year: int, told: Sequence[LoanStory], yesterday: date) -> YearlyExport:
    as_of = min(date(year, 12, 31), yesterday)
    listed = [
        loan
        for loan in told
        if loan.disbursed_on.year == year or (loan.lost_on is not None and loan.lost_on == as_of)
    ]
    receipts = sorted(
        (on, loan.number, cents, loan.method)
        for loan in told
        for on, cents in (*loan.receipts, *loan.recoveries)
        if on.year == year and on <= as_of
    )
    return YearlyExport(
        fund,
        as_of,
        tuple(loan.number for loan in listed if loan.disbursed_on.year == year),
        _csv(LOAN_HEADINGS, (_loan_cells(fund, loan, as_of) for loan in listed)),
        _csv(
            REPAYMENT_HEADINGS,
            ((number, _day(on), _euros(cents), method) for on, number, cents, method in receipts),
        ),
    )


def _loan_cells(fund: FundStory, loan: LoanStory, as_of: date) -> tuple[str, ...]:
    contract = loan.person.contract_on(loan.disbursed_on)
    member_since = loan.person.member_since_on(loan.disbursed_on)
    is_lost = loan.lost_on is not None and loan.lost_on <= as_of
    word = "CAPE" if contract.kind is ContractKind.CAPE else "CESA"
    return (
        loan.number,
        loan.cae.establishments[fund.region],
        loan.cae.name,
        loan.person.reference,
        loan.person.family_name,
        loan.person.given_name,
        "Associé" if member_since else word,
        _day(member_since or contract.started_on),
        _euros(loan.amount_cents),
        _day(loan.disbursed_on),
        str(loan.months),
        str(loan.grace_months),
        "passé en perte" if is_lost else "",
        "",
    )


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"
