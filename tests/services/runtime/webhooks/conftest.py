"""Webhooks from an effect's own transaction to a real receiver, on the loans service."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks import Webhook

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, new_id
from services.loans.app import make_app
from services.loans.domain.access import Act
from services.loans.domain.events import LoansEvent
from services.loans.usecases.follow_events import FOLLOWERS
from services.runtime.history.facts import Dossier, Fact, tell
from services.runtime.history.relay import relay
from services.runtime.settings import Settings
from services.runtime.webhooks.duty import deliver_webhooks
from services.runtime.webhooks.fan_out import Readers, fan_out
from tests.api import Api, once
from tests.factories.capital import new_siren
from tests.services.runtime.webhooks.receivers import Message, Receiver

Json = dict[str, Any]
REGION = "84"
QUICK = {
    "webhook_private_addresses": True,
    "webhook_delays": "0.1,0.1,0.2,0.2,0.3,0.3",
    "webhook_seconds": 30.0,  # a busy machine is no receiver that hangs: tests of those say a shorter time
    "webhook_poll_seconds": 0.05,
}


@dataclass
class Office:
    """One CAE's webhooks, so that no other test's events come into it."""

    api: Api
    siren: str = field(default_factory=new_siren)
    made: list[str] = field(default_factory=list)

    @property
    def cae(self) -> httpx.AsyncClient:
        return self.api.as_("cae", siren=self.siren)

    def url(self, *parts: str) -> str:
        return "/".join(("/v1/webhooks", *parts))

    async def register(self, receiver: Receiver, **body: Any) -> Json:
        response = await self.cae.post("/v1/webhooks", json={"url": receiver.url, **body})
        assert response.status_code == 201, response.text
        made: Json = response.json()
        self.made.append(made["id"])
        return made

    async def act(self, webhook: Json, verb: str, body: Json | None = None, *, status: int = 200) -> Json:
        response = await self.cae.post(self.url(webhook["id"], verb), json=body, headers=once())
        assert response.status_code == status, response.text
        done: Json = response.json()
        return done

    async def read(self, webhook: Json) -> Json:
        found: Json = (await self.cae.get(self.url(webhook["id"]))).json()
        return found

    async def deliveries(self, webhook: Json, **query: Any) -> list[Json]:
        response = await self.cae.get(self.url(webhook["id"], "deliveries"), params={"limit": 100, **query})
        assert response.status_code == 200, response.text
        found: list[Json] = response.json()["items"]
        return found

    async def tell(self, *dossiers: UUID, event: LoansEvent = LoansEvent.REPAYMENT_RECORDED) -> None:
        """One event for each mention of a dossier, each in its own transaction, then the relay."""
        caller = Caller(Role.CAE, "tests", siren=Siren(self.siren))
        for dossier in dossiers:
            async with self.api.database.transaction(caller) as session:
                whose = Dossier("loan", dossier, REGION, Siren(self.siren))
                tell(session, Fact(whose, Act.RECORD_REPAYMENT, event))
        await self.publish()

    async def publish(self, readers: Readers = FOLLOWERS.kinds) -> None:
        await relay(self.api.database, partial(fan_out, self.api.database, readers))

    @asynccontextmanager
    async def workers(self, count: int = 1, **changed: Any) -> AsyncIterator[None]:
        stop = asyncio.Event()
        settings = self.api.settings.model_copy(update=changed)
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(deliver_webhooks(self.api.database, settings, stop))
            try:
                yield
            finally:
                stop.set()


def dossiers(count: int) -> list[UUID]:
    return [new_id() for _ in range(count)]


def in_order(messages: Sequence[Message]) -> bool:
    """Whether each dossier's events came in the order of its versions."""
    versions: dict[str, list[int]] = {}
    for message in messages:
        versions.setdefault(message.dossier, []).append(message.version)
    return all(told == sorted(told) for told in versions.values())


def verified(message: Message, secret: str) -> Any:
    """What the library that receivers use makes of it; raises where the signature is not of that secret."""
    return Webhook(secret).verify(message.content, message.headers)


@pytest.fixture(scope="session")
async def quick_api(settings: Settings) -> AsyncIterator[Api]:
    quick = settings.model_copy(update=QUICK)
    async with Api.of(make_app(quick), quick) as api:
        yield api


@pytest.fixture
async def office(quick_api: Api) -> AsyncIterator[Office]:
    made = Office(quick_api)
    yield made
    for webhook in made.made:
        await made.cae.post(made.url(webhook, "revocation"))
