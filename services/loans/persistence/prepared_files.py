"""What changed files write: prepared without the database, by a thread where they are many, then sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from services.loans.domain.life.facts import LoanFile
from services.loans.persistence import journal
from services.loans.persistence.loan_rows import (
    FileChange,
    Relaid,
    Values,
    balance_values,
    event_values,
    instalment_values,
    loan_values,
    recovery_values,
    repayment_values,
    reversal_values,
    schedule_change_values,
    share_values,
    stay_values,
    tranche_end_values,
    tranche_values,
    version_values,
)
from services.loans.persistence.loans import INSTALMENTS
from services.loans.persistence.tables import (
    BorrowerEventRow,
    CaeStayRow,
    InstalmentRow,
    LoanRow,
    LoanShareRow,
    RecoveryRow,
    RepaymentRow,
    ReversalRow,
    ScheduleChangeRow,
    ScheduleVersionRow,
    TrancheEndRow,
    TrancheRow,
)
from services.loans.persistence.wide_statements import (
    PreparedRows,
    insert_prepared,
    prepare_rows,
    table_of,
)

VERSIONS = table_of(ScheduleVersionRow)

KEEP_LOANS = text("""
    UPDATE loans.loans l
       SET status = kept.status, repaid_cents = kept.repaid_cents,
           written_off_cents = kept.written_off_cents, recovered_cents = kept.recovered_cents,
           written_off_on = kept.written_off_on, written_off_reason = kept.written_off_reason,
           principal_cents = kept.principal_cents, schedule_version = kept.schedule_version,
           next_due_on = kept.next_due_on, in_order_from = kept.in_order_from,
           written_off_cause = kept.written_off_cause
      FROM unnest(CAST(:id AS uuid[]), CAST(:status AS text[]), CAST(:repaid_cents AS bigint[]),
                  CAST(:written_off_cents AS bigint[]), CAST(:recovered_cents AS bigint[]),
                  CAST(:written_off_on AS date[]), CAST(:written_off_reason AS text[]),
                  CAST(:principal_cents AS bigint[]), CAST(:schedule_version AS smallint[]),
                  CAST(:next_due_on AS date[]), CAST(:in_order_from AS date[]),
                  CAST(:written_off_cause AS text[]))
           AS kept (id, status, repaid_cents, written_off_cents, recovered_cents, written_off_on,
                    written_off_reason, principal_cents, schedule_version, next_due_on, in_order_from,
                    written_off_cause)
     WHERE l.id = kept.id
""")
KEEP_SHARES = text("""
    UPDATE loans.loan_shares s
       SET credited_cents = kept.credited_cents, lost_cents = kept.lost_cents,
           recovered_cents = kept.recovered_cents, principal_cents = kept.principal_cents
      FROM unnest(CAST(:loan_id AS uuid[]), CAST(:funder_id AS uuid[]), CAST(:credited_cents AS bigint[]),
                  CAST(:lost_cents AS bigint[]), CAST(:recovered_cents AS bigint[]),
                  CAST(:principal_cents AS bigint[]))
           AS kept (loan_id, funder_id, credited_cents, lost_cents, recovered_cents, principal_cents)
     WHERE s.loan_id = kept.loan_id AND s.funder_id = kept.funder_id
""")
KEPT_OF_SHARES = (
    "loan_id",
    "funder_id",
    "credited_cents",
    "lost_cents",
    "recovered_cents",
    "principal_cents",
)


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """One statement for each table, in the order in which one needs the other.

    `ended` are schedule versions, and all after them, that make place for others between both lists of rows.
    """

    facts: tuple[PreparedRows, ...]
    ended: tuple[tuple[UUID, int], ...]
    laid_out_and_received: tuple[PreparedRows, ...]
    balances: Mapping[str, list[Any]]
    shares: Mapping[str, list[Any]]


def prepare(changes: Sequence[FileChange]) -> PreparedFiles:
    """The new facts, the entries, and the balances kept beside them."""
    new = [change.after for change in changes if change.before is None]
    kept = [change.after for change in changes if change.before is not None]
    relaid = [of_one for change in changes if (of_one := change.relaid())]
    return PreparedFiles(
        facts=(
            prepare_rows(LoanRow, map(loan_values, new)),
            prepare_rows(LoanShareRow, (row for file in new for row in share_values(file))),
            prepare_rows(CaeStayRow, map(stay_values, new)),
            _of_each(TrancheRow, map(tranche_values, changes)),
            _of_each(ScheduleChangeRow, map(schedule_change_values, changes)),
            _of_each(TrancheEndRow, map(tranche_end_values, changes)),
            _of_each(BorrowerEventRow, map(event_values, changes)),
        ),
        ended=tuple((of_one.loan.id, of_one.first) for of_one in relaid if of_one.ends),
        laid_out_and_received=(
            *_laid_out(relaid),
            _of_each(RepaymentRow, map(repayment_values, changes)),
            _of_each(ReversalRow, map(reversal_values, changes)),
            _of_each(RecoveryRow, map(recovery_values, changes)),
            *journal.prepared([entry for change in changes for entry in change.entries]),
        ),
        **_balances(kept),
    )


def _of_each(row: type[DeclarativeBase], values: Iterable[Sequence[Values]]) -> PreparedRows:
    return prepare_rows(row, (one for of_change in values for one in of_change))


def _laid_out(relaid: Sequence[Relaid]) -> tuple[PreparedRows, PreparedRows]:
    """The versions that the movements add or change, in place of those that they put an end to."""
    laid_out = [(of_one.loan, version) for of_one in relaid for version in of_one.versions]
    return (
        prepare_rows(ScheduleVersionRow, (version_values(*of_one) for of_one in laid_out)),
        _of_each(InstalmentRow, (instalment_values(*of_one) for of_one in laid_out)),
    )


def _balances(files: Sequence[LoanFile]) -> dict[str, dict[str, list[Any]]]:
    loans = [{"id": file.loan.id, **balance_values(file)} for file in files]
    shares = [row for file in files for row in share_values(file)]
    return {
        "balances": {column: [row[column] for row in loans] for column in loans[0]} if loans else {},
        "shares": {column: [row[column] for row in shares] for column in KEPT_OF_SHARES},
    }


async def write(session: AsyncSession, prepared: PreparedFiles) -> None:
    for rows in prepared.facts:
        await insert_prepared(session, rows)
    for loan_id, first in prepared.ended:
        for table in (VERSIONS, INSTALMENTS):
            await session.execute(delete(table).where(table.c.loan_id == loan_id, table.c.version >= first))
    for rows in prepared.laid_out_and_received:
        await insert_prepared(session, rows)
    if prepared.balances:
        await session.execute(KEEP_LOANS, prepared.balances)
        await session.execute(KEEP_SHARES, prepared.shares)
