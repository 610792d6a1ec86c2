"""Where a reader of the feed is, what it may follow, and what comes next for it.

A cursor names the last event that its reader took: its position, and its id. Positions are kept in tables, so
that a copy of the database goes on where it was. Where the database was put back to an earlier moment, the
event is no longer at its position: the reader is told so, and from where both histories are the same.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role, Scope
from services.kernel.language import Text
from services.kernel.refusals import Refusal
from services.runtime.pagination import decode_cursor, encode_cursor

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: after this event; before all of them at position 0."""

    position: int
    event_id: UUID

    @property
    def cursor(self) -> str:
        return encode_cursor(self.position, str(self.event_id))


START = Place(0, UUID(int=0))


def place_at(cursor: str) -> Place:
    return Place(*decode_cursor(cursor, int, UUID))


@dataclass(frozen=True, slots=True)
class Reader:
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

    async def last_place(self, session: AsyncSession, *conditions: ColumnElement[bool]) -> Place | None:
        query = (
            select(self.outbox.c.position, self.outbox.c.event_id)
            .where(*self.conditions(), *conditions)
            .order_by(self.outbox.c.position.desc())
            .limit(1)
        )
        found = (await session.execute(query)).first()
        return None if found is None else Place(found.position, found.event_id)

    async def check(self, session: AsyncSession, place: Place) -> None:
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
        self, session: AsyncSession, after: Place, types: Sequence[str], limit: int
    ) -> tuple[list[Any], Place]:
        """And the place to go on from: past what the caller did not ask for, where the page is not full."""
        outbox = self.outbox.c
        conditions = [*self.conditions(), outbox.position > after.position]
        wanted = [_among(outbox.type, types)] if types else []
        query = select(self.outbox).where(*conditions, *wanted).order_by(outbox.position).limit(limit)
        rows = list((await session.execute(query)).all())
        if types and len(rows) < limit:
            last = await self.last_place(session, outbox.position > after.position)
            return rows, last or after
        return rows, Place(rows[-1].position, rows[-1].event_id) if rows else after


@dataclass(frozen=True, slots=True)
class Followers:
    """Who may follow a service's feed, and which roles read a dossier of each kind: others' events would
    tell them of what they may not read.
    """

    kinds: Mapping[str, Collection[Role]]
    require: Callable[[Caller], None]

    def reader(self, outbox: Table, caller: Caller) -> Reader:
        self.require(caller)
        return Reader(
            outbox, caller.scope, [kind for kind, roles in self.kinds.items() if caller.role in roles]
        )


def _among(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    return column == any_(bindparam(None, sorted(values), type_=ARRAY(column.type)))


def _milliseconds(event_id: UUID) -> int:
    """When a UUIDv7 was made."""
    return event_id.int >> 80
