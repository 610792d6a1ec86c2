"""A whole portfolio at once: what one movement writes, by the same statements for hundreds of loans."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.persistence import funds, loan_files
from services.loans.persistence.loan_rows import FileChange

BATCH = 500
"""Files written at once: what bounds the memory of a large portfolio."""


async def write(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    """New loans and movements on locked ones, together, in batches. Under the lock of their funds."""
    for start in range(0, len(changes), BATCH):
        await loan_files.save_all(session, changes[start : start + BATCH])
    added = Counter(change.after.loan.fund_id for change in changes if change.before is None)
    for fund_id, many in added.items():
        await funds.skip_loan_numbers(session, fund_id, many)


async def allow_thinking(session: AsyncSession, seconds: int) -> None:
    """Keeps this transaction's locks through a long decision: an idle one is else ended by the database."""
    await session.execute(
        text("SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, true)"),
        {"milliseconds": str(seconds * 1000)},
    )
