"""Connections of top-ups, and their cursors. `rows` is given by documents that are read by columns."""

from typing import Any, TypeAlias
from uuid import UUID

import strawberry

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql import batches, row_batches
from services.capital.graphql.top_ups import TopUp
from services.capital.graphql.words import TopUpType
from services.capital.usecases.read_top_ups import TopUpFilter
from services.kernel.identifiers import Siren, parse_siren
from services.runtime.database.written_once import Rows
from services.runtime.graphql.connections import Connection, as_read, checked_first, make_connection
from services.runtime.graphql.context import Batch, Context
from services.runtime.graphql.scalars import parse_id, parse_with
from services.runtime.pagination import decode_cursor, encode_cursor

TopUps: TypeAlias = Connection[TopUpType]


def cursor_of(top_up: TopUpOfDomain) -> str:
    return encode_cursor(str(top_up.id))


def first_and_after(first: int | None, after: str | None) -> tuple[int, UUID | None]:
    return checked_first(first), decode_cursor(after, UUID)[0] if after is not None else None


def wanted_top_ups(
    scheme_id: strawberry.ID | None = None,
    cae: strawberry.ID | None = None,
    status: TopUpStatus | None = None,
) -> TopUpFilter:
    return TopUpFilter(
        scheme_id=parse_id(scheme_id, "schemeId") if scheme_id is not None else None,
        cae_siren=parse_with(parse_siren, cae, "cae") if cae is not None else None,
        status=status,
    )


async def top_ups_page(
    context: Context,
    wanted: TopUpFilter,
    *,
    first: int | None,
    after: str | None,
    rows: Rows | None = None,
) -> TopUps:
    most, start = first_and_after(first, after)
    batch: Batch[TopUpFilter, list[Any]] = (
        batches.PagesOfTopUps(most, start) if rows is None else row_batches.PagesOfRows(most, start, rows)
    )
    found = await context.load(batch, wanted)

    async def count() -> int:
        return await context.load(batches.counts_of_top_ups, wanted) or 0

    return make_connection(
        found or [],
        first=most,
        after=after,
        cursor_of=cursor_of,
        node_of=as_read if rows is not None else TopUp.of,
        count=count,
    )


async def top_ups_of_cae(
    context: Context, siren: Siren, *, first: int | None, after: str | None, rows: Rows | None = None
) -> TopUps:
    most, start = first_and_after(first, after)
    batch: Batch[Siren, list[Any]] = (
        batches.TopUpsOfCaes(most, start) if rows is None else row_batches.RowsOfCaes(most, start, rows)
    )
    found = await context.load(batch, siren)

    async def count() -> int:
        return await context.load(batches.counts_of_caes, siren) or 0

    return make_connection(
        found or [],
        first=most,
        after=after,
        cursor_of=cursor_of,
        node_of=as_read if rows is not None else TopUp.of,
        count=count,
    )
