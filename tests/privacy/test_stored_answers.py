"""Stored answers under their policies: they expire for everyone, and wait for nobody."""

import asyncio
from datetime import date, timedelta

from sqlalchemy import text

from services.runtime.privacy.expiry import purge_idempotency_keys
from services.runtime.privacy.purge import Report
from services.runtime.privacy.stored_answers import purge_answers
from tests.privacy.conftest import Essor
from tests.privacy.stories import Person

HELD = text("SELECT client FROM loans.idempotency_keys WHERE key = :key FOR UPDATE")
SEEN = text("SELECT client FROM loans.idempotency_keys WHERE key IN ('held', 'free') ORDER BY client, key")


async def test_keys_of_every_client_expire_but_those_that_somebody_holds(essor: Essor) -> None:
    database = essor.loans.database
    person = Person()
    for client, key in (("one", "held"), ("two", "free")):
        office = essor.office(client)
        await office.open()
        await office.post("loans", "/applications", person.application(office.fund_id), key)

    async with database.of_all_tenants() as session:
        await session.execute(HELD, {"key": "held"})
        async with asyncio.timeout(5):
            assert await purge_idempotency_keys(database, timedelta(0)) > 0
    async with database.of_all_tenants(read_only=True) as session:
        assert list((await session.execute(SEEN)).scalars()) == ["one"]
    assert await purge_idempotency_keys(database, timedelta(0)) == 1


async def test_a_key_that_has_expired_is_another_call(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    body = person.application(office.fund_id)
    first = await office.post("loans", "/applications", body, "again")
    replayed = await office.post("loans", "/applications", body, "again")
    await purge_idempotency_keys(essor.loans.database, timedelta(0))
    later = await office.post("loans", "/applications", body, "again")
    assert first["id"] == replayed["id"] != later["id"]


async def test_an_answer_of_a_dossier_that_is_open_stays(essor: Essor) -> None:
    """A key's own time is not a dossier's: what is still worked on can still be replayed."""
    office, person = essor.office(), Person()
    await office.open()
    body = person.application(office.fund_id)
    first = await office.post("loans", "/applications", body, "open")
    for holder in essor.holders:
        await purge_answers(holder, Report(), today=date(2120, 1, 1), is_dry_run=False)
    assert (await office.post("loans", "/applications", body, "open"))["id"] == first["id"]
