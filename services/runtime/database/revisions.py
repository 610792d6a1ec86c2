"""At which revision a schema is, and which is the code's own; without Alembic, which takes long to load."""

import re
from functools import cache

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.runtime.settings import REPOSITORY

SERVICES = ("loans", "capital")
# The gateway's own beside theirs: who may ask it for a token.
SCHEMAS = (*SERVICES, "identity")
REVISION = re.compile(r"^revision = \"(\w+)\"$", re.MULTILINE)
BEFORE = re.compile(r"^down_revision = \"(\w+)\"$", re.MULTILINE)


@cache
def newest_revision(service: str) -> str:
    """The one that no other follows, as the history's own files say."""
    histories = [path.read_text() for path in (REPOSITORY / "migrations" / service / "versions").glob("*.py")]
    revisions = {found for history in histories for found in REVISION.findall(history)}
    followed = {found for history in histories for found in BEFORE.findall(history)}
    newest = revisions - followed
    if len(newest) != 1:
        raise LookupError(f"the history of {service} ends in {len(newest)} revisions, not in one")
    return str(newest.pop())


async def current_revision(connection: AsyncConnection, service: str) -> str | None:
    found = await connection.execute(text(f"SELECT version_num FROM {service}.alembic_version"))  # noqa: S608
    return found.scalar_one_or_none()


async def are_newest(connection: AsyncConnection) -> bool:
    """Whether every schema is there, at the code's own revision."""
    for service in SCHEMAS:
        is_made = text("SELECT to_regclass(:table) IS NOT NULL")
        if not await connection.scalar(is_made, {"table": f"{service}.alembic_version"}):
            return False
        if await current_revision(connection, service) != newest_revision(service):
            return False
    return True
