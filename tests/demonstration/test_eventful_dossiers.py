"""The dossiers invented by hand, as facts: whenever they are told, each shows what its number says."""

from datetime import date, timedelta

import pytest

from demonstration.eventful_dossiers import (
    FUND,
    LATE_DAYS,
    Event,
    EventfulDossier,
    eventful_dossiers,
    next_cae,
)
from demonstration.loan_stories import FUNDS
from services.kernel.calendar import add_months

DAYS = [date(2024, 1, 1) + timedelta(days=days) for days in range(0, 900, 7)] + [
    date(2024, 2, 29),
    date(2025, 3, 31),
    date(2026, 8, 31),
]


def told(today: date) -> dict[Event, EventfulDossier]:
    return eventful_dossiers(FUND, today)


def test_they_are_of_one_fund_which_has_the_money_for_them() -> None:
    assert all(not eventful_dossiers(fund, DAYS[0]) for fund in FUNDS if fund != FUND)
    dossiers = told(DAYS[0])
    assert set(dossiers) == set(Event)
    assert sum(dossier.amount_cents for dossier in dossiers.values()) <= FUND.eventful_cents
    for dossier in dossiers.values():
        assert FUND.min_amount_cents <= dossier.amount_cents <= FUND.max_amount_cents


def test_numbers_say_what_they_show_and_depend_on_no_day() -> None:
    numbers = {event: dossier.number for event, dossier in told(DAYS[0]).items()}
    assert numbers[Event.RESCHEDULED] == "DEMO-84-REECHELONNEMENT"
    assert numbers == {event: dossier.number for event, dossier in told(DAYS[9]).items()}
    assert len(set(numbers.values())) == len(Event)


@pytest.mark.parametrize("event", LATE_DAYS)
@pytest.mark.parametrize("today", DAYS)
def test_an_instalment_is_late_by_exactly_so_many_days(today: date, event: Event) -> None:
    disbursed_on = told(today)[event].disbursed_on
    due = {add_months(disbursed_on, months) for months in range(1, 24)}
    assert today - timedelta(days=LATE_DAYS[event]) in due


@pytest.mark.parametrize("today", DAYS)
def test_days_are_in_order_and_none_is_to_come(today: date) -> None:
    for event, dossier in told(today).items():
        assert dossier.submitted_on < dossier.held_on < dossier.signed_on
        assert dossier.person.entered_on <= dossier.submitted_on
        if event is not Event.DRAFT:
            assert dossier.held_on <= today
        if event not in {Event.DRAFT, Event.LAPSED, Event.CANCELLED} and not event.startswith("COMITE"):
            assert dossier.signed_on < dossier.disbursed_on < today


def test_who_moves_goes_to_another_cae_of_the_region() -> None:
    dossier = told(DAYS[0])[Event.MOVED]
    assert next_cae(dossier) != dossier.cae
    assert FUND.region in next_cae(dossier).establishments
