from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client import Client, Secret, check_new_client
from services.identity.domain.refusals import NameTaken
from services.identity.persistence import clients
from services.identity.usecases.secret_hashes import hash_of, new_secret
from services.kernel.access import Caller
from services.kernel.identifiers import new_id


@dataclass(frozen=True, slots=True)
class Shown:
    """A client, and the secret that nobody can read again. Kept out of what is printed by mistake."""

    client: Client
    secret: str

    def __repr__(self) -> str:
        return f"Shown({self.client.name})"


async def add_client(
    session: AsyncSession, caller: Caller, *, expires_at: datetime | None, at: datetime
) -> Shown:
    """`caller` is what the new client's tokens will say."""
    check_new_client(caller, expires_at, at)
    client = Client(id=new_id(), caller=caller, created_at=at, expires_at=expires_at)
    if not await clients.add(session, client):
        raise NameTaken(name=client.name)
    secret = new_secret()
    await clients.add_secret(session, client.id, Secret(new_id(), hash_of(secret), at))
    return Shown(client, secret)
