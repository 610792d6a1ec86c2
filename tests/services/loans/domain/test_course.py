"""The course of a loan, summed to any day, is what its facts say of that day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.identifiers import Siren
from services.loans.domain.course import NOTHING, Course, Sums, as_sums, course_of, sums_on
from services.loans.domain.figures import Borne, BorneLoan, Change, Host, changes_of, standings_on
from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.ledger import Account, Entry, EntryKind
from services.loans.domain.life.facts import LoanFile
from tests.factories.course_facts import facts_of
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


def stands_on(course: Course, day: date) -> Sums:
    return next((sums for since, sums in reversed(course) if since <= day), NOTHING)


@given(histories(), st.randoms(use_true_random=False))
def test_a_course_says_on_every_day_what_the_facts_say(facts: list[Fact], random: Random) -> None:
    random.shuffle(facts)
    file = recorded(facts)[0].file
    course = course_of(facts_of(file))
    days = watched_days(file, random)

    for day, alone in zip(days, sums_on(facts_of(file), days), strict=True):
        assert as_sums(stands_on(course, day)) == naive(file, day), day
        assert as_sums(alone) == naive(file, day), day
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
                    (
                        in_loans if is_lent else 0,
                        in_loans,
                        cents if posting.account is Account.LOSSES else 0,
                        -cents if posting.account is Account.RECOVERIES else 0,
                    ),
                )
            )
    return found


def of_record(record: Record, *hosts: Host) -> BorneLoan:
    loan = record.file.loan
    return BorneLoan(
        loan.id,
        loan.fund_id,
        loan.region,
        loan.disbursed_on.year,
        facts_of(record.file),
        FUNDERS,
        borne_by(record.journal),
        sorted(hosts),
    )


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


@given(histories(), st.integers(0, 1_500), st.integers(0, 400), st.randoms(use_true_random=False))
def test_a_standing_is_what_changes_add_up_to(
    facts: list[Fact], left_after_days: int, back_after_days: int, random: Random
) -> None:
    """For each funder and host; of what was borne before the first day asked for, its sum will do."""
    record = recorded(facts)[0]
    left_on = STARTED_ON + timedelta(days=left_after_days)
    hosts = {STARTED_ON: CAE, left_on: None, left_on + timedelta(days=back_after_days): OTHER_CAE}
    loan = of_record(record, *(Host(day, cae) for day, cae in hosts.items()))
    changes = changes_of(loan)
    days = sorted(random.sample(watched_days(record.file, random), 3))

    for borne in (loan.borne, as_one_until(days[0], loan.borne)):
        standings = standings_on(replace(loan, borne=borne), days)
        for day, standing in zip(days, standings, strict=True):
            for funder_id, part in zip(FUNDERS, standing.parts, strict=True):
                for cae in (CAE, None, OTHER_CAE):
                    own = [one for one in changes if (one.funder_id, one.cae) == (funder_id, cae)]
                    expected = as_sums(part) if cae == standing.cae else PortfolioSums()
                    assert added(own, day) == expected, (day, cae)
    for day, (_, parts) in zip(days, standings_on(replace(loan, funders=(), borne=()), days), strict=True):
        assert [as_sums(part) for part in parts] == [naive(record.file, day)]


def as_one_until(day: date, borne: Sequence[Borne]) -> list[Borne]:
    before = [
        Borne(day, funder_id, (sums[0], sums[1], sums[2], sums[3]))
        for funder_id in FUNDERS
        if (own := [one.money for one in borne if one.funder_id == funder_id and one.on <= day])
        and (sums := [sum(amounts) for amounts in zip(*own, strict=True)])
    ]
    return [*before, *(one for one in borne if one.on > day)]


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
