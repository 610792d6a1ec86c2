"""Queries made from the schema itself: each type's fields, all of them, on a way from the root.

So a field that somebody adds tomorrow is asked for tomorrow.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_required_argument,
    is_union_type,
)

Json = dict[str, Any]
KEYS = {
    "Cae": ("siren", "cae"),
    "Entrepreneur": ("id", "entrepreneur"),
    "Funder": ("siren", "funder"),
    "Loan": ("id", "loan"),
    "LoanFund": ("id", "fund"),
    "Region": ("code", "region"),
    "TopUp": ("id", "top_up"),
    "TopUpScheme": ("id", "scheme"),
}
"""Of each entity, the field of its key and what of a tenant it names."""
Arguments = Mapping[str, str]
"""What fields with required arguments are given, by `Type.field(argument)`."""


@dataclass(frozen=True, slots=True)
class Way:
    """From the root to a type: the fields to go through, each with the type it stands on."""

    steps: tuple[tuple[GraphQLObjectType, str], ...]

    def __str__(self) -> str:
        return "/".join(name for _, name in self.steps)


def ways(schema: GraphQLSchema) -> dict[str, Way]:
    """The shortest way from Query to each type that a query can reach."""
    assert schema.query_type is not None
    return ways_from(schema.query_type)


def ways_from(root: GraphQLObjectType) -> dict[str, Way]:
    found = {root.name: Way(())}
    waiting = deque([root])
    while waiting:
        here = waiting.popleft()
        for name, field in sorted(here.fields.items()):
            there = get_named_type(field.type)
            if name.startswith("_") or not isinstance(there, GraphQLObjectType) or there.name in found:
                continue
            found[there.name] = Way((*found[here.name].steps, (here, name)))
            waiting.append(there)
    return found


def queries(way: Way, asked: GraphQLObjectType, arguments: Arguments) -> list[str]:
    """Every field of `asked`, where `way` ends; those of the root one by one, since one may fail them all."""
    if not way.steps:
        return [f"query {selection(asked, arguments, (name,))}" for name in asked.fields if name[0] != "_"]
    inner = selection(asked, arguments)
    for owner, name in reversed(way.steps):
        inner = f"{{ {called(owner, name, arguments)} {inner} }}"
    return [f"query {inner}"]


def entity_query(asked: GraphQLObjectType, arguments: Arguments) -> str:
    inner = selection(asked, arguments)
    return f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on {asked.name} {inner} }} }}"


def selection(asked: GraphQLObjectType, arguments: Arguments, names: Sequence[str] = ()) -> str:
    """An object among the fields is asked for its type name only: its own fields have their own query."""
    asked_for = []
    for name in names or [name for name in asked.fields if not name.startswith("_")]:
        inner = "" if is_leaf_type(get_named_type(asked.fields[name].type)) else " { __typename }"
        asked_for.append(called(asked, name, arguments) + inner)
    return "{ " + " ".join(asked_for) + " }"


def called(owner: GraphQLObjectType, name: str, arguments: Arguments) -> str:
    field: GraphQLField = owner.fields[name]
    needed = [argument for argument, about in field.args.items() if is_required_argument(about)]
    if not needed:
        return name
    given = ", ".join(f'{one}: "{arguments[f"{owner.name}.{name}({one})"]}"' for one in needed)
    return f"{name}({given})"


def at(content: Any, way: Way) -> Any:
    """What stands at the end of the way; of a list, its first."""
    for _, name in way.steps:
        content = content.get(name) if isinstance(content, dict) else None
        while isinstance(content, list):
            content = content[0] if content else None
    return content


def fields(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every (type, field) that a query or a subscription can ask for, and every mutation."""
    assert schema.mutation_type is not None
    assert schema.subscription_type is not None
    entities = (name for name in KEYS if name in schema.type_map)
    reached = [*ways(schema), *ways_from(schema.subscription_type), *entities, schema.mutation_type.name]
    for name in dict.fromkeys(reached):
        found = schema.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        yield from ((name, field) for field in found.fields if not field.startswith("_"))


def as_input(body: Any, wanted: Any) -> Any:
    """A REST body as the input of a mutation: camelCase, enums in capitals."""
    kind = get_named_type(wanted)
    if isinstance(body, list):
        return [as_input(one, kind) for one in body]
    if isinstance(body, dict) and is_input_object_type(kind):
        assert isinstance(kind, GraphQLInputObjectType)
        return {name: as_input(value, kind.fields[name].type) for name, value in camelised(body).items()}
    return body.upper() if is_enum_type(kind) else body


def camelised(body: Json) -> Json:
    return {_camel(name): value for name, value in body.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def every_answer(schema: GraphQLSchema, mutation: str) -> str:
    """A call of the mutation that tells which type answered, and the code of a refusal."""
    assert schema.mutation_type is not None
    field = schema.mutation_type.fields[mutation]
    (given,) = field.args.values()
    assert is_union_type(get_named_type(field.type))
    answer = "{ __typename ... on Refusal { code } }"
    return f"mutation ($input: {given.type}) {{ {mutation}(input: $input) {answer} }}"
