from datetime import date

import pytest

from services.kernel.access import Role
from services.kernel.language import Language, Text, Word, euros, show_fact


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (0, "0,00\u00a0€", "€0.00"),
        (5, "0,05\u00a0€", "€0.05"),
        (22_223, "222,23\u00a0€", "€222.23"),
        (-5, "-0,05\u00a0€", "-€0.05"),
        (800_000, "8\u202f000,00\u00a0€", "€8,000.00"),
        (123_456_789, "1\u202f234\u202f567,89\u00a0€", "€1,234,567.89"),
        (-100_000, "-1\u202f000,00\u00a0€", "-€1,000.00"),
        (2**53 - 1, "90\u202f071\u202f992\u202f547\u202f409,91\u00a0€", "€90,071,992,547,409.91"),
    ],
)
def test_euros_in_both_languages(cents: int, french: str, english: str) -> None:
    assert euros(cents) == french
    assert euros(cents, Language.ENGLISH) == english


def test_a_text_shows_its_facts_as_each_language_writes_them() -> None:
    text = Text("Reste dû : {owed_cents} au {on}.", "Still owed: {owed_cents} on {on}.")
    facts = {"owed_cents": 123_450, "on": date(2024, 2, 29)}

    assert text.render(Language.FRENCH, facts) == "Reste dû : 1\u202f234,50\u00a0€ au 29/02/2024."
    assert text.render(Language.ENGLISH, facts) == "Still owed: €1,234.50 on 2024-02-29."


def test_a_text_without_facts() -> None:
    assert Text("Introuvable", "Not found").render(Language.ENGLISH) == "Not found"


def test_a_missing_fact_is_an_error_not_a_hole_in_the_sentence() -> None:
    with pytest.raises(KeyError, match="owed_cents"):
        Text("Reste dû : {owed_cents}.", "Still owed: {owed_cents}.").render(Language.FRENCH, {})


def test_braces_in_a_fact_are_text() -> None:
    assert Text("« {name} »", "{name}").render(Language.FRENCH, {"name": "{id}"}) == "« {id} »"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("rank", 3, "3"),
        ("amounts_cents", [100, 250], "1,00\u00a0€, 2,50\u00a0€"),
        ("dates", (date(2024, 1, 31), date(2024, 2, 29)), "31/01/2024, 29/02/2024"),
        ("possible_from", [Role.FUNDER, Role.OPERATOR], "financeur, opérateur"),
        ("limit_cents", None, "None"),
    ],
)
def test_facts(name: str, value: object, shown: str) -> None:
    assert show_fact(name, value, Language.FRENCH) == shown


def test_a_word_is_its_code_for_programs_and_its_label_in_sentences() -> None:
    assert Role("cae") is Role.CAE
    assert (Role.PARTNER, str(Role.PARTNER), Role.PARTNER.value) == ("partner", "partner", "partner")
    assert show_fact("role", Role.PARTNER, Language.FRENCH) == "partenaire"
    assert show_fact("role", Role.PARTNER, Language.ENGLISH) == "partner"


def test_a_word_without_a_label_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="both languages"):
        Word("Status", {"DRAFT": ("draft", "brouillon")})
