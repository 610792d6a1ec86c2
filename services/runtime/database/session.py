"""A session on one connection, which SQLAlchemy hears of when something is asked of it."""

from functools import cached_property
from typing import Any

from sqlalchemy import Connection, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.util import greenlet_spawn

from services.runtime.database.connection import DRIVER, TenantConnection, by_the_driver


class LateSession(AsyncSession):
    """What a measured path does by `fetch` needs a connection, and none of a session's bookkeeping.

    That took a twentieth of the service's time for a repayment. Use it as `AsyncSession`, once it is open;
    the transaction is the driver's own (`TenantConnection`), whoever sends its first statement.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        # AsyncSession's own would make the session at once.
        self._async_bind, self._async_binds = engine, {}
        self._engine = engine.sync_engine
        self._held: PoolProxiedConnection | None = None
        self._info: dict[Any, Any] = {}

    async def open(self, begin: str) -> None:
        """One connection for all that is done; `begin` is sent before its first statement."""
        try:
            self._held = await greenlet_spawn(self._engine.raw_connection)
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=True) from error
        driver = self._held.driver_connection
        if not isinstance(driver, TenantConnection):
            raise TypeError("every connection of a service tells who calls")
        driver.begin = begin
        self._info[DRIVER] = driver

    @property
    def info(self) -> dict[Any, Any]:
        return self._info

    @cached_property
    def sync_session(self) -> Session:  # type: ignore[override]
        connection = Connection(self._engine, self._held)
        session = Session(connection, info=self._info, expire_on_commit=False, autoflush=False)
        return self._assign_proxied(session)

    @property
    def _is_made(self) -> bool:
        return "sync_session" in self.__dict__

    @property
    def _proxied(self) -> Session:  # type: ignore[override]
        return self.sync_session

    async def commit(self) -> None:
        """All that was done, by SQLAlchemy and by `fetch`; what was rolled back is not."""
        if self._is_made:
            await greenlet_spawn(self.sync_session.flush)
        with by_the_driver(self) as driver:
            await driver.commit()

    async def rollback(self) -> None:
        if self._is_made:
            await super().rollback()
        with by_the_driver(self) as driver:
            await driver.rollback()

    async def close(self) -> None:
        if self._is_made:
            await super().close()
        held, self._held = self._held, None
        if held is not None:
            await greenlet_spawn(held.close)
