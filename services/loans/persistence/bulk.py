"""A whole portfolio at once: what one movement writes, by the same statements for hundreds of loans."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.persistence import funds, prepared_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.persistence.prepared_files import PreparedFiles

BATCH = 500
"""Files written at once: what bounds the memory of a large portfolio."""


@dataclass(frozen=True, slots=True)
class PreparedPart:
    """Files to write at once, and how many loans they add to each fund."""

    files: PreparedFiles
    added: Mapping[UUID, int]


def prepare(changes: Sequence[FileChange]) -> PreparedPart:
    """Without the database, so in a thread: PostgreSQL writes a part while the next is prepared."""
    added = Counter(change.after.loan.fund_id for change in changes if change.before is None)
    return PreparedPart(prepared_files.prepare(changes), added)


async def write(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    """New loans and movements on locked ones, together, in batches. Under the lock of their funds."""
    for start in range(0, len(changes), BATCH):
        await write_part(session, prepare(changes[start : start + BATCH]))


async def write_part(session: AsyncSession, part: PreparedPart) -> None:
    await prepared_files.write(session, part.files)
    for fund_id, many in part.added.items():
        await funds.skip_loan_numbers(session, fund_id, many)


async def allow_thinking(session: AsyncSession, seconds: int) -> None:
    """Keeps this transaction's locks through a long decision: an idle one is else ended by the database."""
    await session.execute(
        text("SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, true)"),
        {"milliseconds": str(seconds * 1000)},
    )
