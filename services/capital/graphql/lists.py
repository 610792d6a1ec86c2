"""Connections of top-ups, and their cursors."""

from typing import TypeAlias
from uuid import UUID

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.words import TopUpType
from services.runtime.graphql.connections import Connection, checked_first
from services.runtime.pagination import decode_cursor, encode_cursor

TopUps: TypeAlias = Connection[TopUpType]


def cursor_of(top_up: TopUpOfDomain) -> str:
    return encode_cursor(str(top_up.id))


def first_and_after(first: int | None, after: str | None) -> tuple[int, UUID | None]:
    return checked_first(first), decode_cursor(after, UUID)[0] if after is not None else None
