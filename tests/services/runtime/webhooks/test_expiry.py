"""The log is kept for its time; what still waits goes only where nobody will send it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.runtime.webhooks import expiry
from services.runtime.webhooks.expiry import purge_deliveries
from tests.services.runtime.webhooks.conftest import Office, dossiers
from tests.services.runtime.webhooks.receivers import Receiver, listening, until

MONTH = timedelta(days=30)


async def grow_old(office: Office, webhook: dict[str, Any], age: timedelta) -> None:
    statement = text(
        "UPDATE loans.webhook_deliveries SET changed_at = now() - CAST(:age AS interval)"
        " WHERE endpoint_id = :id RETURNING event_id"
    )
    async with office.api.database.of_all_tenants() as session:
        assert (await session.execute(statement, {"age": age, "id": webhook["id"]})).all()


async def test_what_is_over_expires_after_its_time_and_can_be_had_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "ROWS_AT_ONCE", 2)
    async with listening(Receiver()) as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(*dossiers(5))
            await until(lambda: len(receiver.taken) == 5)
        await grow_old(office, webhook, MONTH - timedelta(minutes=5))
        assert await purge_deliveries(office.api.database, MONTH) == 0
        await grow_old(office, webhook, MONTH + timedelta(seconds=1))
        assert await purge_deliveries(office.api.database, MONTH) == 5
        assert await office.deliveries(webhook) == []

        ids = sorted(receiver.ids)
        receiver.taken.clear()
        assert (await office.act(webhook, "replays", {}, status=202))["queued"] == 5
        async with office.workers():
            await until(lambda: len(receiver.taken) == 5)
        assert sorted(receiver.ids) == ids


async def test_what_waits_stays_while_somebody_sends_it(office: Office) -> None:
    async with listening() as receiver:
        webhook = await office.register(receiver)
        await office.tell(*dossiers(2))
        await grow_old(office, webhook, 2 * MONTH)
        assert await purge_deliveries(office.api.database, MONTH) == 0
        await office.act(webhook, "pause")
        assert await purge_deliveries(office.api.database, MONTH) == 2
