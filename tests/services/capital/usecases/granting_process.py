"""One of several operating-system processes that grant at the same time; started by `racing.py`.

For each round: reads its calls, opens its connections, says `ready`, waits for a line, makes all its calls at
once and prints their outcomes as JSON: the award, or the code of the refusal with its room.
"""

import asyncio
import json
import sys
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.capital.persistence.tables import metadata
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.kernel.access import Caller, Role
from services.kernel.refusals import Refusal
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

TODAY = date(2026, 6, 30)
OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"75"}))


async def act(database: Database, call: dict[str, str]) -> dict[str, object]:
    try:
        async with database.transaction(OPERATOR) as session:
            if call["act"] == "cancel":
                order = CancelTopUp(top_up_id=UUID(call["id"]), reason="race")
                await cancel_top_up(session, OPERATOR, order, today=TODAY)
                return {"id": call["id"], "cancelled": True}
            grant = GrantTopUp(
                top_up_id=UUID(call["id"]),
                decided_on=date.fromisoformat(call.get("on", "2026-02-01")),
                reference="race",
            )
            granted = await grant_top_up(session, OPERATOR, grant, today=TODAY)
            return {"id": call["id"], "award_cents": granted.award_cents}
    except Refusal as refusal:
        return {"id": call["id"], "refused": refusal.code, "room_cents": refusal.facts.get("room_cents")}


async def warm(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(0.02)"))


async def all_at_once(
    database: Database, calls: list[dict[str, str]], connections: int
) -> list[dict[str, object]]:
    """As many at a time as there are connections: waiting for one longer than the pool allows is no race."""
    free = asyncio.Semaphore(connections)

    async def when_free(call: dict[str, str]) -> dict[str, object]:
        async with free:
            return await act(database, call)

    return await asyncio.gather(*(when_free(call) for call in calls))


async def main() -> None:
    settings = Settings()
    database = Database(service_url("capital", settings), settings, metadata=metadata)
    while line := await asyncio.to_thread(sys.stdin.readline):
        calls = json.loads(line)
        await asyncio.gather(*(warm(database) for _ in range(min(settings.pool_size, len(calls)))))
        print("ready", flush=True)  # noqa: T201 - how processes talk
        await asyncio.to_thread(sys.stdin.readline)
        outcomes = await all_at_once(database, calls, settings.pool_size)
        print(json.dumps(outcomes), flush=True)  # noqa: T201
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
