"""How a field of the schema gets its value: an attribute of its object, or a resolver that is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
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
    """`info_name` is the parameter that takes what the request knows, if it asks for it.

    `rows` is, as it is written, what one that reads by columns answers with.
    """

    function: Callable[..., Any]
    is_async: bool
    takes_source: bool
    info_name: str | None
    rows: str | None = None


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


def python_name(field: GraphQLField) -> str:
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(declared, StrawberryField):
        raise UncoveredError
    return declared.python_name


def class_of(kind: GraphQLObjectType) -> type:
    """That of its objects. A generic type's are of the class that was written, whatever they hold."""
    declared = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(declared, StrawberryObjectDefinition):
        raise UncoveredError
    generic = declared.concrete_of
    return (generic or declared).origin


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
