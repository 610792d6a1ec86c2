"""What the fuzzer is told beside the OpenAPI files: values of our own formats, and one check of our own."""

import string
from datetime import date
from typing import Any

import schemathesis
from hypothesis import strategies as st
from stdnum import iban, luhn

OWN_SIREN = "404833048"  # of the CAE that the fuzzer calls as
# 12.0 is an integer for JSON Schema; for us it comes from a program that counts in floats.
BEYOND_A_DESCRIPTION = {"invalid-input", "cents", "int-type"}
# The generator's own answer to this pattern is `0` and `null`.
NOT_GENERATED = {"header/If-Match"}


def _with_check_digit(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


def _french_iban(account: str) -> str:
    whole = f"FR00{account}"
    return f"FR{iban.calc_check_digits(whole)}{account}"


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


SIRENS = st.just(OWN_SIREN) | _digits(8).map(_with_check_digit)
# La Poste's own establishments follow another rule.
SIRETS = st.tuples(SIRENS.filter(lambda siren: siren != "356000000"), _digits(4)).map(
    lambda parts: _with_check_digit("".join(parts))
)
LETTERS = st.text(string.ascii_uppercase, min_size=4, max_size=4)
VISIBLE = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
INSIDE = VISIBLE | st.just(" ")
LINES = st.tuples(VISIBLE, st.text(INSIDE, max_size=40)).map("".join)
schemathesis.openapi.format("line", LINES)
schemathesis.openapi.format("text", st.lists(LINES, min_size=1, max_size=3).map("\n".join))
schemathesis.openapi.format("siren", SIRENS)
schemathesis.openapi.format("siret", SIRETS)
schemathesis.openapi.format(
    "iban", st.tuples(_digits(5), _digits(5), _digits(11), _digits(2)).map("".join).map(_french_iban)
)
schemathesis.openapi.format("bic", LETTERS.map(lambda bank: f"{bank}FRPP"))
# Dates of the field are within a few years; a description cannot give them bounds.
schemathesis.openapi.format("date", st.dates(date(2015, 1, 1), date(2026, 11, 1)).map(date.isoformat))


@schemathesis.check
def only_rules_refuse(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A request of the described form is refused as malformed by a rule only, never by its form."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 422:
        return
    errors: list[dict[str, Any]] = response.json().get("errors", [])
    wrong = [
        error
        for error in errors
        if error["code"] not in BEYOND_A_DESCRIPTION and error["pointer"] not in NOT_GENERATED
    ]
    assert not wrong, f"the description allows what is refused: {wrong}"
