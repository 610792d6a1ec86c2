"""A top-up as it stands under its lock, to be compared with the tag that a caller read."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.rest.top_up_models import TopUpAnswer
from services.capital.usecases.read_top_ups import hold_top_up
from services.runtime.call import Call


def held_now(call: Call, top_up_id: UUID) -> Callable[[AsyncSession], Awaitable[TopUpAnswer]]:
    async def now(session: AsyncSession) -> TopUpAnswer:
        return TopUpAnswer.of(await hold_top_up(session, call.caller, top_up_id))

    return now
