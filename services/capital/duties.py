"""What the worker does for capital alone."""

from services.capital.usecases.announce_membership_deadlines import announce_membership_deadlines
from services.capital.usecases.expire_requests import expire_requests
from services.kernel.calendar import today_in_paris
from services.runtime.database.transactions import Database
from services.runtime.worker import Duty

ANNOUNCING_SECONDS = 3_600  # a deadline is near by the day: the hour it is said in matters to nobody
EXPIRING_SECONDS = 3_600  # requests expire by the day too


def duties(database: Database) -> list[Duty]:
    return [
        Duty(
            "announce-membership-deadlines",
            database.schema,
            ANNOUNCING_SECONDS,
            lambda: _announce(database),
        ),
        Duty("expire-requests", database.schema, EXPIRING_SECONDS, lambda: _expire(database)),
    ]


async def _announce(database: Database) -> int:
    """In transactions of a bounded size, until nothing is left to announce today."""
    announced = 0
    while True:
        async with database.of_all_tenants(client="worker") as session:
            found = await announce_membership_deadlines(session, today=today_in_paris())
        announced += found
        if not found:
            return announced


async def _expire(database: Database) -> int:
    expired = 0
    while True:
        async with database.of_all_tenants(client="worker") as session:
            found = await expire_requests(session, today=today_in_paris())
        expired += found
        if not found:
            return expired
