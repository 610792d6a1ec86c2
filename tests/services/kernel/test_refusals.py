"""Every refusal of every service speaks both languages about the same facts."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

import pytest

import services
from services.kernel.language import Language, Text, Word
from services.kernel.refusals import InvalidInput, NotFound, Refusal, StatusForbids


def _subclasses(parent: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)


def _every_refusal() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith(".__main__"):  # importing one would run it
            importlib.import_module(module.name)
    found = {refusal for refusal in _subclasses(Refusal) if refusal.__module__.startswith("services.")}
    return sorted(found, key=lambda refusal: (refusal.__module__, refusal.__name__))


REFUSALS = _every_refusal()
every_refusal = pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@every_refusal
def test_a_code_is_kebab_case(refusal: type[Refusal]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", refusal.code)


@every_refusal
def test_titles_and_details_are_written_in_both_languages(refusal: type[Refusal]) -> None:
    for text in (refusal.title, refusal.detail):
        assert text.french.strip()
        assert text.english.strip()
        assert text.french != text.english, "one of the two was left untranslated"


@every_refusal
def test_a_title_is_the_same_every_time(refusal: type[Refusal]) -> None:
    assert not _placeholders(refusal.title.french) | _placeholders(refusal.title.english)


@pytest.mark.parametrize(
    "refusal",
    [refusal for refusal in REFUSALS if not issubclass(refusal, InvalidInput)],
    ids=lambda refusal: refusal.__name__,
)
def test_both_languages_tell_the_same_facts(refusal: type[Refusal]) -> None:
    """`InvalidInput` is apart: its reason is a text of its own in each language."""
    assert _placeholders(refusal.detail.french) == _placeholders(refusal.detail.english)


@every_refusal
def test_facts_have_names(refusal: type[Refusal]) -> None:
    names = _placeholders(refusal.detail.french) | _placeholders(refusal.detail.english)

    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


@pytest.mark.parametrize("service", ["loans", "capital"])
def test_a_code_says_one_thing_in_a_service(service: str) -> None:
    """`invalid-input` is said of one wrong value, and by the plumbing of all of them at once."""
    seen = (f"services.{service}.", "services.kernel.", "services.runtime.")
    codes = Counter(
        refusal.code
        for refusal in REFUSALS
        if refusal.__module__.startswith(seen) and "code" in vars(refusal)
    )

    assert {code for code, times in codes.items() if times > 1} <= {"invalid-input"}


class Status(Word):
    UNDER_REVIEW = "under_review", "en instruction", "under review"
    SIGNED = "signed", "signé", "signed"
    APPROVED = "approved", "accordé", "approved"


class Act(Word):
    DISBURSE = "disburse", "verser le prêt", "disbursing the loan"


def test_a_refusal_says_why_in_the_language_asked() -> None:
    refusal = StatusForbids(
        status=Status.UNDER_REVIEW, act=Act.DISBURSE, possible_from=[Status.SIGNED, Status.APPROVED]
    )

    assert refusal.message() == (
        "Le dossier est à l'état « en instruction » ; "
        "verser le prêt n'est possible que depuis : signé, accordé."
    )
    assert str(refusal) == (
        "status-forbids: The dossier is under review; "
        "disbursing the loan is possible only from: signed, approved."
    )
    assert refusal.facts == {
        "status": "under_review",
        "act": "disburse",
        "possible_from": ["signed", "approved"],
    }


def test_what_a_caller_may_not_see_looks_like_what_does_not_exist() -> None:
    refusal = NotFound(what="loan", id="0190")

    assert refusal.message(Language.ENGLISH) == "No loan 0190 is visible with this token."


def test_an_invalid_input_points_at_the_field_and_says_why_in_both_languages() -> None:
    refusal = InvalidInput(
        "/amount_cents",
        Text("au moins {least_cents}", "at least {least_cents}"),
        least_cents=100,
    )

    assert refusal.pointer == "/amount_cents"
    assert refusal.message() == "au moins 1,00\u00a0€"
    assert refusal.message(Language.ENGLISH) == "at least €1.00"
