"""The authorization server alone, on a real database, called over ASGI."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from services.identity.app import open_database, serve_clients
from services.identity.usecases.add_client import Shown, add_client
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings
from services.runtime.tokens.reading import local_issuer, verifier

ATTEMPTS = 3


@dataclass
class Server:
    """`settings` are those that it runs with."""

    http: httpx.AsyncClient
    settings: Settings
    database: Database

    async def ask(self, name: str, secret: str, **more: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", **more}
        return await self.http.post("/oauth/token", data=form, auth=(name, secret))

    async def caller_of(self, response: httpx.Response) -> Caller:
        assert response.status_code == 200, response.text
        return await verifier(self.settings).verify(response.json()["access_token"])

    async def add(
        self, role: str = "operator", *, life: timedelta | None = None, at: datetime | None = None, **who: Any
    ) -> Shown:
        """A client of a name of its own."""
        narrowed = {"regions": frozenset({"84"})} if role in {"operator", "partner"} else {}
        caller = Caller(Role(role), f"client-{uuid4()}", **{**narrowed, **who})
        now = at or datetime.now(UTC)
        async with self.database.of_all_tenants() as session:
            return await add_client(session, caller, expires_at=now + life if life else None, at=now)


@pytest.fixture(scope="session")
async def server(settings: Settings) -> AsyncIterator[Server]:
    chosen = settings.model_copy(
        update={"lockout_attempts": ATTEMPTS, "issuer": "https://essor.example.fr", "token_minutes": 15}
    )
    app = FastAPI()
    serve_clients(app, chosen, local_issuer(chosen), address="http://127.0.0.1:8000")
    database = open_database(chosen)
    async with LifespanManager(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://essor.test") as http:
            yield Server(http, chosen, database)
    await database.close()


CAE = Siren("732829320")
