from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client import LONGEST_OVERLAP, Secret, ends_at_rotation
from services.identity.domain.refusals import OverlapTooLong, UnknownClient
from services.identity.persistence import clients
from services.identity.usecases.add_client import Shown
from services.identity.usecases.secret_hashes import hash_of, new_secret
from services.kernel.identifiers import new_id


async def rotate_secret(session: AsyncSession, name: str, *, overlap: timedelta, at: datetime) -> Shown:
    """The secret before stays good for `overlap`: two at once, so that no call fails meanwhile."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise OverlapTooLong(longest_days=LONGEST_OVERLAP.days)
    client = await clients.lock(session, name)
    if client is None:
        raise UnknownClient(name=name)
    client.require_not_revoked()
    for secret_id, ends_at in ends_at_rotation(client.secrets, at, overlap).items():
        await clients.end_secret(session, secret_id, ends_at)
    secret = new_secret()
    await clients.add_secret(session, client.id, Secret(new_id(), hash_of(secret), at))
    return Shown(client, secret)
