from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client import Client
from services.identity.persistence import clients


async def list_clients(session: AsyncSession) -> list[Client]:
    """By name, those that have ended too."""
    return await clients.every(session)
