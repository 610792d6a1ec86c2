"""Failures under names that are no client's."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client import Lockout
from services.identity.persistence.lockouts import is_open, one_failure_more
from services.identity.persistence.tables import BUCKETS, UnknownNameRow


async def locked_until(session: AsyncSession, name: str) -> datetime | None:
    return await session.scalar(
        select(UnknownNameRow.locked_until).where(UnknownNameRow.bucket == bucket_of(name))
    )


async def count_failure(session: AsyncSession, name: str, lockout: Lockout, at: datetime) -> datetime | None:
    """As `clients.count_failure`."""
    first_locks_out = at + lockout.duration if lockout.attempts == 1 else None
    return await session.scalar(
        insert(UnknownNameRow)
        .values(bucket=bucket_of(name), failed_attempts=1, locked_until=first_locks_out)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_=one_failure_more(UnknownNameRow.failed_attempts, UnknownNameRow.locked_until, lockout, at),
            where=is_open(UnknownNameRow.locked_until, at),
        )
        .returning(UnknownNameRow.locked_until)
    )


def bucket_of(name: str) -> int:
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") % BUCKETS
