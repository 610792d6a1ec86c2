"""A whole portfolio at once: COPY on the session's own connection, one statement for each table.

COPY fires the same triggers and checks the same constraints as an INSERT: entries must add up here too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from services.loans.persistence import funds
from services.loans.persistence.journal import entry_values, posting_values
from services.loans.persistence.loan_rows import (
    FileChange,
    Values,
    balance_values,
    instalment_values,
    loan_values,
    recovery_values,
    repayment_values,
    reversal_values,
    share_values,
)
from services.loans.persistence.tables import (
    InstalmentRow,
    JournalEntryRow,
    LoanRow,
    LoanShareRow,
    PostingRow,
    RecoveryRow,
    RepaymentRow,
    ReversalRow,
)
from services.loans.persistence.wide_statements import table_of

BATCH = 500
"""Files written at once: what bounds the memory of a large portfolio."""

KEEP_LOANS = text("""
    UPDATE loans.loans l
       SET status = kept.status, repaid_cents = kept.repaid_cents,
           written_off_cents = kept.written_off_cents, recovered_cents = kept.recovered_cents,
           written_off_on = kept.written_off_on, written_off_reason = kept.written_off_reason
      FROM unnest(CAST(:id AS uuid[]), CAST(:status AS text[]), CAST(:repaid_cents AS bigint[]),
                  CAST(:written_off_cents AS bigint[]), CAST(:recovered_cents AS bigint[]),
                  CAST(:written_off_on AS date[]), CAST(:written_off_reason AS text[]))
           AS kept (id, status, repaid_cents, written_off_cents, recovered_cents, written_off_on,
                    written_off_reason)
     WHERE l.id = kept.id
""")
KEEP_SHARES = text("""
    UPDATE loans.loan_shares s
       SET credited_cents = kept.credited_cents, lost_cents = kept.lost_cents,
           recovered_cents = kept.recovered_cents
      FROM unnest(CAST(:loan_id AS uuid[]), CAST(:funder_id AS uuid[]), CAST(:credited_cents AS bigint[]),
                  CAST(:lost_cents AS bigint[]), CAST(:recovered_cents AS bigint[]))
           AS kept (loan_id, funder_id, credited_cents, lost_cents, recovered_cents)
     WHERE s.loan_id = kept.loan_id AND s.funder_id = kept.funder_id
""")


async def write(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    """New loans and movements on locked ones, together, in batches. Under the lock of their funds."""
    for start in range(0, len(changes), BATCH):
        await _write_batch(session, changes[start : start + BATCH])


async def _write_batch(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    new = [change for change in changes if change.before is None]
    known = [change for change in changes if change.before is not None]
    await _copy(session, LoanRow, (loan_values(change.after.loan) for change in new))
    await _copy(
        session, InstalmentRow, (row for change in new for row in instalment_values(change.after.loan))
    )
    await _copy(session, LoanShareRow, (row for change in new for row in share_values(change.after)))
    await _copy(session, RepaymentRow, (row for change in changes for row in repayment_values(change)))
    await _copy(session, ReversalRow, (row for change in changes for row in reversal_values(change)))
    await _copy(session, RecoveryRow, (row for change in changes for row in recovery_values(change)))
    entries = [entry for change in changes for entry in change.entries]
    await _copy(session, JournalEntryRow, map(entry_values, entries))
    await _copy(session, PostingRow, (row for entry in entries for row in posting_values(entry)))
    if known:
        await _keep_balances(session, known)
    for fund_id, many in Counter(change.after.loan.fund_id for change in new).items():
        await funds.skip_loan_numbers(session, fund_id, many)


async def _keep_balances(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    loans = [{"id": change.after.loan.id, **balance_values(change.after.loan)} for change in changes]
    await session.execute(KEEP_LOANS, {column: [row[column] for row in loans] for column in loans[0]})
    shares = [row for change in changes for row in share_values(change.after)]
    columns = ("loan_id", "funder_id", "credited_cents", "lost_cents", "recovered_cents")
    await session.execute(KEEP_SHARES, {column: [row[column] for row in shares] for column in columns})


async def _copy(session: AsyncSession, row: type[DeclarativeBase], rows: Iterable[Values]) -> None:
    listed = list(rows)
    if not listed:
        return
    table = table_of(row)
    columns = list(listed[0])
    connection = await _driver_connection(session)
    await connection.copy_records_to_table(
        table.name,
        schema_name=table.schema,
        columns=columns,
        records=[tuple(values[column] for column in columns) for values in listed],
    )


async def _driver_connection(session: AsyncSession) -> Any:
    """Asyncpg's own, in the session's transaction, which SQLAlchemy opens at its first statement."""
    await session.execute(text("SELECT"))
    return (await (await session.connection()).get_raw_connection()).driver_connection
