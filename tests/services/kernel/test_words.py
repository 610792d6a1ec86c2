"""Every word of every service has its label in both languages: no sentence ever shows a code."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
from services.kernel.date_fields import DateField
from services.kernel.language import Word

SAME_IN_BOTH = {"CAE", "CAPE", "CESA", "webhook", "question", "suspension"}
"""Words of the field that English keeps."""


def _kinds(parent: type[Word]) -> Iterator[type[Word]]:
    for child in parent.__subclasses__():
        yield child
        yield from _kinds(child)


def _every_word() -> list[Word]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith(".__main__"):  # importing one would run it
            importlib.import_module(module.name)
    ours = [kind for kind in _kinds(Word) if kind.__module__.startswith("services.")]
    return [word for kind in sorted(ours, key=lambda kind: kind.__qualname__) for word in kind]


WORDS = _every_word()


@pytest.mark.parametrize("word", WORDS, ids=repr)
def test_a_word_has_a_label_in_both_languages(word: Word) -> None:
    french, english = word.label.french, word.label.english

    assert french == french.strip()
    assert english == english.strip()
    assert not re.search(r"[_{}]", french + english)
    assert french != english or french in SAME_IN_BOTH, "one of the two was left untranslated"


def test_words_are_found_in_every_package() -> None:
    assert {type(word).__name__ for word in WORDS} >= {
        "Role",
        "ApplicationStatus",
        "LoanStatus",
        "TopUpStatus",
        "CapitalAct",
        "DateField",
    }


@pytest.mark.parametrize("field", DateField)
def test_a_date_field_can_follow_an_article(field: DateField) -> None:
    assert field.label.french.startswith("date ")


def _codes_raised(source: str) -> list[str]:
    """Facts that are raised as texts of the code, or as a word's bare code, where a word could be said."""
    raised = (node.exc for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise))
    facts = [fact.value for call in raised if isinstance(call, ast.Call) for fact in call.keywords]
    return [
        ast.unparse(fact)
        for fact in facts
        if (isinstance(fact, ast.Constant) and isinstance(fact.value, str))
        or (isinstance(fact, ast.Attribute) and fact.attr == "value")
    ]


def test_refusals_are_raised_with_words() -> None:
    assert _codes_raised('raise NotFound(what="loan", id=1)') == ["'loan'"]
    assert _codes_raised("raise StatusForbids(status=loan.status.value)") == ["loan.status.value"]
    sources = [path for root in services.__path__ for path in Path(root).rglob("*.py")]

    found = {str(path): _codes_raised(path.read_text(encoding="utf-8")) for path in sources}

    assert {name: facts for name, facts in found.items() if facts} == {}
