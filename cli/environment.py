"""The database that commands work on: the one that is configured, one that runs, or one started for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.runtime.database import roles as database_roles
from services.runtime.database.owner_connection import locked
from services.runtime.database.revisions import SCHEMAS, are_newest
from services.runtime.embedded_postgres import database
from services.runtime.settings import Settings


@contextmanager
def owner_settings(settings: Settings) -> Iterator[Settings]:
    """Settings whose `database_url` is that of a running server, for the time of the block."""
    if settings.database_url is not None:
        yield settings
        return
    with database(settings.state_directory) as url:
        yield settings.model_copy(update={"database_url": url})


LONGEST_STATEMENT_SECONDS = 3_600


def unhurried(settings: Settings) -> Settings:
    """For what reads or writes a whole portfolio: nobody waits for an answer as a caller does.

    What bounds a request's statement would cut a proof of ten million postings.
    """
    return settings.model_copy(update={"statement_seconds": LONGEST_STATEMENT_SECONDS})


async def prepare(settings: Settings, *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Every schema at the newest revision, every one with its role and rights."""
    url = owner_url(settings)
    async with locked(url) as connection:
        is_newest = await are_newest(connection)
    if not is_newest:
        from services.runtime.database.migrations import upgrade  # noqa: PLC0415 - Alembic takes long to load

        await upgrade(url, tell=tell)
    for service in SCHEMAS:
        await database_roles.ensure(url, settings, service)


def owner_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise LookupError("no database is configured")
    return settings.database_url
