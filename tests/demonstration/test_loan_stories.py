"""What the stories add up to, and that the day they are told on only cuts them."""

from datetime import date, timedelta
from itertools import accumulate, pairwise

import pytest

from demonstration.loan_stories import FUNDS, FundStory, LoanStory, contributions, loans_of_year
from demonstration.portfolio_files import yearly_exports
from demonstration.recent_applications import Fate, committee, recent_applications
from demonstration.scale import FULL, RECENT_DAYS, SMALL, Scale
from services.kernel.calendar import add_months
from services.kernel.money import split_evenly
from services.loans.domain.portfolio.lines import read_portfolio

TODAY = date(2026, 3, 1)
YEARS = range(2023, 2027)


def stories(fund: FundStory) -> list[LoanStory]:
    return [story for year in YEARS for story in loans_of_year(fund, year, FULL)]


def test_a_year_has_1200_loans_of_8000_euros_on_average() -> None:
    of_a_year = [story for fund in FUNDS for story in loans_of_year(fund, 2024, FULL)]
    assert len(of_a_year) == 1_200
    assert 7_500_00 < sum(story.amount_cents for story in of_a_year) / len(of_a_year) < 8_500_00


@pytest.mark.parametrize("fund", FUNDS, ids=lambda fund: fund.region)
def test_loans_keep_within_their_fund_and_their_amount(fund: FundStory) -> None:
    for story in stories(fund):
        assert fund.min_amount_cents <= story.amount_cents <= fund.max_amount_cents
        assert 12 <= story.months <= 60
        assert story.grace_months < story.months
        assert fund.region in story.cae.establishments
        assert story.person.entered_on <= story.disbursed_on
        received = [*story.receipts, *story.recoveries]
        assert all(on >= story.disbursed_on and cents > 0 for on, cents in received)
        assert sum(cents for _, cents in received) <= story.amount_cents
        assert (story.lost_on is None) == (sum(cents for _, cents in story.receipts) == story.amount_cents)
        if story.lost_on is not None:
            assert all(on < story.lost_on for on, _ in story.receipts)
            assert all(on > story.lost_on for on, _ in story.recoveries)


@pytest.mark.parametrize("fund", FUNDS, ids=lambda fund: fund.region)
def test_about_97_percent_comes_back(fund: FundStory) -> None:
    due_cents = received_cents = 0
    for story in stories(fund):
        parts = split_evenly(story.amount_cents, story.months - story.grace_months)
        due = sum(
            cents
            for rank, cents in enumerate(parts, start=1)
            if add_months(story.disbursed_on, story.grace_months + rank) <= TODAY
        )
        received = sum(cents for on, cents in (*story.receipts, *story.recoveries) if on <= TODAY)
        due_cents, received_cents = due_cents + due, received_cents + min(due, received)
    assert 95.5 < 100 * received_cents / due_cents < 98.5


@pytest.mark.parametrize("scale", [FULL, SMALL], ids=["full", "small"])
@pytest.mark.parametrize("fund", FUNDS, ids=lambda fund: fund.region)
def test_a_fund_never_lends_what_it_does_not_have(fund: FundStory, scale: Scale) -> None:
    moves = [(on, cents) for _, _, cents, on in contributions(fund, scale, TODAY)]
    for year in YEARS:
        for story in loans_of_year(fund, year, scale):
            moves.append((story.disbursed_on, -story.amount_cents))
            moves += [*story.receipts, *story.recoveries]
    balances = list(accumulate(cents for _, cents in sorted(move for move in moves if move[0] <= TODAY)))
    pending_cents = sum(application.amount_cents for application in recent_applications(fund, scale, TODAY))
    # The first day's balances are those of its contributions, one by one.
    assert min(balances[len(fund.shares) :]) >= pending_cents * 3 // 4


def test_contributions_of_a_fund_are_its_funders_shares() -> None:
    for fund in FUNDS:
        by_funder: dict[str, int] = {}
        for funder, _, cents, _ in contributions(fund, FULL, TODAY):
            by_funder[funder.kind] = by_funder.get(funder.kind, 0) + cents
        assert sum(share for _, share in fund.shares) == 100
        assert round(100 * by_funder["state"] / sum(by_funder.values())) == 20


@pytest.mark.parametrize("fund", FUNDS, ids=lambda fund: fund.region)
def test_exports_read_without_a_finding_and_follow_each_other(fund: FundStory) -> None:
    exports = yearly_exports(fund, SMALL, TODAY)
    assert [export.as_of for export in exports] == [
        date(2023, 12, 31),
        date(2024, 12, 31),
        date(2025, 12, 31),
        date(2026, 2, 28),
    ]
    read = [read_portfolio(export.loans, export.repayments, today=TODAY) for export in exports]
    assert all(portfolio.findings == () for portfolio in read)
    days = [
        (line.paid_on, export.as_of)
        for export, portfolio in zip(exports, read, strict=True)
        for line in portfolio.repayments
    ]
    assert all(on <= as_of for on, as_of in days)
    last_disbursed_on = max(line.disbursed_on for portfolio in read for line in portfolio.loans)
    assert last_disbursed_on < TODAY - timedelta(days=RECENT_DAYS)


def test_told_later_the_same_story_goes_on() -> None:
    for before, after in zip(
        yearly_exports(FUNDS[0], SMALL, TODAY),
        yearly_exports(FUNDS[0], SMALL, date(2026, 3, 20)),
        strict=True,
    ):
        assert set(before.loans.splitlines()) <= set(after.loans.splitlines())
        assert set(before.repayments.splitlines()) <= set(after.repayments.splitlines())


@pytest.mark.parametrize("fund", FUNDS, ids=lambda fund: fund.region)
def test_applications_are_at_every_stage_with_dates_in_order(fund: FundStory) -> None:
    applications = recent_applications(fund, SMALL, TODAY)
    assert {application.fate for application in applications} == set(Fate)
    assert applications[-1].fate is Fate.DISBURSED
    assert len({application.number for application in applications}) == len(applications)
    for application in applications:
        reached = [application.submitted_on]
        if application.fate not in {Fate.SUBMITTED, Fate.UNDER_REVIEW, Fate.WITHDRAWN}:
            reached.append(application.held_on)
        if application.fate in {Fate.SIGNED, Fate.DISBURSED, Fate.BOUNCED}:
            reached.append(application.signed_on)
        if application.fate in {Fate.DISBURSED, Fate.BOUNCED}:
            reached += [application.disbursed_on, application.first_receipt[0], application.bounced_on]
        if application.fate in {Fate.WITHDRAWN, Fate.DECLINED}:
            reached.append(application.ended_on)
        assert all(earlier <= later for earlier, later in pairwise([*reached, TODAY]))


def test_a_committee_has_its_quorum_even_when_one_stands_aside() -> None:
    for fund in FUNDS:
        members = committee(fund)
        assert len(members) - sum(member.siren is not None for member in members) >= 3
