"""PostgreSQL through SQLAlchemy on asyncpg: one request, one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import MetaData, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from services.runtime.settings import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def make_metadata(schema: str) -> MetaData:
    return MetaData(schema=schema, naming_convention=NAMING)


def asyncpg_url(url: str) -> URL:
    """Any `postgresql://` URL as SQLAlchemy wants it for asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def make_engine(url: str, settings: Settings, *, name: str) -> AsyncEngine:
    return create_async_engine(
        asyncpg_url(url),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=int(settings.connection_life_seconds),
        pool_pre_ping=False,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": name,
                "statement_timeout": str(int(settings.statement_seconds * 1000)),
                "lock_timeout": str(int(settings.lock_seconds * 1000)),
                "idle_in_transaction_session_timeout": str(int(settings.request_seconds * 1000)),
                "timezone": "UTC",
            },
        },
    )


class Database:
    """The connections of one service, with its own role, to its own schema (that of `metadata`)."""

    def __init__(self, url: str, settings: Settings, *, metadata: MetaData) -> None:
        if metadata.schema is None:
            raise ValueError("a service's tables live in a schema of their own")
        self.schema = metadata.schema
        self.idempotency_keys = metadata.tables[f"{self.schema}.idempotency_keys"]
        self.engine = make_engine(url, settings, name=f"essor-{self.schema}")

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """Commits at the end, rolls back on any exception. Use cases never commit."""
        async with (
            AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session,
            session.begin(),
        ):
            if read_only:
                # One snapshot: a position and the list beside it must agree.
                await session.connection(
                    execution_options={"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
                )
            yield session

    async def answers(self) -> bool:
        async with self.engine.connect() as connection:
            return (await connection.execute(text("SELECT true"))).scalar_one() is True

    async def close(self) -> None:
        await self.engine.dispose()
