"""Proves that every balance kept beside the journal equals it."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.ledger_proof import LedgerProof
from services.loans.domain.access import Act, require
from services.loans.persistence import ledger_proof


async def verify_ledger(session: AsyncSession, caller: Caller) -> LedgerProof:
    """In one snapshot: the session is of a read-only transaction."""
    require(caller, Act.VERIFY_LEDGER)
    return await ledger_proof.prove(session)
