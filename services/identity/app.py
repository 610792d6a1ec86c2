"""The authorization server as a part of the gateway: its routes, and what they hold on to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from services.identity.domain.client import Lockout
from services.identity.oauth.door import OPEN_PATHS, Door
from services.identity.persistence.tables import metadata
from services.identity.usecases.authenticate import Authenticator
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings
from services.runtime.tokens.reading import LocalIssuer

__all__ = ["OPEN_PATHS", "has_clients", "open_database", "serve_clients"]


def has_clients(settings: Settings) -> bool:
    """Not where another issuer makes the tokens, nor without a database that knows the clients."""
    has_database = settings.identity_database_url is not None or settings.database_url is not None
    return settings.jwks is None and has_database


def open_database(settings: Settings) -> Database:
    return Database(service_url("identity", settings), settings, metadata=metadata)


def serve_clients(app: FastAPI, settings: Settings, issuer: LocalIssuer, *, address: str) -> None:
    """`address` is where the gateway listens, for callers whom no setting tells a public one."""
    database = open_database(settings)
    lockout = Lockout(settings.lockout_attempts, timedelta(minutes=settings.lockout_minutes))
    door = Door(
        issuer=issuer,
        authenticator=Authenticator(database, lockout),
        life=timedelta(minutes=settings.token_minutes),
        name=settings.issuer,
        address=_public_address(settings) or address,
    )
    door.add_to(app)
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def with_database(served: Any) -> AsyncIterator[Any]:
        try:
            async with lifespan(served) as state:
                yield state
        finally:
            await database.close()

    app.router.lifespan_context = with_database


def _public_address(settings: Settings) -> str | None:
    if settings.gateway_url is not None:
        return settings.gateway_url.rstrip("/")
    if settings.issuer.startswith(("https://", "http://")):
        return settings.issuer.rstrip("/")
    return None
