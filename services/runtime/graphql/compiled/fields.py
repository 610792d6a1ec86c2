"""How a field of the schema gets its value: an attribute of its object, or a resolver that is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import (
    CLS_PARAMSPEC,
    PARENT_PARAMSPEC,
    ROOT_PARAMSPEC,
    StrawberryResolver,
)

from services.runtime.graphql.compiled.uncovered import UncoveredError


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str


@dataclass(frozen=True, slots=True)
class Resolver:
    """`info_name` is the parameter that takes what the request knows, if it asks for it."""

    function: Callable[..., Any]
    is_async: bool
    takes_source: bool
    info_name: str | None


def how_read(field: GraphQLField) -> Attribute | Resolver:
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(declared, StrawberryField) or declared.extensions or declared.is_subscription:
        raise UncoveredError
    resolver = declared.base_resolver
    if resolver is None:
        if declared.default_resolver is not getattr or not declared.python_name.isidentifier():
            raise UncoveredError
        return Attribute(declared.python_name)
    return _resolver(resolver)


def _resolver(resolver: StrawberryResolver[Any]) -> Resolver:
    function = resolver.wrapped_func
    unusual = (CLS_PARAMSPEC, ROOT_PARAMSPEC, PARENT_PARAMSPEC)
    if not callable(function) or any(resolver.reserved_parameters.get(each) for each in unusual):
        raise UncoveredError
    info = resolver.info_parameter
    return Resolver(
        function=function,
        is_async=bool(resolver.is_async),
        takes_source=resolver.self_parameter is not None,
        info_name=info.name if info is not None else None,
    )
