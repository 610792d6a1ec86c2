"""The stories of docs/fr/impayes.md, closed day after day: facts in, what is told out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.loans.domain.arrears import arrears_of
from services.loans.domain.daily_close import Findings, Known, LoanToClose, find, is_spared, newly_broken
from services.loans.domain.life.changes import ChangeOrder, rearrange
from services.loans.domain.life.facts import ChangeKind, LoanFile
from services.loans.domain.life.movements import write_off
from services.loans.domain.life.standing import loan_as_of
from services.loans.domain.promises import Promise
from services.loans.domain.reminders import first_plan
from services.loans.domain.terms import Terms
from tests.factories.loans import NOW, TODAY, day, disbursed, euros, pay, take_back

PAGE = (Path(__file__).parents[4] / "docs" / "fr" / "impayes.md").read_text(encoding="utf-8")
STORIES = dict(re.findall(r"^### ([^\n]+)\n\n```text\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE))
TABLE = re.findall(
    r"^\| (\d{4}-\S+) \| (\S+) \| (\S+) \| (\S+) \| (\d+) \| (\S*) ?\| (\S+) \|$", PAGE, flags=re.MULTILINE
)

LENT = re.compile(r"prêt de (\S+) le (\S+) sur (\d+) mois(?:, différé (\d+) mois)?")
FACT = re.compile(
    r"(payé|promis|revenu|passé en perte|suspendu de|rééchelonné sur)(?: (\S+))??(?: mois)? le ([\d-]+)"
    r"(?: pour le ([\d-]+))?(?:, su le ([\d-]+))?"
)
CLOSED = re.compile(r"clos du (\S+) au ([\d-]+)(?:, rattrapé le ([\d-]+))?")
PLAN = first_plan(UUID(int=9), "84", date(2000, 1, 1))


@dataclass(frozen=True, slots=True)
class StoryFact:
    what: str
    value: str
    on: date
    until: date | None
    known_on: date


@dataclass
class Story:
    """`closes`: each day that is closed, and what day it is when that is done."""

    lent: re.Match[str]
    facts: list[StoryFact]
    closes: list[tuple[date, date]]
    told: list[str]

    @classmethod
    def read(cls, text: str) -> "Story":
        given, _, told = text.partition("donne\n")
        lines = given.splitlines()
        lent = LENT.fullmatch(lines[0])
        assert lent, lines[0]
        facts, closes = [], []
        for line in lines[1:]:
            if (closed := CLOSED.fullmatch(line)) is not None:
                first, last = day(closed[1]), day(closed[2])
                days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
                closes += [(one, day(closed[3]) if closed[3] else one) for one in days]
                continue
            fact = FACT.fullmatch(line)
            assert fact, line
            on = day(fact[3])
            facts.append(
                StoryFact(
                    fact[1],
                    fact[2] or "",
                    on,
                    day(fact[4]) if fact[4] else None,
                    day(fact[5]) if fact[5] else on,
                )
            )
        return cls(lent, sorted(facts, key=lambda one: one.known_on), closes, told.splitlines())

    def file(self, known_on: date) -> LoanFile:
        """With the facts recorded by then."""
        amount, on, months, grace = self.lent.groups()
        movement = disbursed(
            Terms(euros(amount), int(months), int(grace or 0)), day(on), grace_included=False
        )
        file, journal = movement.file, list(movement.entries)
        for fact in self.facts:
            if fact.known_on > known_on:
                continue
            match fact.what:
                case "payé":
                    movement = pay(file, euros(fact.value), fact.on)
                case "revenu":
                    movement = take_back(file, file.repayments[-1], journal, fact.on)
                case "passé en perte":
                    movement = write_off(file, written_off_on=fact.on, reason="perte", today=TODAY)
                case "suspendu de":
                    order = ChangeOrder(ChangeKind.SUSPENSION, fact.on, "maladie", months=int(fact.value))
                    file = rearrange(file, order, today=TODAY)
                    continue
                case _:
                    continue
            file, journal = movement.file, [*journal, *movement.entries]
        return file

    def promises(self, known_on: date, told: set[date]) -> list[Promise]:
        return [
            Promise(
                id=UUID(int=rank),
                loan_id=UUID(int=1),
                region="84",
                cae_siren=self.file(known_on).loan.borrower.cae.siren,
                promised_on=fact.on,
                due_on=fact.until,
                amount_cents=euros(fact.value),
                created_at=NOW,
                broken_told_on=fact.until if fact.until in told else None,
            )
            for rank, fact in enumerate(self.facts)
            if fact.what == "promis" and fact.known_on <= known_on and fact.until
        ]


@dataclass
class Book:
    """What the database keeps between two closes."""

    due: set[date] = field(default_factory=set)
    overdue: set[date] = field(default_factory=set)
    known: Known = field(default_factory=Known)
    steps: dict[int, str] = field(default_factory=dict)
    broken: set[date] = field(default_factory=set)

    def now(self) -> Known:
        return Known(
            due=frozenset(self.due),
            overdue=frozenset(self.overdue),
            spell=self.known.spell,
            steps={days for days, status in self.steps.items() if status == "due"},
            cancelled_steps={days for days, status in self.steps.items() if status == "cancelled"},
        )

    def cancel(self) -> Iterator[str]:
        for days, status in self.steps.items():
            if status == "due":
                self.steps[days] = "cancelled"
                yield f"relance à {days} jours annulée"

    def keep(self, known: Known, findings: Findings, *, is_spared: bool) -> Iterator[str]:
        self.due |= {one.due_on for one in findings.due}
        self.overdue |= {one.due_on for one in (*findings.overdue, *findings.silent)}
        yield from (f"à échoir {one.due_on}" for one in findings.due)
        yield from (f"en retard {one.due_on}" for one in findings.overdue)
        if findings.ends_spell(known) or is_spared:
            yield from self.cancel()
        if findings.ends_spell(known) or findings.starts_spell(known):
            self.steps = {}
        self.known = Known(spell=findings.spell)
        if findings.step is not None:
            self.steps[findings.step.days] = "due"
            yield f"relance à {findings.step.days} jours"


def close(story: Story) -> Iterator[str]:
    book = Book()
    for rank, (closed, known_on) in enumerate(story.closes):
        file = story.file(known_on)
        promises = story.promises(known_on, book.broken)
        known, spared = book.now(), is_spared(file.events, promises, file.repayments, closed)
        for promise in newly_broken(promises, file.repayments, closed):
            book.broken.add(promise.due_on)
            yield f"{closed} promesse rompue {promise.due_on}"
        loan = LoanToClose.of(loan_as_of(file, closed), closed + timedelta(days=60))
        findings = find(loan, known, PLAN, closed, is_first_seen=rank == 0, is_spared=spared)
        for line in book.keep(known, findings, is_spared=spared):
            yield f"{closed} {line}"


def test_the_page_has_stories() -> None:
    assert len(STORIES) >= 18
    assert len(TABLE) >= 12


@pytest.mark.parametrize("title", STORIES)
def test_a_story_is_told_as_the_page_says(title: str) -> None:
    story = Story.read(STORIES[title])
    assert list(close(story)) == story.told


@pytest.mark.parametrize("title", STORIES)
def test_days_closed_a_second_time_tell_nothing(title: str) -> None:
    """As two processes would, one after the other."""
    story = Story.read(STORIES[title])
    twice = Story(story.lent, story.facts, [one for one in story.closes for _ in range(2)], story.told)
    assert list(close(twice)) == story.told


@pytest.mark.parametrize("row", TABLE, ids=" ".join)
def test_a_delay_is_as_the_table_says(row: tuple[str, ...]) -> None:
    lent_on, paid, paid_on, on, days_late, bucket, arrears = row
    file = disbursed(Terms(1_200_00, 12, 0), day(lent_on)).file
    if euros(paid):
        file = pay(file, euros(paid), day(paid_on)).file

    found = arrears_of(loan_as_of(file, day(on)), day(on))

    assert (found.days_late, found.bucket or "", found.arrears_cents) == (
        int(days_late),
        bucket,
        euros(arrears),
    )
