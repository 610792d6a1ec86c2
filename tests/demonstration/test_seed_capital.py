"""The demonstration's top-ups in a database of their own: under the cap, told once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from demonstration.scale import FULL, SMALL
from demonstration.seed_capital import CALLER, seed
from demonstration.top_up_stories import CAE_CAP_CENTS, SHARES
from demonstration.world import TOP_UP_REGION
from services.capital.persistence.tables import metadata
from services.capital.usecases.list_membership_deadlines import DeadlineFilter, list_membership_deadlines
from services.capital.usecases.read_schemes import schemes_in_regions
from services.capital.usecases.read_subsidies import export_subsidies
from services.capital.usecases.verify_ledger import verify_ledger
from services.kernel.access import Caller, Role
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Demonstration, Settings
from tests.conftest import make_database

TODAY = date(2026, 3, 1)
AWARDED = """
    SELECT status, count(*) AS number FROM capital.top_ups GROUP BY status
"""
BY_CAE = """
    SELECT max(cents) FROM (SELECT sum(award_cents) AS cents FROM capital.top_ups
                             WHERE status IN ('granted', 'paid') GROUP BY cae_siren) awarded
"""


@pytest.fixture
async def database(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    state = tmp_path_factory.mktemp("state")
    url = await make_database(server_url, f"essor_demo_{uuid4().hex[:12]}", state)
    settings = Settings(state=state, database_url=url)
    database = Database(service_url("capital", settings), settings, metadata=metadata)
    yield database
    await database.close()


async def tell(database: Database, size: Demonstration = Demonstration.SMALL, *, today: date = TODAY) -> None:
    await seed(database, size, today=today, entrepreneur_key=b"key of the tests")


async def by_status(database: Database) -> dict[str, int]:
    async with database.of_all_tenants(read_only=True) as session:
        return {row.status: row.number for row in await session.execute(text(AWARDED))}


async def test_the_whole_of_it_keeps_to_the_cap_and_fills_it(database: Database) -> None:
    await tell(database, Demonstration.FULL)
    found = await by_status(database)
    assert sum(found.values()) == FULL.top_up_requests
    assert set(found) == {"requested", "granted", "refused", "paid"}
    async with database.of_all_tenants(read_only=True) as session:
        assert (await session.execute(text(BY_CAE))).scalar_one() == CAE_CAP_CENTS
        differences = (await verify_ledger(session, Caller(Role.ADMIN, "tests"))).differences
        due = await list_membership_deadlines(
            session, CALLER, DeadlineFilter(within_months=24), after=None, limit=100, today=TODAY
        )
    assert differences == ()
    assert len(due) > 10


async def test_its_awards_can_be_published(database: Database) -> None:
    await tell(database)
    async with database.transaction(CALLER, read_only=True) as session:
        [scheme] = (await schemes_in_regions(session, CALLER, [TOP_UP_REGION]))[TOP_UP_REGION]
        years = range(TODAY.year - 5, TODAY.year + 1)
        published = [
            subsidy
            for year in years
            for subsidy in await export_subsidies(session, CALLER, scheme.id, year, today=TODAY)
        ]
    found = (await by_status(database)).items()
    awarded = sum(number for status, number in found if status in {"granted", "paid"})
    assert len(published) == awarded * len(SHARES) > 0


async def test_told_again_or_twice_at_once_it_is_told_once(database: Database) -> None:
    await asyncio.gather(tell(database), tell(database))
    found = await by_status(database)
    await tell(database, today=date(2026, 3, 2))
    assert await by_status(database) == found
    assert sum(found.values()) == SMALL.top_up_requests


async def test_cut_short_it_leaves_nothing(database: Database) -> None:
    class CutError(Exception):
        pass

    def cut(done: int, of: int) -> None:
        if done * 2 > of:
            raise CutError

    with pytest.raises(CutError):
        await seed(
            database, Demonstration.SMALL, today=TODAY, entrepreneur_key=b"key of the tests", progress=cut
        )
    assert await by_status(database) == {}
    await tell(database)
    assert sum((await by_status(database)).values()) == SMALL.top_up_requests


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2024, 2, 29)])
async def test_any_day_will_do(database: Database, today: date) -> None:
    await tell(database, today=today)
    assert await by_status(database)


async def test_none_tells_nothing(database: Database) -> None:
    await tell(database, Demonstration.NONE)
    assert await by_status(database) == {}
