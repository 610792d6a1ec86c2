"""Top-ups as compiled documents show them: rows of the columns that are asked (see `compiled.columns`).

None of these columns tells of a person what a caller may not read.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.graphql import row_batches
from services.capital.graphql.caes import Cae
from services.capital.graphql.lists import TopUps, top_ups_of_cae, top_ups_page, wanted_top_ups
from services.capital.graphql.top_ups import TopUp
from services.runtime.database.written_once import Rows
from services.runtime.graphql.compiled.columns import ByColumns, Form, Reader
from services.runtime.graphql.context import Context, Info


class TopUpColumns(Form):
    __slots__ = ()
    shows = TopUp
    needs: ClassVar = {
        **{
            name: (name,)
            for name in (
                *("id", "status", "subscribed_cents", "paid_up_cents", "paid_up_on", "requested_on"),
                *("admitted_on", "entitlement_cents", "reserved_cents", "award_cents"),
                *("clawed_back_cents", "proven_months", "decided_on", "contract_kind", "membership_due_on"),
                *("cae_name", "entrepreneur_reference", "created_at", "region"),
            )
        },
        "reference": ("decision_reference",),
        "cae": ("cae_siren",),
        "entrepreneur": ("entrepreneur_id",),
        "scheme": ("scheme_id",),
        "waiting_place": ("id", "status"),
        "payment": ("payment_id",),
        "clawback": ("id",),
        "follow_ups": ("id",),
    }

    @property
    def reference(self: Any) -> str | None:
        reference: str | None = self.decision_reference
        return reference

    @property
    def region_code(self: Any) -> strawberry.ID:
        return strawberry.ID(self.region)


async def entities(context: Context, ids: Sequence[UUID], *, rows: Rows) -> list[Any]:
    return await context.load_many(row_batches.RowsOfTopUps(rows), ids)


async def of_query(
    _query: None,
    info: Info,
    *,
    rows: Rows,
    first: int | None = 25,
    after: str | None = None,
    scheme_id: strawberry.ID | None = None,
    cae: strawberry.ID | None = None,
    status: TopUpStatus | None = None,
) -> TopUps:
    wanted = wanted_top_ups(scheme_id, cae, status)
    return await top_ups_page(info.context, wanted, first=first, after=after, rows=rows)


async def of_cae(
    cae: Cae, info: Info, *, rows: Rows, first: int | None = 25, after: str | None = None
) -> TopUps:
    return await top_ups_of_cae(info.context, cae.siren, first=first, after=after, rows=rows)


BY_COLUMNS = ByColumns(
    fields={
        ("Query", "top_ups"): Reader(TopUpColumns, of_query, always=("id",)),
        ("Cae", "top_ups"): Reader(TopUpColumns, of_cae, always=("id", "cae_siren")),
    },
    entities={TopUp: Reader(TopUpColumns, entities, always=("id",))},
)
