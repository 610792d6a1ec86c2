"""Random valid documents over any schema: aliases, fragments of all kinds, variables, `@skip` and
`@include`.
"""

from __future__ import annotations

import random
from typing import Any

from graphql import GraphQLSchema, parse, validate
from graphql.type import (
    GraphQLField,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_interface_type,
    is_non_null_type,
    is_object_type,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule


class RandomQueries:
    def __init__(self, schema: GraphQLSchema, seed: int, values: dict[str, list[Any]]) -> None:
        self._schema = schema
        self._random = random.Random(seed)  # noqa: S311 - reproducible documents, no secret
        self._values = values
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: list[str] = []

    def query(self) -> tuple[str, dict[str, Any]]:
        """A document and its variables. Documents in which equal names clash are thrown away."""
        while True:
            self._variables, self._fragments = {}, []
            body = self._selections(self._schema.query_type, depth=self._random.randint(2, 5))
            declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
            text = "\n".join([f"query Asked{f'({declared})' if declared else ''} {body}", *self._fragments])
            if not validate(self._schema, parse(text), [OverlappingFieldsCanBeMergedRule], max_errors=1):
                given = {name: value for name, (_, value) in self._variables.items() if value is not ...}
                return text, given

    def _selections(self, type_: Any, depth: int) -> str:
        parts = []
        fields = list(getattr(type_, "fields", {}).items())
        if depth <= 0:
            fields = [
                (name, each) for name, each in fields if not is_composite_type(get_named_type(each.type))
            ]
        for name, each in self._random.sample(fields, min(len(fields), self._random.randint(1, 4))):
            parts.append(self._field(name, each, depth))
        if self._random.random() < 0.3 or not parts:
            parts.append(self._random.choice(["__typename", "kind: __typename"]))
        if depth > -3 and (is_abstract_type(type_) or self._chance(0.2)):
            parts += [self._fragment(type_, depth) for _ in range(self._random.randint(1, 2))]
        self._random.shuffle(parts)
        return "{ " + " ".join(parts) + " }"

    def _field(self, name: str, each: GraphQLField, depth: int) -> str:
        named = get_named_type(each.type)
        alias = (
            f"{self._random.choice(['a', 'b', 'id', 'upc', 'name', 'email'])}: " if self._chance(0.15) else ""
        )
        below = f" {self._selections(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{alias}{name}{self._arguments(each)}{self._directive()}{below}"

    def _arguments(self, each: GraphQLField) -> str:
        told = []
        for name, argument in each.args.items():
            if not is_non_null_type(argument.type) and self._chance(0.5):
                continue
            value = self._random.choice(self._values[str(get_named_type(argument.type))])
            if self._chance(0.4):
                variable = f"v{len(self._variables)}"
                is_omitted = not is_non_null_type(argument.type) and self._chance(0.3)
                self._variables[variable] = (str(argument.type), ... if is_omitted else value)
                told.append(f"{name}: ${variable}")
            else:
                told.append(f"{name}: {_literal(value)}")
        return f"({', '.join(told)})" if told else ""

    def _directive(self) -> str:
        if not self._chance(0.1):
            return ""
        if self._chance(0.5):
            return self._random.choice([" @include(if: true)", " @skip(if: true)", " @include(if: false)"])
        variable = f"v{len(self._variables)}"
        self._variables[variable] = ("Boolean!", self._chance(0.5))
        return f" @{self._random.choice(['skip', 'include'])}(if: ${variable})"

    def _fragment(self, type_: Any, depth: int) -> str:
        conditions = [type_]
        if is_abstract_type(type_):
            conditions += self._schema.get_possible_types(type_)
            conditions += [
                each
                for each in self._schema.type_map.values()
                if is_interface_type(each)
                and set(self._schema.get_possible_types(each)) & set(self._schema.get_possible_types(type_))
            ]
        elif is_object_type(type_):
            conditions += type_.interfaces
        condition = self._random.choice(conditions)
        body = self._selections(condition, depth - 1)
        if self._chance(0.3):
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            self._fragments[int(name[1:])] = f"fragment {name} on {condition.name} {body}"
            return f"...{name}{self._directive()}"
        return f"... on {condition.name}{self._directive()} {body}"

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
