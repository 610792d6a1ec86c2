"""Kept figures brought up to the movements, beside the requests: by the worker, an import or a terminal."""

from collections.abc import Callable

from services.loans.persistence import figures
from services.runtime.database.transactions import Database
from services.runtime.worker import Duty

LOANS_AT_ONCE = 300
"""A movement on one of them waits until they are summed, about a second. The more there are, the fewer rows
are written for each: loans of the same months fall due on the same days.
"""

Progress = Callable[[int, int], None]
"""Told how many loans are summed, of how many."""


def _unwatched(_done: int, _of: int) -> None:
    pass


async def sum_figures(
    database: Database,
    *,
    progress: Progress = _unwatched,
    client: str = "worker",
) -> int:
    """The marked loans, in small transactions; how many were summed. Several at once share them out."""
    async with database.of_all_tenants(read_only=True, client=client) as session:
        marked = await figures.count_marked(session)
    done = 0
    while True:
        async with database.of_all_tenants(client=client) as session:
            summed = await figures.sum_marked(session, LOANS_AT_ONCE)
        if summed == 0:
            return done
        done += summed
        progress(done, max(done, marked))


async def rebuild_figures(database: Database, *, progress: Progress = _unwatched, client: str) -> int:
    """All from the facts. Whoever reads meanwhile is told the right figures, loan by loan and so slowly."""
    async with database.of_all_tenants(client=client) as session:
        await figures.forget_all(session)
    return await sum_figures(database, progress=progress, client=client)


def summing(database: Database, pause_seconds: float) -> Duty:
    return Duty("sum-figures", database.schema, pause_seconds, lambda: sum_figures(database))
