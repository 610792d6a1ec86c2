"""Writes one Python function for each object of a document; it shows its fields in the order of the answer.

Names of a document stand in what is written as texts only; everything else is named by a number.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, NoReturn, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.type import is_abstract_type

from services.runtime.graphql.compiled.asked_columns import AskedColumns
from services.runtime.graphql.compiled.columns import Form
from services.runtime.graphql.compiled.fields import Attribute, Resolver, class_of, how_read
from services.runtime.graphql.compiled.leaves import TYPES_OF_TESTS, leaf_of
from services.runtime.graphql.compiled.uncovered import UncoveredError
from services.runtime.graphql.schema import SubgraphSchema

MOST_FIELDS = 1_000
"""Of a document; what is wider is not worth the time that its function takes to be written."""

ENTITIES = "_entities"

Root = Callable[[None, Any], dict[str, Any]]
Asked = tuple[GraphQLField, FieldNode]


class Writer:
    """Of one operation with its conditions decided. `asked` are the fields that take arguments, by number."""

    def __init__(
        self,
        schema: SubgraphSchema,
        fragments: dict[str, FragmentDetails],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        left: Collection[type[Form]] = (),
    ) -> None:
        self._schema, self._fragments = schema.graphql_schema, fragments
        self._entities = schema.entities_by_columns
        self._operation, self._variables = operation, variables
        self._lines: list[str] = []
        self._names: dict[str, Any] = {**TYPES_OF_TESTS, "refuse": _refuse}
        self._known: dict[int, str] = {}
        self._fields = 0
        self._asked_columns = AskedColumns(schema.by_columns, self._collected, left)
        self._forms: dict[type, type[Form]] = {}
        """What stands for the objects of a class, below a field that is read by columns."""
        self._is_of_row = False
        self.asked: list[Asked] = []

    @property
    def to_leave(self) -> set[type[Form]]:
        """Once written: the forms without which it has to be written again; usually none."""
        return self._asked_columns.left if self._asked_columns.is_mixed else set()

    def write(self) -> Root:
        root = self._schema.query_type
        if root is None:
            raise UncoveredError
        collected = collect_fields(
            self._schema, self._fragments, self._variables, root, self._operation
        ).grouped_field_set
        name = self._object(root, collected, is_root=True)
        for form, rows in self._asked_columns.rows():
            self._names[self._rows_named(form)] = rows
            self._names[f"{self._rows_named(form)}_kind"] = rows.kind
        exec("\n".join(self._lines), self._names)  # noqa: S102 - it holds no text of a document but as texts
        written: Root = self._names[name]
        return written

    def _object(self, kind: GraphQLObjectType, grouped: GroupedFieldSet, *, is_root: bool = False) -> str:
        forms, form = self._forms, None if is_root else self._forms.get(class_of(kind))
        guard = [] if is_root else [f" if s.__class__ is not {self._class_named(kind)}: refuse(s)"]
        shown, later = [], []
        for key, details in grouped.items():
            self._fields += 1
            if self._fields > MOST_FIELDS:
                raise UncoveredError
            # What a row leads to is an object again.
            self._forms, self._is_of_row = ({}, True) if form else (forms, False)
            value, is_later = self._field(kind, details)
            shown.append(f"{key!r}: {'None' if is_later else value}")
            if is_later:
                later.append(f" r.later.append(({value[0]}, d, {key!r}, {value[1]}))")
        self._forms = forms
        name = f"o{len(self._names)}"
        self._names[name] = None
        end = (
            [f" d = {{{', '.join(shown)}}}", *later, " return d"]
            if later
            else [f" return {{{', '.join(shown)}}}"]
        )
        self._lines += [f"def {name}(s, r):", *guard, *end]
        return name

    def _field(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> tuple[Any, bool]:
        """What shows it of `s`; for a resolver that waits, what begins it and what completes its answer."""
        node = details[0].node
        if any(each.defer_usage or each.fragment_variable_values for each in details):
            raise UncoveredError
        if node.name.value == "__typename":
            return repr(parent.name), False
        field = parent.fields.get(node.name.value)
        if field is None:
            raise UncoveredError  # of the schema itself
        how = how_read(field)
        if isinstance(how, Attribute):
            return self._complete(field.type, details, f"s.{how.name}"), False
        call = self._call(self._by_columns(how, parent, field, details), field, node)
        if not how.is_async:
            return self._complete(field.type, details, call), False
        name = f"c{len(self._names)}"
        self._names[name] = None
        self._lines += [f"def {name}(a, r):", f" return {self._complete(field.type, details, 'a')}"]
        return (call, name), True

    def _by_columns(
        self, how: Resolver, parent: GraphQLObjectType, field: GraphQLField, details: list[FieldDetails]
    ) -> Resolver:
        """The one that reads rows, where there is one that tells all that is asked."""
        if details[0].node.name.value == ENTITIES:
            possible: Any = self._schema.get_possible_types(cast("Any", get_named_type(field.type)))
            forms = list(self._asked_columns.forms_of_entities(possible, details))
            self._forms = {form.shows: form for form in forms}
            rows = ", ".join(f"{self._name_of('k', form.shows)}: {self._rows_named(form)}" for form in forms)
            return replace(how, function=self._entities, rows=f"{{{rows}}}") if forms else how
        reader = self._asked_columns.reader(parent, field, details)
        if reader is None:
            return how
        self._forms = {reader.form.shows: reader.form}
        return replace(how, function=reader.read, rows=self._rows_named(reader.form))

    def _rows_named(self, form: type[Form]) -> str:
        """They are known once the whole document has been written."""
        return self._name_of("rows_of_", form)

    def _class_named(self, kind: GraphQLObjectType) -> str:
        """That of its objects here."""
        form = self._forms.get(class_of(kind))
        return f"{self._rows_named(form)}_kind" if form else self._name_of("k", class_of(kind))

    def _call(self, how: Resolver, field: GraphQLField, node: FieldNode) -> str:
        given = ["s"] if how.takes_source else []
        if how.info_name is not None:
            given.append(f"{how.info_name}=r.info")
        if how.rows is not None:
            given.append(f"rows={how.rows}")
        if field.args or node.arguments:
            given.append(f"**r.arguments[{len(self.asked)}]")
            self.asked.append((field, node))
        return f"{self._name_of('f', how.function)}({', '.join(given)})"

    def _complete(self, kind: GraphQLOutputType, details: list[FieldDetails], value: str) -> str:
        """An expression for `value` completed; one that is no name already is given the name `v` in it."""
        is_nullable = not isinstance(kind, GraphQLNonNull)
        inner: Any = kind if is_nullable else kind.of_type  # type: ignore[union-attr]
        if is_leaf_type(inner):
            return self._leaf(inner, value, is_nullable=is_nullable)
        shown = self._list(inner, details) if isinstance(inner, GraphQLList) else self._below(inner, details)
        # A null where none may stand is refused by what is written for the object or the list itself.
        if is_nullable:
            first, then = _named(value)
            return f"(None if {first} is None else {shown}({then}, r))"
        return f"{shown}({value}, r)"

    def _leaf(self, kind: Any, value: str, *, is_nullable: bool) -> str:
        leaf = leaf_of(kind)
        shows = self._name_of("l", leaf.shows)
        first, then = _named(value)
        if leaf.names is not None:
            looked_at = then if is_nullable else first
            named = f"{self._name_of('n', leaf.names)}.get(id({looked_at})) or {shows}({then})"
            if self._is_of_row:
                named = f"{self._name_of('n', leaf.kept)}.get({looked_at}) or {shows}({then})"
            return f"(None if {first} is None else {named})" if is_nullable else f"({named})"
        if leaf.test is None:
            return f"(None if {first} is None else {shows}({then}))" if is_nullable else f"{shows}({value})"
        test = re.sub(r"\bv\b", then, leaf.test).replace(then, first, 1)
        return f"({then} if {test}{f' or {then} is None' if is_nullable else ''} else {shows}({then}))"

    def _list(self, kind: GraphQLList[Any], details: list[FieldDetails]) -> str:
        name = f"m{len(self._names)}"
        self._names[name] = None
        item = self._complete(kind.of_type, details, "i")
        self._lines += [
            f"def {name}(s, r):",
            " if s.__class__ is not list and s.__class__ is not tuple: refuse(None)",
            f" return [{item} for i in s]",
        ]
        return name

    def _below(self, kind: Any, details: list[FieldDetails]) -> str:
        if is_abstract_type(kind):
            return self._any_of(kind, details)
        return self._object(kind, self._collected(kind, details))

    def _any_of(self, kind: Any, details: list[FieldDetails]) -> str:
        """By the class of the value; one that is nobody's is not covered."""
        shows: dict[str, str] = {}
        for possible in self._schema.get_possible_types(kind):
            origin = self._class_named(possible)
            if origin in shows:
                raise UncoveredError
            shows[origin] = self._object(possible, self._collected(possible, details))
        name = f"u{len(self._names)}"
        self._names[name] = None
        table = ", ".join(f"{origin}: {shown}" for origin, shown in shows.items())
        self._lines += [
            f"t{name} = {{{table}}}",
            f"def {name}(s, r):",
            f" return t{name}.get(s.__class__, refuse)(s, r)",
        ]
        return name

    def _collected(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> GroupedFieldSet:
        return collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, kind, details
        ).grouped_field_set

    def _name_of(self, letter: str, thing: Any) -> str:
        name = self._known.get(id(thing))
        if name is None:
            name = self._known[id(thing)] = f"{letter}{len(self._names)}"
            self._names[name] = thing  # which also keeps its identity its own
        return name


def _named(value: str) -> tuple[str, str]:
    """How an expression is written where it is looked at first, and after."""
    return (value, value) if value.isidentifier() else (f"(v := {value})", "v")


def _refuse(*_: Any) -> NoReturn:
    """A null, an error, an object of another class: what they come to is the ordinary executor's to say."""
    raise UncoveredError
