"""Scalars of both subgraphs. GraphQL's own `Int` is 32 bits: cents would overflow at 21 474 836.47 EUR."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, NewType, TypeVar
from uuid import UUID

import strawberry
from pydantic import Field
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.scalar import ScalarDefinition

from services.kernel.identifiers import Bic, EntrepreneurId, Iban, InvalidIdentifierError, Siren, Siret
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.runtime.fields import LARGEST_CENTS

Cents = NewType("Cents", int)
CentsField = Annotated[Cents, Field(ge=0)]
PositiveCentsField = Annotated[Cents, Field(gt=0)]
Instant = NewType("Instant", datetime)
Facts = NewType("Facts", object)
MergePatch = NewType("MergePatch", dict[str, object])

NOT_AN_ID = Text("Un identifiant UUID est attendu.", "A UUID is expected.")
NOT_ONE = Text("Ce n'est pas un {kind} valide.", "This is not a valid {kind}.")

T = TypeVar("T")


def _cents(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"Cents are a whole number of euro cents, not {value!r}.")
    if not -LARGEST_CENTS <= value <= LARGEST_CENTS:
        raise ValueError(f"Cents stand between -{LARGEST_CENTS} and {LARGEST_CENTS}.")
    return value


def _date(value: object) -> date:
    # date.fromisoformat alone would also take 20260131 and 2026-W05-6.
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"A date is YYYY-MM-DD, not {value!r}.")


def _show_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("A JSON object is expected.")
    return value


def _never_given(_value: object) -> object:
    raise ValueError("This scalar is only ever answered, never given.")


_ID = DEFAULT_SCALAR_REGISTRY[strawberry.ID]
_STRING = DEFAULT_SCALAR_REGISTRY[str]

SCALARS: dict[object, ScalarDefinition] = {
    Cents: strawberry.scalar(
        name="Cents",
        description="Whole euro cents, 64 bits, exact up to 2^53 - 1. Never a fraction.",
        serialize=_cents,
        parse_value=_cents,
    ),
    date: strawberry.scalar(
        name="Date", description="A day, YYYY-MM-DD.", serialize=date.isoformat, parse_value=_date
    ),
    Instant: strawberry.scalar(
        name="Instant",
        description="An instant, RFC 3339 in UTC.",
        serialize=_show_instant,
        parse_value=_never_given,
    ),
    Facts: strawberry.scalar(
        name="Facts",
        description="The facts of a refusal, a JSON object: the same names and values as REST's problem has.",
        serialize=lambda value: value,
        parse_value=_never_given,
    ),
    MergePatch: strawberry.scalar(
        name="MergePatch",
        description="A JSON merge patch (RFC 7396): what is absent stays, null empties. An input alone tells "
        "neither from the other.",
        serialize=_object,
        parse_value=_object,
    ),
    UUID: _ID,
    EntrepreneurId: _ID,
    Siren: _ID,
    Siret: _STRING,
    Iban: _STRING,
    Bic: _STRING,
}


def parse_id(text: str, pointer: str = "id") -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(pointer, NOT_AN_ID) from error


def parse_with(parse: Callable[[str], T], text: str, pointer: str) -> T:
    """An argument through one of the kernel's parsers of identifiers."""
    try:
        return parse(text)
    except InvalidIdentifierError as error:
        raise InvalidInput(pointer, NOT_ONE, kind=error.kind) from error


def cents_or_none(amount_cents: int | None) -> Cents | None:
    return None if amount_cents is None else Cents(amount_cents)
