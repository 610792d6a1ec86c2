"""What the worker does for capital alone."""

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import date
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.usecases.announce_follow_ups import announce_follow_ups
from services.capital.usecases.announce_membership_deadlines import announce_membership_deadlines
from services.capital.usecases.check_counters import compare_counters, record_check
from services.capital.usecases.expire_requests import expire_requests
from services.capital.usecases.promote_requests import promote_requests
from services.kernel.calendar import today_in_paris
from services.runtime.database.transactions import Database
from services.runtime.logs import logger
from services.runtime.worker import Duty

ANNOUNCING_SECONDS = 3_600  # what is near or due is so by the day: the hour it is said in matters to nobody
EXPIRING_SECONDS = 3_600  # requests expire by the day too
PROMOTING_SECONDS = 2  # room that came back is somebody's: until then new requests wait behind
CHECKING_SECONDS = 900  # some minutes after midnight, or after the worker is back


class Work(Protocol):
    """Does a bounded part of what there is to do today; says how much, 0 once nothing is left."""

    def __call__(self, session: AsyncSession, *, today: date) -> Awaitable[int]: ...


def duties(database: Database) -> list[Duty]:
    every_seconds: dict[str, tuple[float, Work]] = {
        "announce-membership-deadlines": (ANNOUNCING_SECONDS, announce_membership_deadlines),
        "announce-follow-ups": (ANNOUNCING_SECONDS, announce_follow_ups),
        "expire-requests": (EXPIRING_SECONDS, expire_requests),
        "promote-requests": (PROMOTING_SECONDS, promote_requests),
    }
    return [
        *(_duty(database, name, seconds, work) for name, (seconds, work) in every_seconds.items()),
        Duty("check-counters", database.schema, CHECKING_SECONDS, lambda: check_tonight(database)),
    ]


def _duty(database: Database, name: str, pause_seconds: float, work: Work) -> Duty:
    return Duty(name, database.schema, pause_seconds, lambda: _all_of(database, work))


async def _all_of(database: Database, work: Work) -> int:
    """In transactions of a bounded size, until nothing is left to do today."""
    done = 0
    while True:
        async with database.of_all_tenants(client="worker") as session:
            found = await work(session, today=today_in_paris())
        done += found
        if not found:
            return done


async def check_tonight(database: Database) -> int:
    """1 where this worker is the one that said it today, whatever it found."""
    today = today_in_paris()
    async with database.of_all_tenants(read_only=True, client="worker") as session:
        check = await compare_counters(session, today=today)
    if check is None:
        return 0
    async with database.of_all_tenants(client="worker") as session:
        is_ours = await record_check(session, check)
    if is_ours:
        for difference in check.differences:
            logger.error("counters-differ", **asdict(difference))
    return int(is_ours)
