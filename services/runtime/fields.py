"""Types of request and answer models: what a body may hold, checked at the door."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError

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
# RFC 3339: an instant with its offset, which pydantic's other readings (seconds, a date) lack.
ISO_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class Described:
    """What the description says besides: what a validator of ours asks for, in the words of JSON Schema."""

    def __init__(self, **words: Any) -> None:
        self._words = words

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, describe: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**describe(core), **self._words}


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


def _without(forbidden: re.Pattern[str], *, longest: int) -> Callable[[Any], Any]:
    """Spaces around a text do not stay, but count for its length: a bound is a bound."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and len(value) > longest:
            raise PydanticCustomError("string_too_long", "too long", {"max_length": longest})
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


def _iso_instant(value: Any) -> Any:
    if not isinstance(value, str) or ISO_INSTANT.fullmatch(value) is None:
        raise PydanticCustomError("instant", "an instant as YYYY-MM-DDThh:mm:ssZ")
    return value


def _in_utc(value: datetime) -> datetime:
    """At either end of the calendar an offset may lead out of it."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("instant", "an instant as YYYY-MM-DDThh:mm:ssZ") from error


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("cents", "a whole number of euro cents")
    return value


# Spaces of any kind may stand anywhere in an identifier; its check digits are what no pattern can say.
_Identifier = StringConstraints(max_length=60)
SirenField = Annotated[
    Siren, _Identifier, AfterValidator(_identifier("siren", parse_siren)), Described(format="siren")
]
SiretField = Annotated[
    Siret, _Identifier, AfterValidator(_identifier("siret", parse_siret)), Described(format="siret")
]
IbanField = Annotated[
    Iban, _Identifier, AfterValidator(_identifier("iban", parse_iban)), Described(format="iban")
]
BicField = Annotated[Bic, _Identifier, AfterValidator(_identifier("bic", parse_bic)), Described(format="bic")]
RegionField = Annotated[
    str, StringConstraints(max_length=2), AfterValidator(_known_region), Described(enum=sorted(REGIONS))
]
Cents = Annotated[int, Field(ge=0, le=LARGEST_CENTS), BeforeValidator(_whole_number)]
PositiveCents = Annotated[int, Field(gt=0, le=LARGEST_CENTS), BeforeValidator(_whole_number)]
SignedCents = Annotated[int, Field(ge=-LARGEST_CENTS, le=LARGEST_CENTS), BeforeValidator(_whole_number)]
# The bounds stand next to the date: behind the validator their message would be of Python's `datetime.date`.
BusinessDate = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31)), BeforeValidator(_iso_text)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc), BeforeValidator(_iso_instant)]


def _text(form: str, forbidden: re.Pattern[str], longest: int) -> tuple[Any, ...]:
    return (
        StringConstraints(min_length=1, max_length=longest, strip_whitespace=True),
        BeforeValidator(_without(forbidden, longest=longest)),
        Described(format=form),
    )


Reference = Annotated[str, *_text("line", NO_LINE, 100)]
ShortText = Annotated[str, *_text("line", NO_LINE, 200)]
LongText = Annotated[str, *_text("text", NO_TEXT, 4_000)]
