"""What a client's secret is worth: two short transactions, and argon2 between them, outside of both."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.client import Client, Lockout
from services.identity.persistence import clients, unknown_names
from services.identity.usecases.secret_hashes import proves
from services.runtime.database.transactions import Database
from services.runtime.logs import logger

HASHED_AT_ONCE = 4
MOST_WAITING = 64


class TooBusyError(Exception):
    """More secrets wait to be compared than can be soon."""


@dataclass(frozen=True, slots=True)
class Locked:
    """Whether the name is a client's or nobody's, which this does not tell."""

    until: datetime


class Authenticator:
    def __init__(self, database: Database, lockout: Lockout) -> None:
        self._database, self._lockout = database, lockout
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)
        self._waiting = 0

    async def authenticate(self, name: str, secret: str, at: datetime) -> Client | Locked | None:
        """None where it proves nobody. The right secret of a client that is locked out is refused too."""
        async with self._database.of_all_tenants(read_only=True) as session:
            client = await clients.find(session, name)
            names_lock = await unknown_names.locked_until(session, name)
        locked_until = names_lock if client is None else client.locked_until
        if locked_until is not None and at < locked_until:
            return Locked(locked_until)
        hashes = [] if client is None else [good.hash for good in client.good_secrets(at)]
        if not await self._proves(secret, hashes):
            return await self._failed(name, client, at)
        if client is None:
            return None
        async with self._database.of_all_tenants() as session:
            if await clients.record_use(session, client.id, at):
                return client
        return Locked(at + self._lockout.duration)

    async def _failed(self, name: str, client: Client | None, at: datetime) -> Locked | None:
        async with self._database.of_all_tenants() as session:
            if client is None:
                until = await unknown_names.count_failure(session, name, self._lockout, at)
            else:
                until = await clients.count_failure(session, client.id, self._lockout, at)
        if until is None:
            return None
        # Of an unknown name not even that: it may be a secret in the wrong place.
        logger.warning("client-locked-out", client=client.name if client else None)
        return Locked(until)

    async def _proves(self, secret: str, hashes: list[str]) -> bool:
        if self._waiting >= MOST_WAITING:
            raise TooBusyError
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(proves, secret, hashes)
        finally:
            self._waiting -= 1
