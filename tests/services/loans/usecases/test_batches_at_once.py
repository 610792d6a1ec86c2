"""Batches that overlap never wait for each other in a ring, and a killed one has left nothing."""

import asyncio
import json
import os
import signal
import sys
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.runtime.database.roles import service_url
from services.runtime.settings import REPOSITORY
from tests.services.loans.conftest import Json, Lending
from tests.services.loans.rest.test_batches import loans_of_one_cae

WAIT_SECONDS = 60


async def sender(lending: Lending, loans: list[Json], **more: object) -> asyncio.subprocess.Process:
    """A process that has been told what to send."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.services.loans.usecases.batching",
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    asked = {"times": 1, "cents": 1, "remittance": None, **more}
    told = {"url": service_url("loans", lending.api.settings), "loan_ids": [loan["id"] for loan in loans]}
    assert process.stdin is not None
    process.stdin.write(json.dumps({**told, **asked}).encode())
    process.stdin.close()
    return process


async def outcome(process: asyncio.subprocess.Process) -> list[str]:
    assert process.stdout is not None
    async with asyncio.timeout(2 * WAIT_SECONDS):
        printed = await process.stdout.read()
        assert await process.wait() == 0
    return list(json.loads(printed))


@pytest.mark.timeout(300)
async def test_overlapping_batches_in_opposite_orders_all_get_through(lending: Lending) -> None:
    loans = await loans_of_one_cae(lending, 8, amount_cents=1_000_00, months=12)
    times = 5

    processes = [
        await sender(lending, loans, times=times),
        await sender(lending, loans[::-1], times=times),
    ]

    assert [await outcome(process) for process in processes] == [["done"] * times] * 2
    for rank, loan in enumerate(loans):
        repaid_cents = (await lending.read(f"loans/{loan['id']}"))["repaid_cents"]
        assert repaid_cents == 2 * times + (times if rank in {0, len(loans) - 1} else 0)
    assert await lending.differences() == []


@pytest.mark.timeout(300)
async def test_one_remittance_sent_twice_at_once_is_allocated_once(lending: Lending) -> None:
    loans = await loans_of_one_cae(lending, 4)
    reference = f"VIR-{uuid4().hex}"

    processes = [
        await sender(lending, order, cents=100, remittance=reference) for order in (loans, loans[::-1])
    ]

    done = sorted([(await outcome(process))[0] for process in processes])
    assert done == ["done", "remittance-exceeded"]
    (remittance,) = (await lending.read("remittances", reference=reference))["items"]
    assert (remittance["allocated_cents"], remittance["unallocated_cents"]) == (400, 0)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_batch_killed_half_way_has_left_nothing(lending: Lending) -> None:
    """All is written but what is told of the last loan, which is held here until the process is killed."""
    loans = await loans_of_one_cae(lending, 20, amount_cents=1_000_00, months=12)
    reference = f"VIR-{uuid4().hex}"
    async with lending.api.database.of_all_tenants() as session:
        held = max(loan["id"] for loan in loans)
        await session.execute(
            text("SELECT 1 FROM loans.dossier_versions WHERE dossier_id = :id FOR UPDATE"), {"id": held}
        )
        process = await sender(lending, loans, cents=100, remittance=reference)
        await until_it_waits(lending)
        os.kill(process.pid, signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL

    for loan in loans:
        assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 0
    assert (await lending.read("remittances", reference=reference))["items"] == []
    again = await outcome(await sender(lending, loans, cents=100, remittance=reference))
    assert again == ["done"]
    assert await lending.differences() == []


async def until_it_waits(lending: Lending) -> None:
    """All is written but what is told: the statement that tells it waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND query LIKE '%dossier_versions AS kept%' AND datname = current_database()"
    )
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            async with lending.api.database.of_all_tenants(read_only=True) as session:
                if (await session.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.1)
