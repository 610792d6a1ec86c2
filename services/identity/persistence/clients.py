"""Clients and their secrets."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, cast, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_nothing
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client import Client, Lockout, Secret
from services.identity.persistence.lockouts import is_open, one_failure_more
from services.identity.persistence.tables import ClientRow, SecretRow
from services.kernel.access import Caller, Role
from services.kernel.calendar import PARIS
from services.kernel.identifiers import Siren

USE_RECORDED_EVERY = timedelta(minutes=1)


async def add(session: AsyncSession, client: Client) -> bool:
    """False where another has the name."""
    caller = client.caller
    made = await session.scalar(
        insert_or_nothing(ClientRow)
        .values(
            id=client.id,
            name=client.name,
            role=caller.role.value,
            regions=sorted(caller.regions),
            siren=caller.siren,
            person=caller.person,
            created_at=client.created_at,
            expires_at=client.expires_at,
            failed_attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(ClientRow.id)
    )
    return made is not None


async def add_secret(session: AsyncSession, client_id: UUID, secret: Secret) -> None:
    await session.execute(
        insert(SecretRow).values(
            id=secret.id, client_id=client_id, hash=secret.hash, created_at=secret.created_at
        )
    )


async def end_secret(session: AsyncSession, secret_id: UUID, at: datetime) -> None:
    await session.execute(update(SecretRow).where(SecretRow.id == secret_id).values(expires_at=at))


async def find(session: AsyncSession, name: str) -> Client | None:
    found = await _load(session, ClientRow.name == name)
    return found[0] if found else None


async def lock(session: AsyncSession, name: str) -> Client | None:
    """Held until the transaction ends: two rotations at once would make three good secrets."""
    await session.execute(select(ClientRow.id).where(ClientRow.name == name).with_for_update())
    return await find(session, name)


async def every(session: AsyncSession) -> list[Client]:
    return await _load(session)


async def _load(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[Client]:
    rows = (
        await session.execute(select(ClientRow.__table__).where(*conditions).order_by(ClientRow.name))
    ).all()
    secrets: dict[UUID, list[Secret]] = defaultdict(list)
    found = await session.execute(
        select(SecretRow.__table__)
        .where(SecretRow.client_id.in_([row.id for row in rows]))
        .order_by(SecretRow.created_at.desc())
    )
    for row in found:
        secret = Secret(row.id, row.hash, row.created_at, row.expires_at, row.revoked_at)
        secrets[row.client_id].append(secret)
    return [_client(row, secrets[row.id]) for row in rows]


def _client(row: Row[Any], secrets: list[Secret]) -> Client:
    return Client(
        id=row.id,
        caller=Caller(
            role=Role(row.role),
            client=row.name,
            regions=frozenset(row.regions),
            siren=None if row.siren is None else Siren(row.siren),
            person=row.person,
        ),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        failed_attempts=row.failed_attempts,
        locked_until=row.locked_until,
        secrets=tuple(secrets),
    )


async def revoke(session: AsyncSession, client_id: UUID, at: datetime) -> None:
    await session.execute(update(ClientRow).where(ClientRow.id == client_id).values(revoked_at=at))
    await session.execute(
        update(SecretRow)
        .where(SecretRow.client_id == client_id, SecretRow.revoked_at.is_(None))
        .values(revoked_at=at)
    )


async def count_failure(
    session: AsyncSession, client_id: UUID, lockout: Lockout, at: datetime
) -> datetime | None:
    """Until when it is locked out by this failure, if it is. One statement, whatever processes count."""
    return await session.scalar(
        update(ClientRow)
        .where(ClientRow.id == client_id, is_open(ClientRow.locked_until, at))
        .values(one_failure_more(ClientRow.failed_attempts, ClientRow.locked_until, lockout, at))
        .returning(ClientRow.locked_until)
    )


async def record_use(session: AsyncSession, client_id: UUID, at: datetime) -> bool:
    """Forgets the failures before it; written once a minute. False where it was locked out meanwhile."""
    await session.execute(
        update(ClientRow)
        .where(
            ClientRow.id == client_id,
            is_open(ClientRow.locked_until, at),
            or_(
                ClientRow.last_used_at.is_(None),
                ClientRow.last_used_at <= at - USE_RECORDED_EVERY,
                ClientRow.failed_attempts > 0,
            ),
        )
        .values(last_used_at=at, failed_attempts=0, locked_until=None)
    )
    # After the update: it waited for whoever was locking the client out.
    still_open = await session.scalar(
        select(is_open(ClientRow.locked_until, at)).where(ClientRow.id == client_id)
    )
    return still_open is True


async def named_and_ended(session: AsyncSession) -> dict[UUID, date]:
    """The day in Paris on which each ended, of those that still name the person they acted for."""
    # The earlier of both, whichever is not there aside.
    ended_at = func.least(ClientRow.revoked_at, ClientRow.expires_at)
    ended_on = cast(func.timezone(PARIS.key, ended_at), Date)
    query = select(ClientRow.id, ended_on).where(ClientRow.person.is_not(None), ended_at.is_not(None))
    return {client: day for client, day in await session.execute(query)}  # noqa: C416 - of rows, a dict


async def forget_persons(session: AsyncSession, ids: Collection[UUID]) -> None:
    await session.execute(update(ClientRow).where(ClientRow.id.in_(ids)).values(person=None))
