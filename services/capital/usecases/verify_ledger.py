"""Proves that balances kept beside the journal equal it: no difference is the only good answer."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.persistence.ledger_checks import Difference, differences
from services.kernel.access import Caller

__all__ = ["Difference", "verify_ledger"]


async def verify_ledger(session: AsyncSession, caller: Caller) -> list[Difference]:
    """Counters against awards, awards and payments against postings, every entry against zero."""
    require(caller, CapitalAct.VERIFY_LEDGER)
    return await differences(session)
