from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client import Client
from services.identity.domain.refusals import UnknownClient
from services.identity.persistence import clients


async def revoke_client(session: AsyncSession, name: str, *, at: datetime) -> Client:
    """No new token from now on; those that it has end by themselves. Once more changes nothing."""
    client = await clients.lock(session, name)
    if client is None:
        raise UnknownClient(name=name)
    if client.revoked_at is None:
        await clients.revoke(session, client.id, at)
    return client
