"""How a leaf's value is shown: a test that the usual value passes at once, and what completes every other.

A day is left as it is: the encoder of JSON writes it as `date.isoformat` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from inspect import isawaitable
from typing import Any
from uuid import UUID

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLScalarType,
    Undefined,
)

from services.runtime.fields import LARGEST_CENTS
from services.runtime.graphql.compiled.uncovered import UncoveredError

# Of a value `v`, in the words of the function that is written.
AS_IT_IS = {
    "String": "v.__class__ is str",
    "ID": "v.__class__ is str",
    "Boolean": "v.__class__ is bool",
    "Int": f"v.__class__ is int and {GRAPHQL_MIN_INT} <= v <= {GRAPHQL_MAX_INT}",
    "Cents": f"v.__class__ is int and {-LARGEST_CENTS} <= v <= {LARGEST_CENTS}",
    "Date": "v.__class__ is date",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """`shows` completes what does not pass `test`; `names` are an enum's, by the identity of its members.

    `kept` are the same, by what a column keeps of them.
    """

    shows: Callable[[Any], Any]
    test: str | None = None
    names: dict[int, str] | None = None
    kept: dict[Any, str] | None = None


def leaf_of(kind: GraphQLLeafType) -> Leaf:
    shows = _completed(kind)
    if isinstance(kind, GraphQLEnumType):
        members = getattr(kind, "wrapped_cls", ())
        shown = {member: kind.coerce_output_value(member) for member in members}
        # Members live as long as the process: another object never has the identity of one.
        names = {id(member): name for member, name in shown.items()}
        return Leaf(shows, names=names, kept={member.value: name for member, name in shown.items()})
    quicker = {"ID": _shows_id, "Instant": _shows_instant}.get(kind.name)
    return Leaf(quicker(shows) if quicker else shows, AS_IT_IS.get(kind.name))


def _completed(kind: GraphQLScalarType | GraphQLEnumType) -> Callable[[Any], Any]:
    show = kind.coerce_output_value

    def complete(value: Any) -> Any:
        if value is None or isinstance(value, Exception) or isawaitable(value):
            raise UncoveredError
        shown = show(value)
        if shown is None or shown is Undefined:
            raise UncoveredError
        return shown

    return complete


def _shows_id(complete: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: str(value) if isinstance(value, UUID) else complete(value)


def _shows_instant(complete: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def show(value: Any) -> Any:
        if value.__class__ is datetime and value.tzinfo is UTC:
            return f"{value.isoformat()[:-6]}Z"  # without `+00:00`
        return complete(value)

    return show


TYPES_OF_TESTS = {"date": date}
