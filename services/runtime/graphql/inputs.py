"""Values of a mutation's input, checked by the same field types as REST's bodies."""

import dataclasses
from collections.abc import Hashable
from functools import cache
from typing import Any, ClassVar, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from services.kernel.language import Language, Text
from services.kernel.refusals import Refusal
from services.runtime.graphql.refusals import graph_pointer
from services.runtime.problems import input_errors
from services.runtime.standard_problems import STANDARD_PROBLEMS

T = TypeVar("T")

_, TITLE, DETAIL = STANDARD_PROBLEMS[422]


class InvalidValues(Refusal):
    """Every value to correct at once, with its JSON pointer into the input."""

    code = "invalid-input"
    title: ClassVar[Text] = TITLE
    detail: ClassVar[Text] = DETAIL


def checked(given: T, language: Language) -> T:
    """The same input with its values normalised (spaces of a SIREN removed...)."""
    problems: list[dict[str, Any]] = []
    clean: T = _checked(given, (), problems)
    if problems:
        errors = input_errors(problems, language)
        for error in errors:
            error["pointer"] = graph_pointer(error["pointer"])
        raise InvalidValues(count=len(errors), errors=errors)
    return clean


def _checked(given: Any, path: tuple[str | int, ...], problems: list[dict[str, Any]]) -> Any:
    clean = {
        field.name: _clean_value(type(given), field.name, getattr(given, field.name), path, problems)
        for field in dataclasses.fields(given)
    }
    return given if problems else dataclasses.replace(given, **clean)


def _clean_value(
    kind: type, name: str, value: Any, path: tuple[str | int, ...], problems: list[dict[str, Any]]
) -> Any:
    at = (*path, name)
    if value is None or value == []:
        return value  # GraphQL itself has refused what may not be null
    if dataclasses.is_dataclass(value):
        return _checked(value, at, problems)
    if isinstance(value, list) and dataclasses.is_dataclass(value[0]):
        return [_checked(item, (*at, rank), problems) for rank, item in enumerate(value)]
    try:
        return _adapter(kind, name).validate_python(value)
    except ValidationError as error:
        problems.extend({**found, "loc": ("body", *at, *found["loc"])} for found in error.errors())
        return value


@cache
def _adapter(kind: Hashable, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(kind, include_extras=True)[name])
