"""What is done beside the requests for loans alone: the daily close, by the worker or from a terminal."""

from collections.abc import Callable, Collection
from datetime import date, timedelta

from services.kernel.calendar import today_in_paris
from services.loans.domain.daily_close import DailyClose
from services.loans.usecases.close_day import close_some, next_close
from services.runtime.database.transactions import Database
from services.runtime.worker import Duty

CLOSING_SECONDS = 900  # a day is closed some minutes after its midnight, or after the worker is back

Progress = Callable[[DailyClose], None]


async def close_days(
    database: Database,
    *,
    until: date,
    today: date,
    client: str,
    regions: Collection[str] = (),
    progress: Progress = lambda _close: None,
) -> list[DailyClose]:
    """Every day not closed yet, in order, of all regions or of those named; what this process saw closed."""
    closed: list[DailyClose] = []
    while True:
        async with database.of_all_tenants(client=client) as session:
            close = await next_close(session, until=until, today=today, regions=regions)
        if close is None:
            return closed
        while close.closed_at is None:
            async with database.of_all_tenants(client=client) as session:
                close = await close_some(session, close)
            progress(close)
        closed.append(close)


def duties(database: Database) -> list[Duty]:
    return [Duty("close-days", database.schema, CLOSING_SECONDS, lambda: _close_yesterday(database))]


async def _close_yesterday(database: Database) -> int:
    """A day is closed when it is over: what was paid on it has had the day to be recorded."""
    today = today_in_paris()
    closed = await close_days(database, until=today - timedelta(days=1), today=today, client="worker")
    return len(closed)
