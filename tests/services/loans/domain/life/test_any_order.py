"""Facts arrive late and in any order: what they give is what they would have given in date order.

A history is a list of facts; it is recorded in date order, then shuffled. A fact that an order refuses,
because another is still to come, is tried again once the others are in, as an officer would.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from services.kernel.calendar import add_months
from services.kernel.refusals import Refusal
from services.loans.domain.ledger import Account, Entry, EntryKind, credited_parts
from services.loans.domain.life.changes import ChangeOrder, rearrange
from services.loans.domain.life.facts import ChangeKind, LoanFile, in_order_from, place_of
from services.loans.domain.life.movements import (
    Credited,
    Payment,
    receive_recovery,
    repay,
    reverse,
    write_off,
)
from services.loans.domain.life.standing import allocations_of, loan_as_of, stand
from services.loans.domain.life.versions import versions_of
from services.loans.domain.loan import delay_of
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.terms import Terms
from tests.factories.loans import REGION_FUNDER, STATE_FUNDER, THIRD_FUNDER, disbursed

STARTED_ON = date(2020, 1, 31)
TODAY = date(2026, 6, 30)
FUNDERS = [REGION_FUNDER, STATE_FUNDER, THIRD_FUNDER]
SHARES = {REGION_FUNDER: 500_00, STATE_FUNDER: 300_00, THIRD_FUNDER: 207_00}


@dataclass(frozen=True)
class Paid:
    """`name` finds it again, whatever the order of recording."""

    name: str
    on: date
    amount_cents: int
    early: EarlyMode | None


@dataclass(frozen=True)
class Bounced:
    name: str
    on: date


@dataclass(frozen=True)
class Changed:
    kind: ChangeKind
    on: date
    months: int | None


@dataclass(frozen=True)
class Lost:
    on: date


@dataclass(frozen=True)
class Recovered:
    on: date
    amount_cents: int


Fact = Paid | Bounced | Changed | Lost | Recovered


class Record:
    def __init__(self) -> None:
        opening = disbursed(Terms(1_200_00, 12, 0), STARTED_ON, SHARES)
        self.file: LoanFile = opening.file
        self.journal: list[Entry] = list(opening.entries)

    def take(self, fact: Fact) -> None:
        match fact:
            case Paid():
                payment = Payment(
                    fact.amount_cents, fact.on, PaymentMethod.TRANSFER, reference=fact.name, early=fact.early
                )
                movement = repay(self.file, payment, today=TODAY)
            case Bounced():
                repayment = next((one for one in self.file.repayments if one.reference == fact.name), None)
                if repayment is None:
                    raise NotYetRecordedError
                entry = next(
                    entry
                    for entry in self.journal
                    if entry.kind is EntryKind.REPAYMENT and entry.repayment_id == repayment.id
                )
                original = Credited(entry.id, credited_parts(entry.postings))
                movement = reverse(
                    self.file, repayment, original, reversed_on=fact.on, reason="rejet", today=TODAY
                )
            case Changed():
                order = ChangeOrder(fact.kind, fact.on, "accord du comité", months=fact.months)
                self.file = rearrange(self.file, order, today=TODAY)
                return
            case Lost():
                movement = write_off(self.file, written_off_on=fact.on, reason="perte", today=TODAY)
            case Recovered():
                movement = receive_recovery(
                    self.file, amount_cents=fact.amount_cents, received_on=fact.on, today=TODAY
                )
        self.file = movement.file
        self.journal += movement.entries


class NotYetRecordedError(Exception):
    """The repayment that bounced is not recorded yet."""


def recorded(facts: list[Fact]) -> tuple[Record, list[Fact]]:
    """All that could be recorded, in that order, and what never could."""
    record, waiting = Record(), list(facts)
    progressed = True
    while waiting and progressed:
        left: list[Fact] = []
        for fact in waiting:
            try:
                record.take(fact)
            except (Refusal, NotYetRecordedError):
                left.append(fact)
        progressed, waiting = len(left) < len(waiting), left
    return record, waiting


days = st.integers(0, 1_200).map(lambda number: STARTED_ON + timedelta(days=number))
modes = st.sampled_from([None, None, None, EarlyMode.SHORTEN, EarlyMode.LOWER])
kinds = st.sampled_from(ChangeKind)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """No two facts of one day: they would have no order but that of recording."""
    dates = draw(st.lists(days, min_size=3, max_size=14, unique=True))
    facts: list[Fact] = []
    for number, on in enumerate(dates):
        choice = draw(st.integers(0, 9))
        if choice < 6:
            facts.append(Paid(f"P{number}", on, draw(st.integers(1, 400_00)), draw(modes)))
        elif choice < 8:
            kind = draw(kinds)
            months = None if kind is ChangeKind.ACCELERATION else draw(st.integers(1, 8))
            facts.append(Changed(kind, on, months))
        else:
            bounced_names = {fact.name for fact in facts if isinstance(fact, Bounced)}
            paid = [fact for fact in facts if isinstance(fact, Paid) and fact.name not in bounced_names]
            if paid:
                bounced = draw(st.sampled_from(paid))
                facts.append(Bounced(bounced.name, max(on, bounced.on)))
    if draw(st.booleans()):
        lost_on = draw(days)
        facts.append(Lost(lost_on))
        facts.append(
            Recovered(lost_on + timedelta(days=draw(st.integers(0, 90))), draw(st.integers(1, 200_00)))
        )
    return facts


def of_date(fact: Fact) -> tuple[date, int]:
    return (fact.on, 0 if isinstance(fact, Paid | Bounced) else 1)


@given(histories(), st.randoms(use_true_random=False))
def test_a_shuffled_history_gives_what_the_ordered_one_gives(facts: list[Fact], random: Random) -> None:
    ordered, refused = recorded(sorted(facts, key=of_date))
    possible = [fact for fact in facts if fact not in refused]
    shuffled_facts = list(possible)
    random.shuffle(shuffled_facts)
    shuffled, left = recorded(shuffled_facts)
    assume(not left)

    watched = [ordered.file.starts_on, *ordered.file.turning_days, TODAY]
    watched += [day + timedelta(days=1) for day in watched[:-1]]
    for day in watched:
        assert stand(shuffled.file, day) == stand(ordered.file, day)
        assert delay_of(loan_as_of(shuffled.file, day), day) == delay_of(loan_as_of(ordered.file, day), day)
    assert _kept(shuffled) == _kept(ordered)
    assert _named_allocations(shuffled) == _named_allocations(ordered)
    assert [(one.effective_on, one.cause, one.schedule) for one in versions_of(shuffled.file)] == [
        (one.effective_on, one.cause, one.schedule) for one in versions_of(ordered.file)
    ]
    assert in_order_from(shuffled.file) == in_order_from(ordered.file)


@given(histories(), st.randoms(use_true_random=False))
def test_the_journal_says_on_every_day_what_the_facts_say(facts: list[Fact], random: Random) -> None:
    random.shuffle(facts)
    record, _ = recorded(facts)

    for day in record.file.turning_days:
        standing = stand(record.file, day)
        assert _balance(record, Account.LOANS, day) == standing.outstanding_cents
        assert _balance(record, Account.LOSSES, day) == standing.written_off_cents
        assert -_balance(record, Account.RECOVERIES, day) == standing.recovered_cents
    for share in record.file.shares:
        assert 0 <= share.recovered_cents <= share.lost_cents <= share.credited_cents <= share.principal_cents
    assert sum(share.principal_cents - share.credited_cents for share in record.file.shares) == (
        record.file.loan.outstanding_cents
    )
    if record.file.loan.outstanding_cents == 0:
        assert all(share.credited_cents == share.principal_cents for share in record.file.shares)


@given(histories(), st.randoms(use_true_random=False))
def test_every_schedule_adds_up_and_is_paid_in_rank(facts: list[Fact], random: Random) -> None:
    random.shuffle(facts)
    record, _ = recorded(facts)

    for day in record.file.turning_days:
        standing = stand(record.file, day)
        assert sum(instalment.amount_cents for instalment in standing.schedule) == 1_200_00
        assert [instalment.rank for instalment in standing.schedule] == list(
            range(1, len(standing.schedule) + 1)
        )
        unpaid = [one for one in standing.schedule if one.cumulative_cents > standing.repaid_cents]
        assert [one.due_on for one in unpaid] == sorted(one.due_on for one in unpaid)


def test_identifiers_never_change() -> None:
    record, _ = recorded([Paid("A", add_months(STARTED_ON, 3), 100_00, None)])
    before = {one.reference: one.id for one in record.file.repayments}
    record.take(Changed(ChangeKind.RESCHEDULING, add_months(STARTED_ON, 2), 5))
    record.take(Paid("B", add_months(STARTED_ON, 1), 50_00, EarlyMode.SHORTEN))

    assert {one.reference: one.id for one in record.file.repayments}.items() >= before.items()


def _kept(record: Record) -> tuple[object, ...]:
    loan = record.file.loan
    return (
        loan.status,
        loan.repaid_cents,
        loan.written_off_cents,
        loan.recovered_cents,
        loan.schedule,
        loan.schedule_version,
        loan.next_due_on,
    )


def _named_allocations(record: Record) -> dict[str | None, object]:
    return {
        one.reference: allocations_of(record.file, one)
        for one in sorted(record.file.repayments, key=place_of)
    }


def _balance(record: Record, account: Account, on: date) -> int:
    return sum(
        posting.amount_cents
        for entry in record.journal
        if entry.on <= on
        for posting in entry.postings
        if posting.account is account
    )
