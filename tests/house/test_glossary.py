"""The glossary follows the code: no name that is gone, no state that is missing."""

import re
from pathlib import Path

import pytest

from services.capital.domain.lifecycle import TopUpStatus
from services.kernel.contracts import ContractKind
from services.kernel.language import Word
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
def test_every_state_has_the_french_word_that_refusals_say(states: type[Word]) -> None:
    told = {(row[0].strip(), row[1].strip(" `")) for row in ROWS}

    assert states.__name__ in NAMES
    assert {(state.label.french, state.name) for state in states} - told == set()


@pytest.mark.parametrize("kinds", [ContractKind])
def test_every_kind_has_its_french_word(kinds: type[Word]) -> None:
    assert {kind.name for kind in kinds} - set(NAMES) == set()


def test_no_term_is_told_twice() -> None:
    terms = [row[0].strip() for row in ROWS if len(row) == 3]

    assert sorted({term for term in terms if terms.count(term) > 1} - {"French"}) == []
