"""The page of events has every type, with what it means; and a type is told of, or announced, never both."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from services.capital.domain import events as capital_events
from services.kernel.language import Word
from services.loans.domain import events as loans_events

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fr" / "evenements.md").read_text(encoding="utf-8")
SERVICES = {
    "loans": ("Prêts", loans_events.LoansEvent, loans_events.DECLARED),
    "capital": ("Capital", capital_events.CapitalEvent, capital_events.DECLARED),
}


def table(events: Iterable[Word], declared: frozenset[Word]) -> str:
    lines = ["| type | ce qui est arrivé | in English |", "|---|---|---|"]
    for event in events:
        later = " *(à venir)*" if event in declared else ""
        lines.append(f"| `{event.value}` | {event.label.french}{later} | {event.label.english} |")
    return "\n".join(lines)


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_is_the_table(service: str) -> None:
    heading, events, declared = SERVICES[service]
    assert f"### {heading}\n\n{table(events, declared)}\n" in PAGE


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_told_is_not_announced_and_the_rest_is(service: str) -> None:
    _, events, declared = SERVICES[service]
    usecases = (ROOT / "services" / service / "usecases").rglob("*.py")
    source = "".join(path.read_text(encoding="utf-8") for path in usecases)
    told = {events[name] for name in re.findall(rf"\b{events.__name__}\.([A-Z_]+)", source)}
    assert told == set(events) - declared


@pytest.mark.parametrize("service", SERVICES)
def test_a_type_is_a_noun_and_what_became_of_it(service: str) -> None:
    for event in SERVICES[service][1]:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.value)
        assert event.name == event.value.replace(".", "_").upper()
