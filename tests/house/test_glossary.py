"""The glossary follows the code: no name that is gone, no state that is missing."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from services.capital.domain.lifecycle import TopUpStatus
from services.kernel.contracts import ContractKind
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.loan import LoanStatus

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in GLOSSARY.splitlines() if line.startswith("| ")]
NAMES = sorted({name for row in ROWS for name in re.findall(r"`([A-Za-z][A-Za-z_0-9]+)`", row[1])})


@pytest.fixture(scope="module")
def words_of_the_code() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "services").rglob("*.py"))
    return {word for source in sources for word in re.findall(r"\w+", source)}


def test_there_are_names() -> None:
    assert len(NAMES) > 80


def test_every_name_is_in_the_code(words_of_the_code: set[str]) -> None:
    assert set(NAMES) - words_of_the_code == set()


@pytest.mark.parametrize("states", [ApplicationStatus, LoanStatus, TopUpStatus])
def test_every_state_has_its_french_word(states: type[StrEnum]) -> None:
    assert states.__name__ in NAMES
    assert {state.name for state in states} - set(NAMES) == set()


@pytest.mark.parametrize("kinds", [ContractKind])
def test_every_kind_has_its_french_word(kinds: type[StrEnum]) -> None:
    assert {kind.name for kind in kinds} - set(NAMES) == set()


def test_no_term_is_told_twice() -> None:
    terms = [row[0].strip() for row in ROWS if len(row) == 3]

    assert sorted({term for term in terms if terms.count(term) > 1} - {"French"}) == []
