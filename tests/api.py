"""The real app over ASGI, called as any role."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Self
from uuid import uuid4

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.database.transactions import Database
from services.runtime.gateway_calls import HEADER, gateway_key
from services.runtime.settings import Settings
from services.runtime.tokens.reading import local_issuer


def once(key: str | None = None) -> dict[str, str]:
    """A header that money-moving calls need; a fresh key unless one is given."""
    return {"Idempotency-Key": key or str(uuid4())}


def token(
    settings: Settings,
    role: str,
    *,
    regions: Iterable[str] = (),
    siren: str | None = None,
    client: str = "tests",
    person: str | None = None,
    life: timedelta = timedelta(hours=1),
) -> str:
    caller = Caller(
        role=Role(role),
        client=client,
        regions=frozenset(regions),
        siren=Siren(siren) if siren else None,
        person=person,
    )
    return local_issuer(settings).issue(caller, life)


class Api:
    """`api.as_("operator", regions=["84"])` is an `httpx.AsyncClient` whose paths start with `/v1/...`."""

    def __init__(self, app: FastAPI, settings: Settings, stack: AsyncExitStack) -> None:
        self.app, self.settings, self._stack = app, settings, stack
        self._clients: dict[tuple[object, ...], httpx.AsyncClient] = {}

    @classmethod
    @asynccontextmanager
    async def of(cls, app: FastAPI, settings: Settings) -> AsyncIterator[Self]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(LifespanManager(app))
            yield cls(app, settings, stack)

    @property
    def database(self) -> Database:
        database = self.app.state.database
        assert isinstance(database, Database)
        return database

    def as_(
        self,
        role: str,
        *,
        regions: Iterable[str] = (),
        siren: str | None = None,
        client: str = "tests",
        person: str | None = None,
        language: str = "fr",
    ) -> httpx.AsyncClient:
        who = (role, frozenset(regions), siren, client, person, language)
        if who not in self._clients:
            bearer = token(self.settings, role, regions=regions, siren=siren, client=client, person=person)
            self._clients[who] = self.anonymous(
                headers={"Authorization": f"Bearer {bearer}", "Accept-Language": language}
            )
        return self._clients[who]

    def anonymous(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """Without a token; let through to `/graphql` as the gateway is."""
        as_gateway = {HEADER: gateway_key(self.settings)}
        return self.outsider({**as_gateway, **(headers or {})})

    def outsider(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        # An unexpected exception is answered as users would see it, not raised into the test.
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://essor.test", headers=headers)
