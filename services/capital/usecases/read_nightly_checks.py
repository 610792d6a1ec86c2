"""What the nightly checks found, for who runs the software."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.nightly_checks import NightlyCheck
from services.capital.persistence import nightly_checks
from services.kernel.access import Caller


async def list_nightly_checks(
    session: AsyncSession, caller: Caller, *, before: date | None, limit: int
) -> Sequence[NightlyCheck]:
    """The latest first; one more than `limit` where there is a next page."""
    require(caller, CapitalAct.READ_NIGHTLY_CHECKS)
    return await nightly_checks.page(session, before=before, limit=limit)


async def count_nightly_checks(session: AsyncSession, caller: Caller) -> int:
    require(caller, CapitalAct.READ_NIGHTLY_CHECKS)
    return await nightly_checks.count(session)
