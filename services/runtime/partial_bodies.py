"""A body of which any part may be absent, made from the whole one: each value is checked as it is there."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Optional, Union, get_args, get_origin

from pydantic import BaseModel, Field, create_model

from services.runtime.fields import Body


def every_field_optional(
    model: type[BaseModel], known: Mapping[type[BaseModel], type[BaseModel]] | None = None
) -> Any:
    """Down to the last field. `known` are parts that have a partial body of their own already."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = _partial(field.annotation, known or {})
        if field.metadata:
            kind = Annotated[kind, *field.metadata]
        fields[name] = (
            Optional[kind],  # noqa: UP045 - `|` does not take what is only known now
            Field(None, description=field.description, examples=field.examples),
        )
    return create_model(f"Draft{model.__name__}", __base__=Body, **fields)


def _partial(kind: Any, known: Mapping[type[BaseModel], type[BaseModel]]) -> Any:
    if get_origin(kind) in {Union, UnionType}:
        return Union[tuple(_partial(one, known) for one in get_args(kind))]  # noqa: UP007 - as above
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return known.get(kind) or every_field_optional(kind, known)
    return kind
