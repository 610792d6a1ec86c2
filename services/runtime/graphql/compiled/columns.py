"""Objects that a compiled document shows from rows: of the columns that it asks, and of nothing else.

A *form* stands for one type of the schema. Its objects are rows; what is not a column is a property made of
columns, and a method of the type takes the row as its `self`. What a form does not tell is read as ever, with
the objects that the use cases give: both ways answer the same, and tests compare them.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, cast

from services.runtime.database.written_once import Rows

KEPT = 512
"""Sets of columns whose rows have a class: documents ask the same few."""


class Form:
    """`needs` are the columns of each field of `shows`, by its Python name: what is not there is not told."""

    __slots__ = ()
    shows: ClassVar[type]
    needs: ClassVar[Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class ByColumns:
    """What a service reads so.

    `fields` take what the field's own resolver takes, and `rows`, which they answer with; they are named by
    their type's name and their Python name. `entities` are as `Entity.resolve_references`, with `rows` too.
    """

    fields: Mapping[tuple[str, str], "Reader"] = field(default_factory=dict)
    entities: Mapping[type, "Reader"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """`always` are the columns that it needs itself, as for the cursors of a list.

    A field with one of the arguments of `unless` is read as ever.
    """

    form: type[Form]
    read: Callable[..., Any]
    always: tuple[str, ...] = ()
    unless: frozenset[str] = frozenset()

    def columns(self, asked: Iterable[str]) -> set[str] | None:
        """None where something is asked that the form does not tell."""
        columns = set(self.always)
        for name in asked:
            needed = self.form.needs.get(name)
            if needed is None:
                return None
            columns.update(needed)
        return columns


NOTHING = ByColumns()


def rows_of(form: type[Form], columns: Iterable[str]) -> Rows:
    """The same for the same columns, so that statements are written once for all documents that ask them."""
    return _rows_of(cast("Any", form), tuple(sorted(columns)))


@lru_cache(maxsize=KEPT)
def _rows_of(form: Any, columns: tuple[str, ...]) -> Rows:
    row = namedtuple("Row", columns)  # type: ignore[misc] # noqa: PYI024 - known when a document is written
    return Rows(type(form.__name__, (form, row), {"__slots__": ()}))
