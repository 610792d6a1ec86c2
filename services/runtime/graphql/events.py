"""What both subgraphs tell of an event: the same as `GET /v1/events`, and nothing that it does not."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID

import strawberry

from services.runtime.graphql.context import Context
from services.runtime.history.following import follow
from services.runtime.history.places import START, Followers

CURSOR = "Give it as `after` to go on from here: in a stream, or at `GET /v1/events` of the service."
FOLLOWS = (
    "What happens to the dossiers that the caller sees, in the feed's order, as server-sent events. "
    "`after`: the cursor of the last event taken; without it, from now on. `types`: only these."
)
END = (
    "Where the feed of events stands for the caller: give it as `after` to follow what comes. "
    "`fromStart`: where it begins instead."
)


@strawberry.federation.type(shareable=True, description="The dossier to which an event happened.")
class EventDossier:
    kind: str = strawberry.field(description="What it is: `loan`, `top_up`... as REST names it.")
    id: UUID = strawberry.field(description="Its id.")
    version: int = strawberry.field(description="Grows with each fact of the dossier.")

    @classmethod
    def of(cls, row: Any) -> "EventDossier":
        return cls(kind=row.dossier_kind, id=row.dossier_id, version=row.version)


def followed(
    context: Context, followers: Followers, *, after: str | None, types: Sequence[str] | None
) -> AsyncGenerator[tuple[Any, str]]:
    """Rows of the outbox with their cursors."""
    if context.following is None:
        raise RuntimeError("only a stream follows")
    return follow(context.following, context.database, followers, after=after, types=tuple(types or ()))


async def feed_cursor(context: Context, followers: Followers, *, from_start: bool) -> str:
    reader = followers.reader(context.database.table("outbox"), context.caller)
    if from_start:
        return START.cursor
    return (await context.read(reader.last_place) or START).cursor
