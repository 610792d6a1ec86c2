"""Lists by cursor: a page never counts what it does not show, and holds while rows are inserted."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.runtime.fields import NO_LINE

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 100
LONGEST_CURSOR = 500

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="The page, in the list's order")
    next: str | None = Field(description="Cursor for `after` of the next page; null on the last")
    total: int | None = Field(default=None, description="How many in all; only with `count=true`")


@dataclass(frozen=True, slots=True)
class PageQuery:
    limit: int
    after: str | None
    count: bool


async def page_query(
    limit: Annotated[
        int, Query(ge=1, le=LARGEST_LIMIT, description="How many items at most")
    ] = DEFAULT_LIMIT,
    after: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, description="`next` of the page before")
    ] = None,
    count: Annotated[bool, Query(description="Whether to count them all as `total`")] = False,
) -> PageQuery:
    return PageQuery(limit=limit, after=after, count=count)


def encode_cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The values given to `encode_cursor`, each through its type; anything else is `InvalidInput`."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return tuple(_storable(kind(value)) for kind, value in zip(types, values, strict=True))
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
        raise InvalidInput(
            "?after",
            Text(
                "Curseur inconnu : donnez « next » d'une page précédente tel quel.",
                "Unknown cursor: give the `next` of a page before as it is.",
            ),
        ) from error


def _storable(value: Any) -> Any:
    """A cursor is anybody's text: what the database could not compare with is refused here."""
    match value:
        case int() if not -(2**63) <= value < 2**63:
            raise ValueError("beyond 64 bits")
        case str() if NO_LINE.search(value):
            raise ValueError("not a text that a row could hold")
        case datetime() if value.tzinfo is None:
            raise ValueError("an instant without its offset")
        case _:
            return value


def cut_page(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> tuple[list[T], str | None]:
    """`rows` holds up to one more than `limit`: whether there is a next page costs no second query."""
    page = list(rows[:limit])
    return page, cursor_of(page[-1]) if len(rows) > limit else None
