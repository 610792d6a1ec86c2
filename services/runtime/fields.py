"""Types of request and answer models: what a body may hold, checked at the door."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.kernel.identifiers import (
    Bic,
    Iban,
    InvalidIdentifierError,
    Siren,
    Siret,
    parse_bic,
    parse_iban,
    parse_siren,
    parse_siret,
)
from services.kernel.regions import REGIONS

LARGEST_CENTS = 2**53 - 1  # what every JSON reader keeps exactly
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


def _identifier(kind: str, parse: Callable[[str], str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            return parse(value)
        except InvalidIdentifierError as error:
            raise PydanticCustomError(f"invalid-{kind}", f"not a valid {kind.upper()}") from error

    return check


def _known_region(code: str) -> str:
    if code not in REGIONS:
        raise PydanticCustomError("unknown-region", "not the INSEE code of a region")
    return code


# Controls, halves of surrogate pairs, and marks that turn the direction of what follows: no paper has them,
# and PostgreSQL, spreadsheets or readers trip over them.
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069"
NO_TEXT = re.compile(f"[{_FORBIDDEN}]")
NO_LINE = re.compile(f"[{_FORBIDDEN}\t\n\r\u2028\u2029]")


def _without(forbidden: re.Pattern[str]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, str) and forbidden.search(value.strip()):
            raise PydanticCustomError("control-character", "a text without control characters")
        return value

    return check


def _iso_text(value: Any) -> Any:
    # pydantic would also take a number of seconds or an instant at midnight: only ISO dates are dates here.
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise PydanticCustomError("date", "a date as YYYY-MM-DD")
    if isinstance(value, str) and ISO_DATE.fullmatch(value) is None:
        raise PydanticCustomError("date", "a date as YYYY-MM-DD")
    return value


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("cents", "a whole number of euro cents")
    return value


_Identifier = StringConstraints(max_length=60)
SirenField = Annotated[Siren, _Identifier, AfterValidator(_identifier("siren", parse_siren))]
SiretField = Annotated[Siret, _Identifier, AfterValidator(_identifier("siret", parse_siret))]
IbanField = Annotated[Iban, _Identifier, AfterValidator(_identifier("iban", parse_iban))]
BicField = Annotated[Bic, _Identifier, AfterValidator(_identifier("bic", parse_bic))]
RegionField = Annotated[str, StringConstraints(max_length=2), AfterValidator(_known_region)]
Cents = Annotated[int, BeforeValidator(_whole_number), Field(ge=0, le=LARGEST_CENTS)]
PositiveCents = Annotated[int, BeforeValidator(_whole_number), Field(gt=0, le=LARGEST_CENTS)]
SignedCents = Annotated[int, BeforeValidator(_whole_number), Field(ge=-LARGEST_CENTS, le=LARGEST_CENTS)]
# The bounds stand next to the date: behind the validator their message would be of Python's `datetime.date`.
BusinessDate = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31)), BeforeValidator(_iso_text)]
_Line, _Lines = BeforeValidator(_without(NO_LINE)), BeforeValidator(_without(NO_TEXT))
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True), _Line]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), _Line]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=4_000, strip_whitespace=True), _Lines]
