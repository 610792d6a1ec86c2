"""Lists by cursor as the Relay specification has them; the total is counted only when asked."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.runtime.graphql.fields import resolved
from services.runtime.pagination import DEFAULT_LIMIT, LARGEST_LIMIT, cut_page

T = TypeVar("T")
R = TypeVar("R")

FIRST_OUT_OF_RANGE = Text(
    "« first » va de 1 à {largest}.",
    "`first` goes from 1 to {largest}.",
)


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows: ask with `after: endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for after a cursor.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first edge; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@strawberry.type(description="One item of a list, and where it stands.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Opaque: give it as `after` to read on from here.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The page's items, in the list's order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @resolved("The items alone, for whoever needs no cursor of each.")
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]

    @resolved("How many the list holds in all; counted only when asked.")
    async def total_count(self) -> int:
        return await self.count()


def checked_first(first: int | None) -> int:
    if first is None:
        return DEFAULT_LIMIT
    if not 1 <= first <= LARGEST_LIMIT:
        raise InvalidInput("first", FIRST_OUT_OF_RANGE, largest=LARGEST_LIMIT)
    return first


def make_connection(
    rows: Sequence[R],
    *,
    first: int,
    after: str | None,
    cursor_of: Callable[[R], str],
    node_of: Callable[[R], T],
    count: Callable[[], Awaitable[int]],
) -> Connection[T]:
    """`rows` holds up to one more than `first`."""
    page, next_cursor = cut_page(rows, first, cursor_of)
    edges = [Edge(node=node_of(row), cursor=cursor_of(row)) for row in page]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=next_cursor is not None,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        count=count,
    )
