"""Proves that balances kept beside the journal equal it: no difference is the only good answer."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.persistence import ledger_proof
from services.kernel.access import Caller
from services.kernel.ledger_proof import LedgerProof


async def verify_ledger(session: AsyncSession, caller: Caller) -> LedgerProof:
    """Counters against awards, awards and payments against postings, every entry against zero."""
    require(caller, CapitalAct.VERIFY_LEDGER)
    return await ledger_proof.prove(session)
