"""`GET /v1/events`: what happened to the dossiers that a caller sees, in an order that never changes.

The same feed streams over GraphQL: see `following`.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.language import Word
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer
from services.runtime.history.facts import dossier_path
from services.runtime.history.places import START, Followers, place_at
from services.runtime.pagination import DEFAULT_LIMIT, LARGEST_LIMIT, LONGEST_CURSOR

EVENT_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e90"
DOSSIER_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e91"
MOST_TYPES = 50


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


def make_router(types: type[Word], followers: Followers) -> APIRouter:
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
        reader = followers.reader(call.database.table("outbox"), call.caller)
        place = START if after is None else place_at(after)

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
