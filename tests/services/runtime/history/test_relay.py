"""The feed: no event skipped, none repeated, each dossier's in order, whoever publishes and whoever dies."""

import asyncio
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import new_id
from services.runtime.database.transactions import Database
from services.runtime.history import relay as relay_module
from services.runtime.history.facts import tell
from services.runtime.history.relay import PublishedEvent, relay
from services.runtime.history.writing import Author, write_facts, write_told
from tests.api import Api
from tests.services.runtime.telling import OPERATOR, fact, happen, outbox

DOSSIERS = 5
PAUSE_SECONDS = 0.05


@pytest.fixture
async def database(probe: Api) -> Database:
    """With nothing left to publish by an earlier test."""
    await relay(probe.database)
    return probe.database


def by_position(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.position)


def assert_each_dossier_is_in_order(rows: Sequence[Any]) -> None:
    for dossier_id in {row.dossier_id for row in rows}:
        versions = [row.version for row in by_position(rows) if row.dossier_id == dossier_id]
        assert versions == list(range(1, len(versions) + 1))


async def test_facts_of_one_transaction_are_numbered_as_they_were_told(database: Database) -> None:
    first, second = new_id(), new_id()
    await happen(database, second, first, second)
    await happen(database, first, second)

    rows = await outbox(database, [first, second])

    assert [(row.dossier_id, row.version) for row in rows] == [
        (second, 1),
        (first, 1),
        (second, 2),
        (first, 2),
        (second, 3),
    ]


async def test_facts_written_on_the_way_are_numbered_with_those_of_the_end(database: Database) -> None:
    first, second = new_id(), new_id()
    async with database.transaction(OPERATOR) as session:
        tell(session, fact(first), fact(second))
        await write_told(session)
        await write_told(session)  # nothing is left to write
        tell(session, fact(first))

    rows = await outbox(database, [first, second])

    assert [(row.dossier_id, row.version) for row in rows] == [(first, 1), (second, 1), (first, 2)]


async def test_positions_are_consecutive_and_follow_the_numbers(database: Database) -> None:
    dossiers = [new_id() for _ in range(DOSSIERS)]
    for _ in range(3):
        await happen(database, *dossiers)

    assert await relay(database) == 3 * DOSSIERS

    rows = await outbox(database, dossiers)
    assert all(later.position - earlier.position == 1 for earlier, later in pairwise(rows))
    assert_each_dossier_is_in_order(rows)
    assert await relay(database) == 0


async def test_an_event_that_commits_late_is_not_skipped(database: Database) -> None:
    early, late = new_id(), new_id()
    async with database.of_all_tenants() as slow:
        await write_facts(slow, "probe", Author.system("tests"), [fact(early)])
        await happen(database, late)
        assert await relay(database) == 1
    assert await relay(database) == 1

    first, second = await outbox(database, [early, late])
    assert (first.dossier_id, second.dossier_id) == (early, late)
    assert first.position == second.position + 1


async def test_a_transaction_that_fails_leaves_no_event(database: Database) -> None:
    dossier = new_id()

    async def fail() -> None:
        async with database.of_all_tenants() as session:
            await write_facts(session, "probe", Author.system("tests"), [fact(dossier)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await happen(database, dossier)

    assert [row.version for row in await outbox(database, [dossier])] == [1]


async def test_several_relays_at_once_publish_each_event_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "EVENTS_AT_ONCE", 3)
    dossiers, rounds = [new_id() for _ in range(DOSSIERS)], 12
    published: list[PublishedEvent] = []
    stop = asyncio.Event()

    async def keep(_session: AsyncSession, events: Sequence[PublishedEvent]) -> None:
        published.extend(events)

    async def publish() -> None:
        while not stop.is_set():
            await relay(database, keep)
            await asyncio.sleep(0)

    async def write(mine: Sequence[UUID]) -> None:
        for _ in range(rounds):
            await happen(database, *mine)

    relays = [asyncio.create_task(publish()) for _ in range(3)]
    await asyncio.gather(*(write(dossiers[first:]) for first in range(DOSSIERS)))
    stop.set()
    await asyncio.gather(*relays)
    await relay(database, keep)

    rows = await outbox(database, dossiers)
    assert len(rows) == rounds * sum(range(DOSSIERS + 1))
    assert sorted(event.event_id for event in published) == sorted(row.event_id for row in rows)
    positions = [row.position for row in by_position(rows)]
    assert positions == list(range(positions[0], positions[0] + len(rows)))
    assert_each_dossier_is_in_order(rows)


async def test_what_cannot_be_made_of_events_leaves_them_unpublished(database: Database) -> None:
    async def fail(_session: AsyncSession, _events: Sequence[PublishedEvent]) -> None:
        raise ZeroDivisionError

    dossier = new_id()
    await happen(database, dossier)
    with pytest.raises(ZeroDivisionError):
        await relay(database, fail)

    assert [row.position for row in await outbox(database, [dossier])] == [None]
    assert await relay(database) == 1


async def test_a_relay_killed_half_way_leaves_everything_to_the_next(
    database: Database, probe_database_url: str
) -> None:
    dossiers = [new_id() for _ in range(DOSSIERS)]
    await happen(database, *dossiers)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.runtime.telling", probe_database_url),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while await process.stdout.readline() != b"held\n":
            assert process.returncode is None
    assert await relay(database) == 0, "another holds the feed: nobody waits for it"
    process.kill()
    await process.wait()

    published = 0
    async with asyncio.timeout(60):
        while not (published := await relay(database)):  # noqa: ASYNC110 - the server notices who is gone
            await asyncio.sleep(PAUSE_SECONDS)
    assert published == DOSSIERS
    assert_each_dossier_is_in_order(await outbox(database, dossiers))
