"""Who a client acted for is forgotten some months after the client ended: revoked, or expired."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.persistence import clients
from services.kernel.calendar import add_months


async def forget_officers(
    session: AsyncSession, *, months: int, today: date, is_dry_run: bool = False
) -> Mapping[UUID, date]:
    """Those that are forgotten now, or would be, with the day on which each ended. The client's row stays."""
    ended = await clients.named_and_ended(session)
    past = {client: day for client, day in ended.items() if add_months(day, months) <= today}
    if past and not is_dry_run:
        await clients.forget_persons(session, past)
    return past
