"""Proves that every balance kept beside the journal equals it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.persistence import ledger_proof
from services.loans.persistence.ledger_proof import Difference


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """`compared`: how many funds, loans, entries and postings. No difference is what must be."""

    compared: dict[str, int]
    differences: tuple[Difference, ...]


async def verify_ledger(session: AsyncSession) -> LedgerProof:
    """In one snapshot: the session is of a read-only transaction."""
    return LedgerProof(await ledger_proof.counts(session), tuple(await ledger_proof.differences(session)))
