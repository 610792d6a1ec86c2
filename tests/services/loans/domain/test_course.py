"""The course of a loan, summed to any day, is what its facts say of that day."""

from datetime import date, timedelta
from random import Random
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.identifiers import Siren
from services.loans.domain.course import as_sums, course_of, sums_on
from services.loans.domain.figures import Borne, BorneLoan, Change, Host, changes_of
from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.ledger import Account, Entry, EntryKind
from services.loans.domain.life.facts import LoanFile
from tests.factories.naive_figures import naive
from tests.services.loans.domain.life.test_any_order import (
    FUNDERS,
    STARTED_ON,
    TODAY,
    Fact,
    Paid,
    Record,
    histories,
    recorded,
)

CAE, OTHER_CAE = Siren("978592848"), Siren("732829320")


def watched_days(file: LoanFile, random: Random) -> list[date]:
    days = {STARTED_ON - timedelta(days=1), TODAY, *file.turning_days}
    days |= {instalment.due_on for instalment in file.loan.schedule}
    days |= {day + timedelta(days=after) for day in list(days) for after in (-1, 1, 30, 31, 60, 61, 90, 91)}
    days |= {STARTED_ON + timedelta(days=random.randint(0, 3_000)) for _ in range(10)}
    return sorted(days)


@given(histories(), st.randoms(use_true_random=False))
def test_a_course_says_on_every_day_what_the_facts_say(facts: list[Fact], random: Random) -> None:
    random.shuffle(facts)
    file = recorded(facts)[0].file
    course = course_of(file)

    for day in watched_days(file, random):
        assert as_sums(sums_on(course, day)) == naive(file, day), day
    assert [day for day, _ in course] == sorted({day for day, _ in course})


def borne_by(journal: list[Entry]) -> list[Borne]:
    found = []
    for entry in sorted(journal, key=lambda entry: entry.on):
        for posting in entry.postings:
            cents = posting.amount_cents
            in_loans = cents if posting.account is Account.LOANS else 0
            is_lent = (entry.restates or entry.kind) is EntryKind.DISBURSEMENT
            found.append(
                Borne(
                    entry.on,
                    posting.funder_id,
                    disbursed_cents=in_loans if is_lent else 0,
                    outstanding_cents=in_loans,
                    written_off_cents=cents if posting.account is Account.LOSSES else 0,
                    recovered_cents=-cents if posting.account is Account.RECOVERIES else 0,
                )
            )
    return found


def of_record(record: Record, *hosts: Host) -> BorneLoan:
    return BorneLoan(record.file, FUNDERS, borne_by(record.journal), hosts)


def added(changes: list[Change], day: date) -> PortfolioSums:
    until = [change.sums for change in changes if change.on <= day]
    return as_sums([sum(amounts) for amounts in zip(*until, strict=True)]) if until else PortfolioSums()


@given(histories(), st.randoms(use_true_random=False))
def test_the_parts_of_the_funders_add_up_to_the_loan(facts: list[Fact], random: Random) -> None:
    random.shuffle(facts)
    record = recorded(facts)[0]
    changes = changes_of(of_record(record, Host(STARTED_ON, CAE)))

    assert {change.funder_id for change in changes} <= set(FUNDERS)
    for day in watched_days(record.file, random):
        assert added(changes, day) == naive(record.file, day), day


@given(histories(), st.integers(0, 1_500), st.integers(0, 400), st.randoms(use_true_random=False))
def test_a_loan_is_in_the_figures_of_the_cae_that_hosts_it(
    facts: list[Fact], left_after_days: int, back_after_days: int, random: Random
) -> None:
    record = recorded(facts)[0]
    left_on = STARTED_ON + timedelta(days=left_after_days)
    back_on = left_on + timedelta(days=back_after_days)
    hosts = {STARTED_ON: CAE, left_on: None, back_on: OTHER_CAE}
    changes = changes_of(of_record(record, *(Host(day, cae) for day, cae in hosts.items())))

    for day in watched_days(record.file, random):
        host = next((cae for since, cae in sorted(hosts.items(), reverse=True) if since <= day), None)
        for cae in (CAE, None, OTHER_CAE):
            hosted = [change for change in changes if change.cae == cae]
            assert added(hosted, day) == (naive(record.file, day) if cae == host else PortfolioSums()), day


def test_thirty_six_instalments_take_little_time() -> None:
    """One pass: the square of the days would show."""
    record, _ = recorded(
        [Paid(f"P{day}", STARTED_ON + timedelta(days=30 * day), 30_00, None) for day in range(40)]
    )
    loan = of_record(record, Host(STARTED_ON, CAE))
    started = process_time()
    for _ in range(20):
        changes_of(loan)
    assert (process_time() - started) / 20 < 0.05
