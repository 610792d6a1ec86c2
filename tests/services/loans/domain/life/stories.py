"""The histories of docs/fr/histoires-de-prets.md, read from its tables and lived by the rules.

The page is written for officers; this reads it back. Its facts stand in the order of their recording.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from services.kernel.refusals import Refusal
from services.loans.domain.ledger import Entry, EntryKind, credited_parts
from services.loans.domain.life.changes import ChangeOrder, rearrange
from services.loans.domain.life.facts import ChangeKind, LoanFile
from services.loans.domain.life.movements import (
    Credited,
    Movement,
    Payment,
    open_loan,
    receive_recovery,
    repay,
    reverse,
    write_off,
)
from services.loans.domain.life.tranches import pay_tranche, renounce_remainder
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.terms import Terms
from tests.factories.loans import EIGHTY_TWENTY, NOW, TODAY, borrower

PAGE = Path(__file__).parents[5] / "docs" / "fr" / "histoires-de-prets.md"
Row = dict[str, str]


@dataclass
class Story:
    title: str
    loan: str
    facts: list[Row]
    situations: list[Row]
    schedules: dict[date, list[Row]] = field(default_factory=dict)


def read_stories() -> list[Story]:
    _, *sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [_story(section) for section in sections]


def _story(section: str) -> Story:
    title, *lines = section.splitlines()
    loan = next(line for line in lines if line.startswith("Prêt de "))
    facts, situations, schedules = [], [], {}
    for heading, rows in _tables(lines):
        if heading.startswith("Échéancier au "):
            schedules[french_day(heading.removeprefix("Échéancier au ").rstrip(" :"))] = rows
        elif "fait" in rows[0]:
            facts = rows
        else:
            situations = rows
    return Story(title, loan, facts, situations, schedules)


def _tables(lines: list[str]) -> list[tuple[str, list[Row]]]:
    """Each table with the last line of text before it."""
    tables: list[tuple[str, list[Row]]] = []
    heading, columns = "", None
    for line in lines:
        if not line.startswith("|"):
            heading, columns = (line or heading), None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if columns is None:
            columns = cells
            tables.append((heading, []))
        elif set(line) - set("|-: "):
            tables[-1][1].append(dict(zip(columns, cells, strict=True)))
    return tables


def french_day(text: str) -> date:
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))


def cents(text: str) -> int:
    return int(text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace(",", "").removesuffix("€"))


LOAN = re.compile(
    r"Prêt de (?P<amount>[\d ,]+) € sur (?P<months>\d+) mois"
    r"(?:, dont (?P<grace>\d+) de différé)?(?:, plus (?P<added>\d+) de différé)?"
    r", (?:versé|première tranche de (?P<first>[\d ,]+) € versée) le (?P<on>[\d/]+)\."
)
ACTS = {
    "remboursement anticipé, durée réduite": re.compile(r"remboursement anticipé de (.+) €, durée réduite"),
    "remboursement anticipé, échéances réduites": re.compile(
        r"remboursement anticipé de (.+) €, échéances réduites"
    ),
    "remboursement": re.compile(r"remboursement de (.+) €"),
    "rejet": re.compile(r"rejet du remboursement du (.+)"),
    "rééchelonnement": re.compile(r"rééchelonnement en (\d+) échéances"),
    "suspension": re.compile(r"suspension de (\d+) mois"),
    "déchéance": re.compile(r"(déchéance) du terme"),
    "perte": re.compile(r"(passage) en perte"),
    "récupération": re.compile(r"récupération de (.+) €"),
    "tranche": re.compile(r"tranche de (.+) €"),
    "renoncement": re.compile(r"(renoncement) au reste"),
}
EARLY = {
    "remboursement anticipé, durée réduite": EarlyMode.SHORTEN,
    "remboursement anticipé, échéances réduites": EarlyMode.LOWER,
}
CHANGES = {
    "rééchelonnement": ChangeKind.RESCHEDULING,
    "suspension": ChangeKind.SUSPENSION,
    "déchéance": ChangeKind.ACCELERATION,
}


class Life:
    """A loan as its story goes on."""

    def __init__(self, told: str) -> None:
        loan = LOAN.fullmatch(told)
        if loan is None:
            raise ValueError(f"not a loan: {told}")
        grace = int(loan["grace"] or loan["added"] or 0)
        opening = open_loan(
            fund_id=borrower().entrepreneur_id,
            region="84",
            number="PH-84-0001",
            borrower=borrower(),
            terms=Terms(cents(loan["amount"]), int(loan["months"]), grace),
            grace_included=loan["added"] is None,
            disbursed_on=french_day(loan["on"]),
            paid_in_cents=EIGHTY_TWENTY,
            created_at=NOW,
            first_tranche_cents=cents(loan["first"]) if loan["first"] else None,
        )
        self.file: LoanFile = opening.file
        self.journal: list[Entry] = list(opening.entries)

    def take(self, row: Row) -> str:
        """What came of a fact: nothing to tell, or the code of its refusal."""
        try:
            self._take(row["fait"], french_day(row["date"]))
        except Refusal as refusal:
            return refusal.code
        return ""

    def _take(self, fact: str, on: date) -> None:
        act, told = next(
            (act, found[1]) for act, pattern in ACTS.items() if (found := pattern.fullmatch(fact))
        )
        changed = self._changed(act, told, on)
        if isinstance(changed, Movement):
            self.file = changed.file
            self.journal += changed.entries
        else:
            self.file = changed

    def _changed(self, act: str, told: str, on: date) -> Movement | LoanFile:
        file = self.file
        if act in EARLY or act == "remboursement":
            return self._repaid(told, on, EARLY.get(act))
        if act in CHANGES:
            return self._rearranged(CHANGES[act], on, int(told) if told.isdigit() else None)
        match act:
            case "rejet":
                return self._bounced(french_day(told), on)
            case "perte":
                return write_off(file, written_off_on=on, reason="perte", today=TODAY)
            case "récupération":
                return receive_recovery(file, amount_cents=cents(told), received_on=on, today=TODAY)
            case _:
                return self._tranche(told, on)

    def _tranche(self, told: str, on: date) -> Movement | LoanFile:
        if told == "renoncement":
            return renounce_remainder(self.file, ended_on=on, reason="le reste n'est plus utile", today=TODAY)
        return pay_tranche(self.file, amount_cents=cents(told), disbursed_on=on, reference=None, today=TODAY)

    def _repaid(self, amount: str, on: date, early: EarlyMode | None) -> Movement:
        payment = Payment(cents(amount), on, PaymentMethod.TRANSFER, early=early)
        return repay(self.file, payment, today=TODAY)

    def _bounced(self, paid_on: date, on: date) -> Movement:
        repayment = next(
            one for one in self.file.repayments if one.paid_on == paid_on and one.reversal is None
        )
        entry = next(
            entry
            for entry in self.journal
            if entry.kind is EntryKind.REPAYMENT and entry.repayment_id == repayment.id
        )
        original = Credited(entry.id, credited_parts(entry.postings))
        return reverse(self.file, repayment, original, reversed_on=on, reason="rejet", today=TODAY)

    def _rearranged(self, kind: ChangeKind, on: date, months: int | None) -> LoanFile:
        return rearrange(self.file, ChangeOrder(kind, on, "décision du comité", months), today=TODAY)
