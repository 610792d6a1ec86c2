"""`GET /v1/audit`: who did what to which dossier, when and from which client, with before and after.

Kept apart from the logs, which say how the service fares and nothing of dossiers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Scope
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, Instant, Reference, ShortText
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

AUDIT_ID = "01932b03-5b40-7d63-9e85-9c314a5f6ea0"
DOSSIER_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e91"
# An id is made just after the instant that its row carries.
ID_AFTER_INSTANT = timedelta(minutes=1)


class AuditDossierAnswer(Answer):
    kind: str = Field(description="What it is", examples=["loan"])
    id: UUID = Field(description="The dossier's id", examples=[DOSSIER_ID])


class AuditAnswer(Answer):
    id: UUID = Field(description="The line's own id", examples=[AUDIT_ID])
    recorded_at: datetime = Field(description="When", examples=["2026-11-22T15:04:05Z"])
    act: str = Field(description="What was done, as the table of rights names it", examples=["disburse_loan"])
    dossier: AuditDossierAnswer = Field(description="To which dossier")
    subject_id: UUID | None = Field(
        description="What was recorded, where it is not the dossier itself", examples=[DOSSIER_ID]
    )
    region: str = Field(description="The dossier's region", examples=["84"])
    cae_siren: str | None = Field(description="Its CAE; null for a fund or a scheme", examples=["775684194"])
    client: str = Field(description="Which software", examples=["logiciel-urscop"])
    role: str = Field(
        description="In which role; `system` for the worker and the command line", examples=["operator"]
    )
    person: str | None = Field(description="Who used it, where its token says so", examples=["a.martin"])
    request_id: str | None = Field(description="As `X-Request-Id` and the logs have it", examples=[AUDIT_ID])
    before: dict[str, Any] = Field(description="What it changed, as it was", examples=[{"status": "signed"}])
    after: dict[str, Any] = Field(description="As it became", examples=[{"status": "disbursed"}])
    personal_fields: list[str] = Field(
        description="Personal fields that it wrote, by their names only", examples=[["given_name"]]
    )
    note: str | None = Field(
        description="The reason given, as long as it is kept", examples=["Liquidation judiciaire"]
    )

    @classmethod
    def of(cls, row: Any) -> "AuditAnswer":
        return cls(
            id=row.id,
            recorded_at=row.recorded_at,
            act=row.act,
            dossier=AuditDossierAnswer(kind=row.dossier_kind, id=row.dossier_id),
            subject_id=row.subject_id,
            region=row.region,
            cae_siren=row.cae_siren,
            client=row.client,
            role=row.role,
            person=row.person,
            request_id=row.request_id,
            before=row.before,
            after=row.after,
            personal_fields=row.personal_fields,
            note=row.note,
        )


@dataclass(frozen=True, slots=True)
class AuditFilter:
    dossier_id: UUID | None
    client: str | None
    person: str | None
    act: str | None
    since: datetime | None
    until: datetime | None

    def conditions(self, trail: Table, scope: Scope) -> list[ColumnElement[bool]]:
        equal = (
            (trail.c.dossier_id, self.dossier_id),
            (trail.c.client, self.client),
            (trail.c.person, self.person),
            (trail.c.act, self.act),
        )
        conditions = [column == value for column, value in equal if value is not None]
        if scope.regions is not None:
            conditions.append(trail.c.region.in_(sorted(scope.regions)))
        # Ids begin with their instant: a period is found by the index, wherever it is in the trail.
        if self.since is not None:
            conditions += [trail.c.recorded_at >= self.since, trail.c.id >= _first_id(self.since)]
        if self.until is not None:
            last_id = _first_id(self.until + ID_AFTER_INSTANT)
            conditions += [trail.c.recorded_at < self.until, trail.c.id < last_id]
        return conditions


async def audit_filter(
    dossier_id: Annotated[UUID | None, Query(description="Of one dossier")] = None,
    client: Annotated[Reference | None, Query(description="By one software")] = None,
    person: Annotated[ShortText | None, Query(description="By one person")] = None,
    act: Annotated[
        Reference | None, Query(description="One kind of act", examples=["write_off_loan"])
    ] = None,
    since: Annotated[Instant | None, Query(description="From this instant")] = None,
    until: Annotated[Instant | None, Query(description="Before this instant")] = None,
) -> AuditFilter:
    return AuditFilter(dossier_id, client, person, act, since, until)


def make_router(require: Callable[[Caller], None]) -> APIRouter:
    router = APIRouter(tags=["audit"])

    @router.get("/audit", summary="Who did what to which dossier, newest first")
    async def get_audit(
        call: Annotated[Call, Depends(get_call)],
        page: Annotated[PageQuery, Depends(page_query)],
        wanted: Annotated[AuditFilter, Depends(audit_filter)],
    ) -> Page[AuditAnswer]:
        require(call.caller)
        trail, notes = call.database.table("audit_trail"), call.database.table("audit_notes")
        conditions = wanted.conditions(trail, call.caller.scope)
        after = decode_cursor(page.after, UUID)[0] if page.after else None

        async def query(session: AsyncSession) -> Page[AuditAnswer]:
            rows = (await session.execute(_select(trail, notes, conditions, after, page.limit))).all()
            items, following = cut_page(rows, page.limit, lambda row: encode_cursor(str(row.id)))
            total = None
            if page.count:
                counting = select(func.count()).select_from(trail).where(*conditions)
                total = (await session.execute(counting)).scalar_one()
            return Page(items=[AuditAnswer.of(row) for row in items], next=following, total=total)

        return await read(call, query)

    return router


def _select(
    trail: Table, notes: Table, conditions: list[ColumnElement[bool]], after: UUID | None, limit: int
) -> Select[Any]:
    query = (
        select(trail, notes.c.note)
        .outerjoin(notes, notes.c.audit_id == trail.c.id)
        .where(*conditions)
        .order_by(trail.c.id.desc())
        .limit(limit + 1)
    )
    return query if after is None else query.where(trail.c.id < after)


def _first_id(instant: datetime) -> UUID:
    """Below every UUIDv7 of this millisecond."""
    return UUID(int=max(int(instant.timestamp() * 1000), 0) << 80)
