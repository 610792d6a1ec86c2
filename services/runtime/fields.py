"""Types of request and answer models: what a body may hold, checked at the door."""

from collections.abc import Callable
from datetime import date
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


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


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


def _plain_text(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("control-character", "a text without control characters")
    return value


def _iso_text(value: Any) -> Any:
    # pydantic would also take a number of seconds or an instant at midnight: only ISO dates are dates here.
    if isinstance(value, date) or (isinstance(value, str) and len(value) == len("2026-01-31")):
        return value
    raise PydanticCustomError("date", "a date as YYYY-MM-DD")


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
BusinessDate = Annotated[date, BeforeValidator(_iso_text), Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
_PlainText = AfterValidator(_plain_text)
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True), _PlainText]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), _PlainText]
LongText = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000, strip_whitespace=True), _PlainText
]
