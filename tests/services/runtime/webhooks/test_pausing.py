"""Pause, by request and by itself; resumption; replay; revocation."""

import asyncio
from datetime import UTC, datetime

from tests.services.runtime.webhooks.conftest import Office, dossiers, in_order
from tests.services.runtime.webhooks.receivers import Receiver, listening, until


async def test_what_happens_in_a_pause_waits_and_then_goes_out_in_order(office: Office) -> None:
    loans = dossiers(3)
    async with listening() as receiver:
        webhook = await office.register(receiver)
        paused = await office.act(webhook, "pause")
        assert (paused["status"], paused["pause_reason"]) == ("paused", "asked")
        async with office.workers():
            await office.tell(*(loans * 3))
            await asyncio.sleep(0.3)
            assert receiver.taken == []
            assert len(await office.deliveries(webhook, status="pending")) == 9
            resumed = await office.act(webhook, "resumption")
            assert (resumed["status"], resumed["pause_reason"]) == ("active", None)
            await until(lambda: len(receiver.taken) == 9)
    assert in_order(receiver.taken)


async def test_a_receiver_that_fails_for_long_is_paused_and_owed_all_of_it(office: Office) -> None:
    loans = dossiers(4)
    async with listening(Receiver(answer=lambda _: 500)) as receiver:
        webhook = await office.register(receiver)
        async with office.workers(webhook_pause_failures=6, webhook_pause_hours=0.3 / 3600):
            await office.tell(*(loans * 2))
            async with asyncio.timeout(60):
                while (await office.read(webhook))["status"] != "paused":  # noqa: ASYNC110 - of the workers
                    await asyncio.sleep(0.05)
        found = await office.read(webhook)
        assert found["pause_reason"] == "failures"
        assert found["failures_in_a_row"] >= 6
        tried = len(receiver.refused)
        receiver.answer = lambda _: 200
        async with office.workers():
            await asyncio.sleep(0.5)
            assert len(receiver.refused) == tried
            assert receiver.taken == []
            resumed = await office.act(webhook, "resumption")
            assert (resumed["failures_in_a_row"], resumed["failing_since"]) == (0, None)
            await until(lambda: len(receiver.taken) == 8)
    assert in_order(receiver.taken)


async def test_a_short_outage_pauses_nothing(office: Office) -> None:
    async with listening(Receiver(answer=lambda _: 500)) as receiver:
        webhook = await office.register(receiver)
        async with office.workers(webhook_pause_failures=2, webhook_pause_hours=1):
            await office.tell(*dossiers(3))
            await until(lambda: len(receiver.refused) >= 9)
            assert (await office.read(webhook))["status"] == "active"
            receiver.answer = lambda _: 200
            await until(lambda: len(receiver.taken) == 3)
        found = await office.read(webhook)
        assert (found["failures_in_a_row"], found["failing_since"]) == (0, None)


async def test_gone_pauses_at_once(office: Office) -> None:
    async with listening(Receiver(answer=lambda _: 410)) as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(*(dossiers(1) * 2))
            await until(lambda: len(receiver.refused) == 1)
            await asyncio.sleep(0.5)
        found = await office.read(webhook)
        assert (found["status"], found["pause_reason"], len(receiver.refused)) == ("paused", "gone", 1)
        assert {one["status"] for one in await office.deliveries(webhook)} == {"pending"}


async def test_retry_after_is_obeyed(office: Office) -> None:
    async with listening(Receiver(answer=lambda _: 503, headers={"Retry-After": "3600"})) as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(*dossiers(1))
            await until(lambda: len(receiver.refused) == 1)
            await asyncio.sleep(0.3)
        (delivery,) = await office.deliveries(webhook)
        at = datetime.fromisoformat(delivery["next_attempt_at"])
        assert 3_500 < (at - datetime.now(UTC)).total_seconds() <= 3_600


async def test_what_comes_behind_a_failure_waits_as_long_and_goes_with_it(office: Office) -> None:
    stuck, free = dossiers(2)
    async with listening(Receiver(answer=lambda _: 503, headers={"Retry-After": "3600"})) as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(stuck, stuck)
            await until(lambda: len(receiver.refused) == 1)
            await asyncio.sleep(0.3)
            await office.tell(stuck)
            waiting = {one["next_attempt_at"] for one in await office.deliveries(webhook)}
            assert len(waiting) == 1, "those that came before the failure, and since"
            receiver.answer = lambda _: 200
            await office.tell(free)
            await until(lambda: len(receiver.taken) == 1)
            first = receiver.refused[0].id
            await office.act(webhook, "replays", {"event_ids": [first]}, status=202)
            await until(lambda: len(receiver.taken) == 4)
    assert in_order(receiver.taken)
    assert len(receiver.refused) == 1


async def test_a_replay_sends_again_with_the_same_ids(office: Office) -> None:
    loans = dossiers(2)
    async with listening() as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(*loans)
            await until(lambda: len(receiver.taken) == 2)
        between = datetime.now(UTC).isoformat()
        async with office.workers():
            await office.tell(*loans)
            await until(lambda: len(receiver.taken) == 4)
        first = list(receiver.taken)
        receiver.taken.clear()

        assert (await office.act(webhook, "replays", {"since": between}, status=202))["queued"] == 2
        async with office.workers():
            await until(lambda: len(receiver.taken) == 2)
        assert set(receiver.ids) == {message.id for message in first[2:]}

        feed = (await office.cae.get("/v1/events", params={"limit": 1})).json()
        receiver.taken.clear()
        replayed = await office.act(webhook, "replays", {"after": feed["next"]}, status=202)
        assert replayed == {"queued": 3, "next": None}
        async with office.workers():
            await until(lambda: len(receiver.taken) == 3)
        assert set(receiver.ids) == {message.id for message in first} - {feed["items"][0]["id"]}
        assert in_order(receiver.taken)


async def test_another_tenants_events_are_not_had_by_replay(office: Office) -> None:
    other = Office(office.api)
    async with listening() as receiver:
        await other.register(receiver)
        await other.tell(*dossiers(1))
        theirs = (await other.deliveries({"id": other.made[0]}))[0]["event_id"]
        webhook = await office.register(receiver)
        assert (await office.act(webhook, "replays", {"event_ids": [theirs]}, status=202))["queued"] == 0
        assert (await office.act(webhook, "replays", {}, status=202))["queued"] == 0
        await other.act({"id": other.made[0]}, "revocation")


async def test_a_revoked_webhook_is_sent_nothing_more(office: Office) -> None:
    async with listening() as receiver:
        webhook = await office.register(receiver)
        await office.tell(*dossiers(1))
        assert (await office.act(webhook, "revocation"))["status"] == "revoked"
        assert (await office.act(webhook, "revocation"))["status"] == "revoked"
        async with office.workers():
            await office.tell(*dossiers(1))
            await asyncio.sleep(0.3)
        assert receiver.taken == []
        assert len(await office.deliveries(webhook)) == 1
        for verb in ("pause", "resumption", "secret-rotation"):
            refused = await office.act(webhook, verb, status=409)
            assert refused["code"] == "webhook-status-forbids"


async def test_an_instant_may_lie_anywhere_in_the_calendar_and_not_outside(office: Office) -> None:
    async with listening() as receiver:
        webhook = await office.register(receiver)
        for since, status in (
            ("0001-01-01T00:00:00Z", 202),
            ("9999-12-31T23:59:59Z", 202),
            ("0001-01-01T00:00:00+14:00", 422),
            ("9999-12-31T23:59:59-14:00", 422),
            ("2026-01-01T00:00:00", 422),
            (1700006400, 422),
        ):
            await office.act(webhook, "replays", {"since": since}, status=status)
