"""The demonstration's loans, small, in a database of their own: told once, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from demonstration.loan_stories import FUNDS
from demonstration.seed_loans import seed
from services.kernel.access import Caller, Role
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.statements import Period, StatementFigure, Statements, add_up
from services.loans.persistence.tables import metadata
from services.loans.usecases.read_funds import list_funds, read_position
from services.loans.usecases.read_statements import LinesWanted, list_statement_lines, read_statements
from services.loans.usecases.verify_ledger import verify_ledger
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Demonstration, Settings
from tests.conftest import make_database
from tests.services.loans.rest.test_statements import check_identities

TODAY = date(2026, 3, 1)
ADMINISTRATOR = Caller(Role.ADMIN, "tests")
COUNTED = (
    "funds", "contributions", "application_drafts", "applications", "committee_sessions", "loans",
    "tranches",
    "schedule_changes", "cae_stays", "repayments", "reversals", "repayment_declarations", "payment_promises",
    "reminders", "postings",
)  # fmt: skip

MakeDatabase = Callable[[], Awaitable[Database]]


@pytest.fixture(scope="module")
async def fresh(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MakeDatabase]:
    """Makes databases with nothing in them."""
    made: list[Database] = []

    async def make() -> Database:
        state = tmp_path_factory.mktemp("state")
        url = await make_database(server_url, f"essor_demo_{uuid4().hex[:12]}", state)
        settings = Settings(state=state, database_url=url)
        made.append(Database(service_url("loans", settings), settings, metadata=metadata))
        return made[-1]

    yield make
    for database in made:
        await database.close()


async def tell(
    database: Database, *, today: date = TODAY, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> None:
    await seed(
        database, Demonstration.SMALL, today=today, entrepreneur_key=b"key of the tests", progress=progress
    )


@dataclass(frozen=True)
class Told:
    """The demonstration, told once for all tests that add nothing to it."""

    database: Database
    progress: list[tuple[int, int]]
    counts: dict[str, int]


@pytest.fixture(scope="module")
async def told(fresh: MakeDatabase) -> Told:
    database, progress = await fresh(), list[tuple[int, int]]()
    await tell(database, progress=lambda done, of: progress.append((done, of)))
    return Told(database, progress, await counts(database))


async def counts(database: Database) -> dict[str, int]:
    async with database.of_all_tenants(read_only=True) as session:
        return {
            table: int((await session.execute(text(f"SELECT count(*) FROM loans.{table}"))).scalar_one())
            for table in COUNTED
        }


async def test_a_few_dozen_dossiers_at_every_stage(told: Told) -> None:
    database, found = told.database, told.counts
    assert told.progress[-1][0] == told.progress[-1][1]
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(told.progress))
    assert (found["funds"], found["applications"], found["application_drafts"]) == (3, 52, 1)
    assert found["reversals"] == 3
    assert 30 < found["loans"] < 80
    async with database.of_all_tenants(read_only=True) as session:
        # A draft has a table of its own until it is submitted.
        statuses = await session.execute(
            text("SELECT status FROM loans.applications UNION SELECT status FROM loans.application_drafts")
        )
        assert {row.status for row in statuses} == {status.value for status in ApplicationStatus}
        assert (await verify_ledger(session, ADMINISTRATOR)).differences == ()
        for fund in await list_funds(session, ADMINISTRATOR, region=None, after=None, limit=10):
            position = await read_position(session, ADMINISTRATOR, fund.id, as_of=TODAY, today=TODAY)
            assert position.whole.available_cents >= 0
            story = next(story for story in FUNDS if story.name == fund.name)
            kinds = {funder.kind for funder, _ in story.shares}
            assert {part.funder.kind.value for part in position.by_funder} == kinds


async def test_the_statements_of_all_funders_add_up_to_the_funds(told: Told) -> None:
    """Year after year, figure by figure, to the cent; and the lists behind a figure add up to it."""
    async with told.database.of_all_tenants(read_only=True) as session:
        for fund in await list_funds(session, ADMINISTRATOR, region=None, after=None, limit=10):
            closing: dict[object, tuple[int, int]] = {}
            for year in range(TODAY.year - 8, TODAY.year + 1):
                period = Period(date(year, 1, 1), min(date(year, 12, 31), TODAY))
                found = await read_statements(session, ADMINISTRATOR, fund.id, period, today=TODAY)
                assert add_up(one.figures for one in found.by_funder) == found.whole
                whole = (None, found.whole)
                for whose, one in (whole, *((each.funder.id, each.figures) for each in found.by_funder)):
                    check_identities(asdict(one))
                    opening = (one.opening_cash_cents, one.opening_outstanding_cents)
                    assert opening == closing.get(whose, opening)
                    closing[whose] = (one.closing_cash_cents, one.closing_outstanding_cents)
            position = await read_position(session, ADMINISTRATOR, fund.id, as_of=TODAY, today=TODAY)
            figures = position.whole
            assert closing[None] == (
                figures.available_cents + figures.committed_cents,
                figures.outstanding_cents,
            )
            assert figures.to_come_cents > 0
            (state,) = position.targets
            assert (state.gap_cents, 100 * state.held_cents) == (0, 20 * state.whole_cents)
            await check_lists(session, found)


async def check_lists(session: AsyncSession, statements: Statements) -> None:
    for one in statements.by_funder:
        for figure in StatementFigure:
            assert one.funder.siren is not None
            wanted = LinesWanted(statements.fund.id, one.funder.siren, statements.period, figure)
            listed = await list_statement_lines(
                session, ADMINISTRATOR, wanted, after=None, limit=10_000, today=TODAY
            )
            total_cents = sum(line.signed_cents for line in listed)
            assert total_cents == getattr(one.figures, f"{figure}_cents"), figure


async def test_told_again_it_adds_nothing_even_another_day(told: Told) -> None:
    await tell(told.database)
    await tell(told.database, today=date(2026, 3, 2))
    await seed(told.database, Demonstration.FULL, today=TODAY, entrepreneur_key=b"key of the tests")
    assert await counts(told.database) == told.counts


async def test_cut_short_it_goes_on(fresh: MakeDatabase, told: Told) -> None:
    class CutError(Exception):
        pass

    def cut(done: int, of: int) -> None:
        if done * 2 > of:
            raise CutError

    halved = await fresh()
    with pytest.raises(ExceptionGroup):
        await tell(halved, progress=cut)
    assert await counts(halved) != told.counts
    await tell(halved)
    assert await counts(halved) == told.counts


async def test_two_runs_at_once_tell_it_once(fresh: MakeDatabase, told: Told) -> None:
    twice = await fresh()
    await asyncio.gather(tell(twice), tell(twice))
    assert await counts(twice) == told.counts


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2024, 2, 29), date(2025, 12, 31)])
async def test_any_day_will_do(fresh: MakeDatabase, today: date) -> None:
    database = await fresh()
    await tell(database, today=today)
    assert (await counts(database))["applications"] == 52


async def test_none_tells_nothing(fresh: MakeDatabase) -> None:
    database = await fresh()
    await seed(database, Demonstration.NONE, today=TODAY, entrepreneur_key=b"key of the tests")
    assert (await counts(database))["funds"] == 0
