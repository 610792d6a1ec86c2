"""Every event once by its id, in its dossier's order, to receivers that fail, time out and recover."""

import asyncio
import itertools

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine
from standardwebhooks import WebhookVerificationError

from services.loans.domain.events import LoansEvent
from services.runtime.database.url import asyncpg_url
from services.runtime.settings import Settings
from tests.services.runtime.webhooks.conftest import Office, dossiers, in_order, verified
from tests.services.runtime.webhooks.receivers import CLOSE, HANG, Message, Receiver, listening, until


async def test_a_message_is_thin_and_signed(office: Office) -> None:
    async with listening() as receiver:
        webhook = await office.register(receiver)
        (loan,) = dossiers(1)
        async with office.workers():
            await office.tell(loan)
            await until(lambda: len(receiver.taken) == 1)
    (message,) = receiver.taken
    body = verified(message, webhook["secret"])
    assert set(body) == {"type", "timestamp", "data"}
    assert body["type"] == "repayment.recorded"
    assert body["timestamp"].endswith("Z")
    assert body["data"] == {
        "id": message.id,
        "link": f"{office.api.settings.address_of('loans')}/v1/loans/{loan}",
        "dossier": {"kind": "loan", "id": str(loan), "version": 1},
        "subject_id": None,
    }
    assert message.headers["content-type"] == "application/json"
    assert message.headers["user-agent"].startswith("Essor")
    with pytest.raises(WebhookVerificationError):
        verified(message, "whsec_" + "A" * 43 + "=")


async def test_a_receiver_that_fails_times_out_and_recovers_gets_all_once_and_in_order(
    office: Office,
) -> None:
    answers = itertools.chain([500, HANG, 503, CLOSE, 404, 302], itertools.repeat(200))
    loans = dossiers(5)
    async with listening(Receiver(answer=lambda _: next(answers))) as receiver:
        webhook = await office.register(receiver)
        async with office.workers(webhook_seconds=1.0):
            await office.tell(*(loans * 4))
            await until(lambda: len(receiver.taken) == 20)
            await asyncio.sleep(0.3)
    assert len(set(receiver.ids)) == len(receiver.ids) == 20
    assert in_order(receiver.taken)
    assert len(receiver.refused) == 6
    log = await office.deliveries(webhook)
    assert {delivery["event_id"] for delivery in log} == set(receiver.ids)
    assert {delivery["status"] for delivery in log} == {"delivered"}
    ends = [attempt["status"] or attempt["fault"] for one in log for attempt in one["attempts"]]
    expected = ["timed-out", "no-connection", 500, 503, 404, 302]
    assert sorted(map(str, ends)) == sorted(map(str, expected + [200] * 20))
    assert (await office.read(webhook))["failures_in_a_row"] == 0


async def test_a_dossier_waits_for_its_earlier_event_and_others_go_on(office: Office) -> None:
    stuck, *free = dossiers(4)
    is_mended = False

    def answer(message: Message) -> int:
        return 500 if message.dossier == str(stuck) and not is_mended else 200

    async with listening(Receiver(answer=answer)) as receiver:
        await office.register(receiver)
        async with office.workers(webhook_delays=",".join(["0.1"] * 200)):
            await office.tell(stuck, stuck, *free, stuck)
            await until(lambda: len(receiver.taken) == 3 and len(receiver.refused) > 3)
            assert {message.version for message in receiver.refused} == {1}
            is_mended = True
            await until(lambda: len(receiver.taken) == 6)
    assert in_order(receiver.taken)


async def test_after_every_attempt_the_dossiers_next_event_goes_on(office: Office) -> None:
    (loan,) = dossiers(1)
    async with listening(Receiver(answer=lambda message: 500 if message.version == 1 else 200)) as receiver:
        webhook = await office.register(receiver)
        async with office.workers(webhook_delays="0.05,0.05"):
            await office.tell(loan, loan)
            await until(lambda: len(receiver.taken) == 1)
        assert [message.version for message in receiver.refused] == [1, 1, 1]
        failed = await office.deliveries(webhook, status="failed")
        assert [(one["attempt_count"], one["next_attempt_at"]) for one in failed] == [(3, None)]

        receiver.answer = lambda _: 200
        replayed = await office.act(webhook, "replays", {"event_ids": [failed[0]["event_id"]]}, status=202)
        assert replayed == {"queued": 1, "next": None}
        async with office.workers():
            await until(lambda: len(receiver.taken) == 2)
    assert receiver.taken[1].id == failed[0]["event_id"] == receiver.refused[0].id
    assert receiver.taken[1].content == receiver.refused[0].content


async def test_several_workers_send_nothing_twice(office: Office) -> None:
    loans = dossiers(25)
    async with listening(Receiver(seconds=0.01)) as receiver:
        await office.register(receiver)
        async with office.workers(3, webhook_poll_seconds=0.001):
            await office.tell(*(loans * 4))
            await until(lambda: len(receiver.taken) >= 100)
            await asyncio.sleep(0.3)
    assert len(set(receiver.ids)) == len(receiver.ids) == 100
    assert in_order(receiver.taken)
    assert receiver.most_at_once <= 3 * office.api.settings.webhook_parallel_per_endpoint


async def test_a_receiver_that_hangs_holds_up_nobody_else(office: Office) -> None:
    loans = dossiers(30)
    most = office.api.settings.webhook_parallel_per_endpoint
    async with (
        listening() as quick,
        office.workers(),
        listening(Receiver(answer=lambda _: HANG)) as slow,
    ):
        await office.register(slow)
        await office.register(quick)
        await office.tell(*loans)
        await until(lambda: len(quick.taken) == 30)
        await until(lambda: len(slow.refused) == most)
        assert slow.at_once == most, "none of them was given up yet"
    assert quick.most_at_once <= most


async def test_connections_that_are_cut_while_messages_are_out_make_none_come_twice(
    office: Office, settings: Settings
) -> None:
    async with listening(Receiver(seconds=0.5)) as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(*dossiers(4))
            await until(lambda: receiver.at_once > 1)
            await cut_connections(settings)
            await until(lambda: len(receiver.taken) == 4)
            await asyncio.sleep(1)
        assert {one["status"] for one in await office.deliveries(webhook)} == {"delivered"}
    assert len(receiver.ids) == len(set(receiver.ids)) == 4


async def cut_connections(settings: Settings) -> None:
    engine = create_async_engine(asyncpg_url(str(settings.database_url)), poolclass=NullPool)
    async with engine.connect() as connection:
        cut = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'essor-loans'"
        )
        assert (await connection.execute(cut)).all()
    await engine.dispose()


async def test_a_worker_that_is_stopped_finishes_what_it_sends(office: Office) -> None:
    sent = dossiers(30)
    async with listening(Receiver(seconds=0.5)) as receiver:
        webhook = await office.register(receiver)
        async with office.workers():
            await office.tell(*sent)
            # As many as it may send at once, so none is on its way unseen; some may have been taken before.
            await until(lambda: receiver.at_once == office.api.settings.webhook_parallel_per_endpoint)
            begun = len(receiver.taken) + receiver.at_once
        assert len(receiver.taken) == begun < len(sent)
        log = await office.deliveries(webhook, status="delivered")
        assert {one["event_id"] for one in log} == set(receiver.ids)


async def test_only_the_types_that_are_wanted_and_only_ones_own(office: Office) -> None:
    other = Office(office.api)
    async with listening() as receiver, listening() as neighbour:
        await office.register(receiver, event_types=["loan.disbursed"])
        await other.register(neighbour)
        (loan,) = dossiers(1)
        async with office.workers():
            await office.tell(loan)
            await office.tell(loan, event=LoansEvent.LOAN_DISBURSED)
            await other.tell(*dossiers(1))
            await until(lambda: len(receiver.taken) == 1 and len(neighbour.taken) == 1)
            await asyncio.sleep(0.2)
        await other.act({"id": other.made[0]}, "revocation")
    assert [message.body["type"] for message in receiver.taken] == ["loan.disbursed"]
    assert [message.dossier for message in neighbour.taken] != [str(loan)]
    assert len(neighbour.taken) == 1


async def test_both_secrets_sign_after_a_rotation_and_one_alone_after_its_time(office: Office) -> None:
    async with listening() as receiver:
        webhook = await office.register(receiver)
        rotated = await office.act(webhook, "secret-rotation")
        assert rotated["secret"] != webhook["secret"]
        async with office.workers():
            await office.tell(*dossiers(1))
            await until(lambda: len(receiver.taken) == 1)
            both = receiver.taken[0]
            for secret in (webhook["secret"], rotated["secret"]):
                assert verified(both, secret)["data"]["id"] == both.id

            again = await office.act(webhook, "secret-rotation")
            await office.tell(*dossiers(1))
            await until(lambda: len(receiver.taken) == 2)
            with pytest.raises(WebhookVerificationError):
                verified(receiver.taken[1], webhook["secret"])
            for secret in (rotated["secret"], again["secret"]):
                verified(receiver.taken[1], secret)

    async with listening(port=int(receiver.url.split(":")[2].split("/")[0])) as receiver:
        await end_of_previous_secrets(office, webhook["id"])
        async with office.workers():
            await office.tell(*dossiers(1))
            await until(lambda: len(receiver.taken) == 1)
    verified(receiver.taken[0], again["secret"])
    with pytest.raises(WebhookVerificationError):
        verified(receiver.taken[0], rotated["secret"])


async def end_of_previous_secrets(office: Office, webhook_id: str) -> None:
    statement = text(
        "UPDATE loans.webhook_endpoints SET previous_secret_until = now() - interval '1 second'"
        " WHERE id = :id RETURNING id"
    )
    async with office.api.database.of_all_tenants() as session:
        assert (await session.execute(statement, {"id": webhook_id})).one()
