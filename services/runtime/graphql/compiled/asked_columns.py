"""Which columns a document asks of each form: the same rows wherever they stand, so that reads are shared."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type
from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet
from graphql.type import is_abstract_type

from services.runtime.database.written_once import Rows
from services.runtime.graphql.compiled.columns import ByColumns, Form, Reader, rows_of
from services.runtime.graphql.compiled.fields import class_of, python_name

Collect = Callable[[GraphQLObjectType, list[FieldDetails]], GroupedFieldSet]


class AskedColumns:
    """`left` are forms that tell too little for the document: where one read would do, two never stand."""

    def __init__(self, by_columns: ByColumns, collect: Collect, left: Collection[type[Form]]) -> None:
        self._by_columns, self._collect = by_columns, collect
        self._columns: dict[type[Form], set[str]] = {}
        self.left = set(left)

    def reader(
        self, parent: GraphQLObjectType, field: GraphQLField, details: list[FieldDetails]
    ) -> Reader | None:
        """What reads a field by columns; None where nothing does, or where something else is asked."""
        reader = self._by_columns.fields.get((parent.name, python_name(field)))
        if reader is None:
            return None
        given = {argument.name.value for argument in details[0].node.arguments or ()}
        if not reader.unless.isdisjoint(given):
            return None
        asked = self._asked(get_named_type(field.type), details, reader.form.shows)
        return reader if self._add(reader, asked) else None

    def forms_of_entities(
        self, possible: Iterable[GraphQLObjectType], details: list[FieldDetails]
    ) -> Iterator[type[Form]]:
        for kind in possible:
            shown = class_of(kind)
            reader = self._by_columns.entities.get(shown)
            if reader is not None and self._add(reader, self._asked(kind, details, shown)):
                yield reader.form

    def rows(self) -> Iterator[tuple[type[Form], Rows]]:
        """Once all has been asked."""
        for form, columns in self._columns.items():
            yield form, rows_of(form, columns)

    def _add(self, reader: Reader, asked: Iterable[str]) -> bool:
        columns = None if reader.form in self.left else reader.columns(asked)
        if columns is None:
            self.left.add(reader.form)
        else:
            self._columns.setdefault(reader.form, set()).update(columns)
        return columns is not None

    @property
    def is_mixed(self) -> bool:
        """Whether a form that was taken somewhere told too little elsewhere."""
        return not self.left.isdisjoint(self._columns)

    def _asked(self, kind: Any, details: list[FieldDetails], shown: type) -> Iterator[str]:
        """What is asked of the objects of a class, wherever they stand below; by its Python names."""
        if is_leaf_type(kind) or is_abstract_type(kind):
            return
        is_shown = class_of(kind) is shown
        for below in self._collect(kind, details).values():
            field = kind.fields.get(below[0].node.name.value)
            if field is None:
                continue  # `__typename`
            if is_shown:
                yield python_name(field)
            else:
                yield from self._asked(get_named_type(field.type), below, shown)
