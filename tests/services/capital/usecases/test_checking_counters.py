"""Every night, counters are compared with what takes room: once a day, by one worker, and told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from services.capital.domain.nightly_checks import NightlyCheck
from services.capital.duties import check_tonight, duties
from services.capital.usecases.check_counters import compare_counters, record_check
from services.kernel.calendar import today_in_paris
from services.kernel.ledger_proof import Difference
from tests.api import Api
from tests.services.capital.conftest import Capital

DAYS = iter(date(2001, 1, 1) + timedelta(days=number) for number in range(1_000))


async def compared(capital: Capital, day: date) -> NightlyCheck | None:
    async with capital.database.of_all_tenants(read_only=True) as session:
        return await compare_counters(session, today=day)


async def recorded(capital: Capital, check: NightlyCheck) -> bool:
    async with capital.database.of_all_tenants(client="worker") as session:
        return await record_check(session, check)


async def told(capital: Capital, scheme_id: UUID) -> list[tuple[str, Any]]:
    query = text("""SELECT event.type, entry.after FROM capital.audit_trail AS entry
                      JOIN capital.outbox AS event ON event.dossier_id = entry.dossier_id
                     WHERE entry.dossier_id = :id AND entry.act = 'check_counters'
                       AND event.type = 'scheme.counters_differ'""")
    async with capital.database.of_all_tenants(read_only=True) as session:
        return [(row.type, row.after) for row in await session.execute(query, {"id": scheme_id})]


@asynccontextmanager
async def damaged(capital: Capital, scheme_id: UUID) -> AsyncIterator[None]:
    """A cent that nobody was awarded stands in a cap, for the time of the block."""
    change = "UPDATE capital.cae_caps SET used_cents = used_cents + {} WHERE scheme_id = :id"
    for cents in (1, -1):
        async with capital.database.of_all_tenants() as session:
            await session.execute(text(change.format(cents)), {"id": scheme_id})
        if cents == 1:
            yield


async def test_what_is_right_is_compared_and_nothing_is_told(capital: Capital) -> None:
    scheme, cae, day = await capital.scheme(budget_cents=30_000_00), capital.new_cae(), next(DAYS)
    await capital.award(scheme, cae, [2_000_00, 1_000_00])

    check = await compared(capital, day)

    assert check is not None
    assert scheme.id not in check.by_scheme()
    assert check.counters >= 2
    assert check.awards >= 2
    assert await recorded(capital, check)
    assert await told(capital, scheme.id) == []
    assert await compared(capital, day) is None, "a day is checked once"


async def test_a_counter_that_differs_is_told_to_its_region_and_to_the_administrator(
    capital: Capital, capital_api: Api
) -> None:
    scheme, cae, day = await capital.scheme(), capital.new_cae(), next(DAYS)
    await capital.award(scheme, cae, [2_000_00])
    async with damaged(capital, scheme.id):
        check = await compared(capital, day)

    assert check is not None
    subject = f"{scheme.id} {cae} scheme"
    found = [Difference("cap-counter-equals-awards", subject, 2_000_00, 2_000_01)]
    assert check.by_scheme()[scheme.id] == found
    assert await recorded(capital, check)
    assert await told(capital, scheme.id) == [("scheme.counters_differ", {"differences": 1})]
    page = (await capital_api.as_("admin").get("/v1/nightly-checks", params={"limit": 100})).json()
    [shown] = [item for item in page["items"] if item["checked_on"] == day.isoformat()]
    assert {
        "check": "cap-counter-equals-awards",
        "subject": subject,
        "expected_cents": 2_000_00,
        "found_cents": 2_000_01,
    } in shown["differences"]
    for role, who in (
        ("operator", {"regions": ["75"]}),
        ("cae", {"siren": cae}),
        ("partner", {"regions": ["75"]}),
    ):
        assert (await capital_api.as_(role, **who).get("/v1/nightly-checks")).status_code == 403


async def test_of_several_workers_one_tells(capital: Capital) -> None:
    scheme, day = await capital.scheme(), next(DAYS)
    await capital.award(scheme, capital.new_cae(), [2_000_00])
    async with damaged(capital, scheme.id):
        checks = await asyncio.gather(*(compared(capital, day) for _ in range(4)))
    found = [check for check in checks if check is not None]

    kept = await asyncio.gather(*(recorded(capital, check) for check in found))

    assert sorted(kept) == [False, False, False, True]
    assert len(await told(capital, scheme.id)) == 1


async def test_who_dies_before_it_is_told_leaves_the_day_to_be_done_again(capital: Capital) -> None:
    scheme, day = await capital.scheme(), next(DAYS)
    await capital.award(scheme, capital.new_cae(), [2_000_00])
    async with damaged(capital, scheme.id):
        check = await compared(capital, day)
        assert check is not None
        with pytest.raises(ZeroDivisionError):
            await _record_and_die(capital, check)
        again = await compared(capital, day)

    assert again is not None
    assert await told(capital, scheme.id) == []
    assert await recorded(capital, again)
    assert len(await told(capital, scheme.id)) == 1


async def _record_and_die(capital: Capital, check: NightlyCheck) -> None:
    async with capital.database.of_all_tenants(client="worker") as session:
        await record_check(session, check)
        raise ZeroDivisionError


async def test_a_grant_under_way_is_no_difference(capital: Capital) -> None:
    """Its counter is written, its award too, and neither is committed."""
    scheme, cae, day = await capital.scheme(), capital.new_cae(), next(DAYS)
    await capital.award(scheme, cae, [1_000_00])
    async with capital.database.of_all_tenants() as session:
        await session.execute(
            text("UPDATE capital.cae_caps SET used_cents = used_cents + 1 WHERE scheme_id = :id"),
            {"id": scheme.id},
        )
        check = await compared(capital, day)
        await session.rollback()

    assert check is not None
    assert scheme.id not in check.by_scheme()


async def test_the_workers_round_says_today_once_and_logs_what_differs(
    capital: Capital, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    scheme = await capital.scheme()
    await capital.award(scheme, capital.new_cae(), [2_000_00])
    assert "check-counters" in [duty.name for duty in duties(capital.database)]
    today = text("DELETE FROM capital.nightly_checks WHERE checked_on = :today")
    async with capital.database.of_all_tenants() as session:
        await session.execute(today, {"today": today_in_paris()})

    async with damaged(capital, scheme.id):
        done = [await check_tonight(capital.database), await check_tonight(capital.database)]
    lines = [orjson.loads(line) for line in capfdbinary.readouterr().out.splitlines()]

    assert done == [1, 0]
    [line] = [line for line in lines if str(line.get("subject")).startswith(str(scheme.id))]
    assert (line["event"], line["level"]) == ("counters-differ", "error")
    assert (line["expected_cents"], line["found_cents"]) == (2_000_00, 2_000_01)


async def test_the_aid_of_a_company_is_compared_and_is_of_no_scheme(capital: Capital) -> None:
    scheme, cae, day = await capital.scheme(), capital.new_cae(), next(DAYS)
    await capital.award(scheme, cae, [2_000_00])
    change = text("UPDATE capital.de_minimis_counters SET counted_cents = :cents WHERE cae_siren = :cae")
    try:
        async with capital.database.of_all_tenants() as session:
            await session.execute(change, {"cents": 1_999_99, "cae": cae})

        check = await compared(capital, day)
    finally:
        async with capital.database.of_all_tenants() as session:
            await session.execute(change, {"cents": 2_000_00, "cae": cae})

    assert check is not None
    assert Difference("de-minimis-counter-equals-aid", cae, 2_000_00, 1_999_99) in check.differences
    assert await recorded(capital, check)
    assert await told(capital, scheme.id) == []
