"""`GET /v1/events`: what happened to the dossiers that a caller sees, in an order that never changes.

A cursor names the last event that its reader took: its position, and its id. Positions are kept in tables, so
that a copy of the database goes on where it was. Where the database was put back to an earlier moment, the
event is no longer at its position: the reader is told so, and from where both histories are the same.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Table, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role, Scope
from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer
from services.runtime.history.facts import dossier_path
from services.runtime.pagination import (
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    LONGEST_CURSOR,
    decode_cursor,
    encode_cursor,
)

EVENT_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e90"
DOSSIER_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e91"
MOST_TYPES = 50
CLOCKS_DIFFER_BY = "5 minutes"
"""Machines' clocks agree to less than this; resuming earlier than needed only repeats events."""


class FeedRestored(Refusal):
    http_status = 410
    code = "feed-restored"
    title = Text("Le flux n'est plus le même", "The feed is no longer the same")
    detail = Text(
        "L'événement de ce curseur n'est plus à sa place : la base a été restaurée à un moment antérieur, "
        "ou vos droits ont changé. Reprenez avec after={resume_after} ; ce qui revient porte le même id.",
        "The event of this cursor is no longer in its place: the database was restored to an earlier moment, "
        "or your rights have changed. Go on with after={resume_after}; what comes again has the same id.",
    )


class EventDossierAnswer(Answer):
    kind: str = Field(description="What it is", examples=["loan"])
    id: UUID = Field(description="The dossier's id", examples=[DOSSIER_ID])
    version: int = Field(description="Grows with each fact of the dossier", examples=[7])


class EventAnswer(Answer):
    id: UUID = Field(description="The event's own id: the same wherever it is told", examples=[EVENT_ID])
    type: str = Field(description="What happened", examples=["repayment.recorded"])
    occurred_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])
    link: str = Field(
        description="Where the dossier is read", examples=[f"https://prets.example/v1/loans/{DOSSIER_ID}"]
    )
    dossier: EventDossierAnswer = Field(description="The dossier to which it happened")
    subject_id: UUID | None = Field(
        description="What was recorded, where it is not the dossier itself: a repayment, a contribution",
        examples=[DOSSIER_ID],
    )
    position: int = Field(description="Its place in the feed; others' events have places too", examples=[42])


class FeedAnswer(Answer):
    items: list[EventAnswer] = Field(description="Events, oldest first")
    next: str = Field(description="Cursor for `after`, to go on from; given on an empty page too")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reader is: after this event; before all of them at position 0."""

    position: int
    event_id: UUID

    @property
    def cursor(self) -> str:
        return encode_cursor(self.position, str(self.event_id))


START = _Place(0, UUID(int=0))


@dataclass(frozen=True, slots=True)
class _Reader:
    """The events that a caller may follow, in one table."""

    outbox: Table
    scope: Scope
    kinds: Collection[str]

    def conditions(self) -> list[ColumnElement[bool]]:
        """Written out beside the policies, so that the indexes of tenants serve."""
        outbox = self.outbox.c
        seen: list[ColumnElement[bool]] = [
            outbox.position.is_not(None),
            _among(outbox.dossier_kind, self.kinds),
        ]
        if self.scope.regions is not None:
            seen.append(_among(outbox.region, self.scope.regions))
        if self.scope.cae_siren is not None:
            seen.append(outbox.cae_siren == self.scope.cae_siren)
        return seen

    async def last_place(self, session: AsyncSession, *conditions: ColumnElement[bool]) -> _Place | None:
        query = (
            select(self.outbox.c.position, self.outbox.c.event_id)
            .where(*self.conditions(), *conditions)
            .order_by(self.outbox.c.position.desc())
            .limit(1)
        )
        found = (await session.execute(query)).first()
        return None if found is None else _Place(found.position, found.event_id)

    async def check(self, session: AsyncSession, place: _Place) -> None:
        """Refuses a place that this history does not have, and says where to resume."""
        outbox = self.outbox.c
        if place == START:
            return
        is_there = await session.execute(
            select(outbox.position).where(
                outbox.position == place.position, outbox.event_id == place.event_id
            )
        )
        if is_there.first() is not None:
            return
        # The event was published after its id was made. All that was published before is of both histories.
        known_at = func.to_timestamp(_milliseconds(place.event_id) / 1000) - text(
            f"interval '{CLOCKS_DIFFER_BY}'"
        )
        resume = await self.last_place(session, outbox.published_at <= known_at)
        raise FeedRestored(resume_after=(resume or START).cursor)

    async def page(
        self, session: AsyncSession, after: _Place, types: Sequence[str], limit: int
    ) -> tuple[list[Any], _Place]:
        """And the place to go on from: past what the caller did not ask for, where the page is not full."""
        outbox = self.outbox.c
        conditions = [*self.conditions(), outbox.position > after.position]
        wanted = [_among(outbox.type, types)] if types else []
        query = select(self.outbox).where(*conditions, *wanted).order_by(outbox.position).limit(limit)
        rows = list((await session.execute(query)).all())
        if types and len(rows) < limit:
            last = await self.last_place(session, outbox.position > after.position)
            return rows, last or after
        return rows, _Place(rows[-1].position, rows[-1].event_id) if rows else after


def make_router(
    types: type[Word], kinds: Mapping[str, Collection[Role]], require: Callable[[Caller], None]
) -> APIRouter:
    """`kinds` says which roles read a dossier of each kind: others' links would lead nowhere for them."""
    router = APIRouter(tags=["events"])

    @router.get("/events", summary="Follow what happens to the dossiers, in order")
    async def get_events(
        call: Annotated[Call, Depends(get_call)],
        limit: Annotated[
            int, Query(ge=1, le=LARGEST_LIMIT, description="How many events at most")
        ] = DEFAULT_LIMIT,
        after: Annotated[
            str | None, Query(max_length=LONGEST_CURSOR, description="`next` of the page before")
        ] = None,
        type: Annotated[  # noqa: A002 - the name at the door
            list[types] | None,  # type: ignore[valid-type]
            Query(max_length=MOST_TYPES, description="Only of these types; may be given several times"),
        ] = None,
    ) -> FeedAnswer:
        require(call.caller)
        seen = [kind for kind, roles in kinds.items() if call.caller.role in roles]
        reader = _Reader(call.database.table("outbox"), call.caller.scope, seen)
        place = START if after is None else _Place(*decode_cursor(after, int, UUID))

        async def query(session: AsyncSession) -> FeedAnswer:
            await reader.check(session, place)
            rows, following = await reader.page(session, place, [str(one) for one in type or ()], limit)
            base = call.request.app.state.settings.address_of(call.database.schema)
            return FeedAnswer(items=[_answer(row, base) for row in rows], next=following.cursor)

        return await read(call, query)

    return router


def _answer(row: Any, base: str) -> EventAnswer:
    return EventAnswer(
        id=row.event_id,
        type=row.type,
        occurred_at=row.occurred_at,
        link=base + dossier_path(row.dossier_kind, row.dossier_id),
        dossier=EventDossierAnswer(kind=row.dossier_kind, id=row.dossier_id, version=row.version),
        subject_id=row.subject_id,
        position=row.position,
    )


def _among(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    return column == any_(bindparam(None, sorted(values), type_=ARRAY(column.type)))


def _milliseconds(event_id: UUID) -> int:
    """When a UUIDv7 was made."""
    return event_id.int >> 80
