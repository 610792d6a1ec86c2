"""Webhooks over real processes: services, and workers that are stopped and killed while they send."""

import asyncio
import itertools
import os
import signal
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from services.runtime.database.roles import service_url
from services.runtime.processes.children import Child, start_child, stop_child
from services.runtime.settings import REPOSITORY, Settings
from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import Caller, Essor, serve, wait_until_ready
from tests.services.runtime.webhooks.conftest import in_order
from tests.services.runtime.webhooks.receivers import HANG, Message, Receiver, listening, until

QUICK = {
    "ESSOR_WEBHOOK_PRIVATE_ADDRESSES": "true",
    "ESSOR_WEBHOOK_DELAYS": ",".join(["0.2"] * 30),
    "ESSOR_WEBHOOK_SECONDS": "1",
    "ESSOR_WEBHOOK_POLL_SECONDS": "0.1",
    "ESSOR_RELAY_SECONDS": "0.1",
}
STOP = ((signal.SIGTERM, 20.0),)


def start_worker(stack: ExitStack, settings: Settings, name: str) -> Child:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ESSOR_")},
        **QUICK,
        "ESSOR_STATE": str(settings.state),
        "ESSOR_ENTREPRENEUR_KEY": str(settings.entrepreneur_key),
        **{
            f"ESSOR_{service.upper()}_DATABASE_URL": service_url(service, settings)
            for service in ("loans", "capital")
        },
    }
    log = stack.enter_context((Path(settings.state) / f"{name}.log").open("wb"))
    child = start_child(
        [str(Path(sys.executable).parent / "essor"), "worker"],
        death_signal=signal.SIGKILL,
        environment=environment,
        directory=REPOSITORY,
        stdout=log,
        stderr=log,
    )
    stack.callback(stop_child, child, signals=STOP)
    return child


async def apply(operator: Caller, fund: str, siren: str, reference: str) -> str:
    """An application that is submitted, taken under review and withdrawn: three events of one dossier."""
    body = {
        "fund_id": fund,
        "cae": {"siret": siret_of(siren), "name": "Graines d'Activité"},
        "entrepreneur": {
            "reference": reference,
            "given_name": "Inès",
            "family_name": "Maître",
            "contract": {"kind": "CESA", "started_on": "2019-05-15"},
        },
        "amount_cents": 300_000,
        "months": 24,
        "grace_months": 0,
        "purpose": "Un four",
    }
    application = await operator.post("loans", "/applications", body)
    await operator.post("loans", f"/applications/{application['id']}/review", {})
    await operator.post("loans", f"/applications/{application['id']}/withdrawal", {"reason": "Reporté"})
    return str(application["id"])


async def test_a_receiver_that_fails_times_out_and_recovers_gets_every_event_once(
    journeys_settings: Settings,
) -> None:
    answers = itertools.chain([500, HANG, 503, 429, HANG, 302, 400], itertools.repeat(204))
    siren = new_siren()
    with ExitStack() as stack:
        essor = Essor(journeys_settings, loans=[serve(stack, journeys_settings, "loans", **QUICK)])
        wait_until_ready(essor.loans[0])
        start_worker(stack, journeys_settings, "worker-1")
        start_worker(stack, journeys_settings, "worker-2")
        receiver = Receiver(answer=lambda _: next(answers))
        async with (
            listening(receiver),
            essor.as_("cae", siren=siren) as cae,
            essor.as_("operator", regions=["84"]) as operator,
        ):
            webhook = await cae.post("loans", "/webhooks", {"url": receiver.url})
            fund = await new_fund(operator)
            applications = [await apply(operator, fund, siren, f"E{number}") for number in range(6)]
            await until(lambda: len(receiver.taken) >= 18, 40)
            await asyncio.sleep(1)
            feed = await cae.get("loans", "/events?limit=100")
            log = await cae.get("loans", f"/webhooks/{webhook['id']}/deliveries?limit=100")
    assert Counter(receiver.ids) == Counter(event["id"] for event in feed["items"])
    assert len(receiver.taken) == 18
    assert in_order(receiver.taken)
    assert {message.dossier for message in receiver.taken} == set(applications)
    assert len(receiver.refused) == 7
    for message in receiver.taken:
        told = Webhook(webhook["secret"]).verify(message.content, message.headers)
        assert told["data"]["id"] == message.id
    assert {one["status"] for one in log["items"]} == {"delivered"}


async def test_a_worker_killed_while_it_sends_loses_nothing(journeys_settings: Settings) -> None:
    """What it had sent and not written down comes again, with the same id: a receiver knows it by that."""
    siren, killed = new_siren(), asyncio.Event()

    def answer(message: Message) -> int:
        return 204 if killed.is_set() else HANG

    with ExitStack() as stack:
        essor = Essor(journeys_settings, loans=[serve(stack, journeys_settings, "loans", **QUICK)])
        wait_until_ready(essor.loans[0])
        doomed = start_worker(stack, journeys_settings, "worker-3")
        receiver = Receiver(answer=answer)
        async with (
            listening(receiver),
            essor.as_("cae", siren=siren) as cae,
            essor.as_("operator", regions=["84"]) as operator,
        ):
            webhook = await cae.post("loans", "/webhooks", {"url": receiver.url})
            fund = await new_fund(operator)
            for number in range(3):
                await apply(operator, fund, siren, f"K{number}")
            await until(lambda: receiver.at_once >= 2)
            os.kill(doomed.pid, signal.SIGKILL)
            await until(lambda: doomed.poll() is not None)
            interrupted = {message.id for message in receiver.refused}
            killed.set()
            start_worker(stack, journeys_settings, "worker-4")
            await until(lambda: len(receiver.taken) >= 9, 40)
            await asyncio.sleep(1)
            log = await cae.get("loans", f"/webhooks/{webhook['id']}/deliveries?limit=100")
    assert len(receiver.ids) == len(set(receiver.ids)) == 9
    assert interrupted <= set(receiver.ids)
    assert in_order(receiver.taken)
    assert {one["status"] for one in log["items"]} == {"delivered"}


async def new_fund(operator: Caller) -> str:
    body: dict[str, Any] = {
        "region": "84",
        "name": f"Fonds {new_siren()}",
        "opened_on": "2020-01-01",
        "settings": {},
    }
    return str((await operator.post("loans", "/funds", body))["id"])
