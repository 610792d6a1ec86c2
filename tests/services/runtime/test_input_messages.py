"""What is wrong with a value is said in the caller's language, whatever the library's own."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from services.capital.rest.version_models import Criterion
from services.kernel.contracts import ContractKind
from services.kernel.language import Language
from services.runtime.fields import BusinessDate
from services.runtime.input_messages import MESSAGES
from services.runtime.problems import input_errors


def message(kind: object, value: object, language: Language) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    [error] = input_errors([{**found, "loc": ("body",)} for found in refused.value.errors()], language)
    return error["message"]


@pytest.mark.parametrize("kind", [ContractKind, Literal["CAPE", "CESA"]])
def test_the_values_to_choose_from_are_listed(kind: object) -> None:
    assert message(kind, "CDI", Language.FRENCH) == "Valeur attendue, au choix : 'CAPE', 'CESA'."
    assert message(kind, "CDI", Language.ENGLISH) == "Expected, one of: 'CAPE', 'CESA'."


@pytest.mark.parametrize("kind", [BusinessDate, BusinessDate | None])
def test_the_bounds_of_a_date_are_dates(kind: object) -> None:
    assert message(kind, "2999-01-01", Language.FRENCH) == "La valeur doit être au plus 2200-12-31."
    assert message(kind, "1899-12-31", Language.ENGLISH) == "The value must be at least 1900-01-01."


PERCENT = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
NO_NUMBER = (
    "Un nombre est attendu, avec un point pour les décimales.",
    "A number is expected, with a point before its decimals.",
)
NUMBERS_REFUSED = {
    "12,5": NO_NUMBER,
    "NaN": NO_NUMBER,
    True: NO_NUMBER,
    "12.345": ("Le nombre a plus de 2 décimales.", "The number has more than 2 decimals."),
    "1234567": ("Le nombre a plus de 5 chiffres.", "The number has more than 5 digits."),
    "12345": (
        "Le nombre a plus de 3 chiffres avant la virgule.",
        "The number has more than 3 digits before its decimals.",
    ),
}


@pytest.mark.parametrize("value", NUMBERS_REFUSED)
def test_a_number_with_decimals_is_refused_in_the_caller_s_words(value: object) -> None:
    told = message(PERCENT, value, Language.FRENCH), message(PERCENT, value, Language.ENGLISH)

    assert told == NUMBERS_REFUSED[value]


def test_how_a_criterion_is_written_is_said() -> None:
    assert message(Criterion, "Du RSA", Language.FRENCH) == (
        "Un critère s'écrit en minuscules et chiffres, sans accent, joints par des tirets : parent-isole."
    )


def test_what_our_own_validators_refuse_is_said_in_both_languages() -> None:
    sources = Path(__file__).parents[3].joinpath("services").rglob("*.py")
    raised = re.compile(r'PydanticCustomError\(\s*"([^"]+)"')
    kinds = {kind for source in sources for kind in raised.findall(source.read_text(encoding="utf-8"))}

    assert "one-loan" in kinds
    assert kinds - MESSAGES.keys() == set()
