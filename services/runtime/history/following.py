"""The feed as a stream: its pages one after the other, then what is new as it is published.

The feed itself is what waits for a slow reader: a stream holds one page and no more.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.kernel.access import Caller
from services.runtime.database.transactions import Database
from services.runtime.history.places import START, Followers, Place, place_at
from services.runtime.history.tail import Tail
from services.runtime.problems import is_passing

PAGE = 25


@dataclass(slots=True)
class Following:
    """One stream: whose, and where it stands."""

    tail: Tail
    authenticate: Callable[[], Awaitable[Caller]]
    """Reads the token again: raises once it is good no more."""
    last_event_id: str | None = None
    """What a client that reconnects says it took last; it comes before `after`, which it repeats."""
    resume_after: str | None = None
    """Cursor of the last event that was passed on; None until the first page is read."""


async def follow(
    following: Following,
    database: Database,
    followers: Followers,
    *,
    after: str | None,
    types: Sequence[str],
) -> AsyncGenerator[tuple[Any, str]]:
    """Rows of the outbox with their cursors, from `after` on; from now on if it is None. Never ends."""
    outbox, tail = database.table("outbox"), following.tail
    given = following.last_event_id or after
    place = None if given is None else place_at(given)
    following.resume_after = given

    async def page(caller: Caller, place: Place | None) -> tuple[Place, list[Any], Place]:
        async with database.transaction(caller, read_only=True) as session:
            reader = followers.reader(outbox, caller)
            start = place or await reader.last_place(session) or START
            await reader.check(session, start)
            return start, *await reader.page(session, start, types, PAGE)

    caller = await following.authenticate()
    followers.require(caller)
    async with tail.watched(caller.scope) as watcher:
        while True:
            caller = await following.authenticate()
            try:
                # What a caller sees of the outbox is decided by its role and scope alone.
                same = (caller.role, caller.scope, tuple(types), place)
                start, rows, end = await tail.shared(same, partial(page, caller, place))
            except Exception as error:
                if not is_passing(error):
                    raise
                await tail.database_is_there()
                continue
            following.resume_after = start.cursor
            for row in rows:
                cursor = Place(row.position, row.event_id).cursor
                yield row, cursor
                following.resume_after = cursor
            place, following.resume_after = end, end.cursor
            if len(rows) < PAGE:
                await watcher.woken()
