"""A loan with the facts that its movements depend on: locked, read, and written back."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.refusals import NotFound
from services.loans.domain.life.borrower_events import BorrowerEvent, BorrowerEventKind
from services.loans.domain.life.facts import (
    LoanFile,
)
from services.loans.domain.refusals import LoansElement
from services.loans.domain.repayment import EarlyMode, PaymentMethod, Repayment, Reversal
from services.loans.domain.shares import LoanShare, Shares
from services.loans.persistence import journal, loan_facts
from services.loans.persistence.loan_rows import (
    FileChange,
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
from services.loans.persistence.loans import INSTALMENTS, LOANS, to_loan, versions_of
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import (
    BorrowerEventRow,
    CaeStayRow,
    FunderRow,
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
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

SHARES = table_of(LoanShareRow)
FUNDERS = table_of(FunderRow)
REPAYMENTS = table_of(RepaymentRow)
REVERSALS = table_of(ReversalRow)
VERSIONS = table_of(ScheduleVersionRow)
EVENTS = table_of(BorrowerEventRow)


async def lock(session: AsyncSession, loan_id: UUID, scope: Scope) -> LoanFile:
    """One movement at a time on a loan; its facts are read after, as the movement before left them."""
    found = await session.execute(
        select(LOANS.c.id)
        .where(LOANS.c.id == loan_id, *sees_dossier(LoanRow, scope))
        .with_for_update(key_share=True)
    )
    if found.first() is None:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    return (await _read(session, LOANS.c.id == loan_id))[0]


async def find(session: AsyncSession, loan_id: UUID, scope: Scope) -> LoanFile:
    """To read only: what is written is written from a locked file."""
    found = await _read(session, LOANS.c.id == loan_id, *sees_dossier(LoanRow, scope))
    if not found:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    return found[0]


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> list[LoanFile]:
    """To read only, of whatever tenant the transaction sees."""
    return await _read(session, in_array(LOANS.c.id, loan_ids)) if loan_ids else []


async def lock_of_repayment(session: AsyncSession, repayment_id: UUID, scope: Scope) -> LoanFile:
    return await _of_repayment(session, repayment_id, scope, lock)


async def find_of_repayment(session: AsyncSession, repayment_id: UUID, scope: Scope) -> LoanFile:
    return await _of_repayment(session, repayment_id, scope, find)


async def _of_repayment(
    session: AsyncSession,
    repayment_id: UUID,
    scope: Scope,
    take: Callable[[AsyncSession, UUID, Scope], Awaitable[LoanFile]],
) -> LoanFile:
    found = await session.execute(select(REPAYMENTS.c.loan_id).where(REPAYMENTS.c.id == repayment_id))
    loan_id = found.scalar_one_or_none()
    if loan_id is None:
        raise NotFound(what=LoansElement.REPAYMENT, id=repayment_id)
    try:
        return await take(session, loan_id, scope)
    except NotFound as unseen:
        raise NotFound(what=LoansElement.REPAYMENT, id=repayment_id) from unseen


async def lock_borne_by(session: AsyncSession, funder_id: UUID) -> list[LoanFile]:
    """The loans in which a funder has a share, in one order, by id."""
    borne = select(SHARES.c.loan_id).where(SHARES.c.funder_id == funder_id)
    await session.execute(
        select(LOANS.c.id).where(LOANS.c.id.in_(borne)).order_by(LOANS.c.id).with_for_update(key_share=True)
    )
    return await _read(session, LOANS.c.id.in_(borne))


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


async def save(session: AsyncSession, change: FileChange) -> None:
    """A new loan, or a movement on a locked one."""
    await save_all(session, [change])


async def save_all(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    """The new facts, the entries, and the balances kept beside them: one statement for each table.

    COPY was tried instead: it gains nothing that can be measured, since what costs is the constraints and
    triggers that both meet.
    """
    new = [change.after for change in changes if change.before is None]
    await insert_rows(session, LoanRow, map(loan_values, new))
    await insert_rows(session, LoanShareRow, (row for file in new for row in share_values(file)))
    await insert_rows(session, CaeStayRow, map(stay_values, new))
    await insert_rows(session, TrancheRow, (row for change in changes for row in tranche_values(change)))
    await insert_rows(
        session, ScheduleChangeRow, (row for change in changes for row in schedule_change_values(change))
    )
    await insert_rows(
        session, TrancheEndRow, (row for change in changes for row in tranche_end_values(change))
    )
    await insert_rows(session, BorrowerEventRow, (row for change in changes for row in event_values(change)))
    await _lay_out(session, changes)
    await insert_rows(session, RepaymentRow, (row for change in changes for row in repayment_values(change)))
    await insert_rows(session, ReversalRow, (row for change in changes for row in reversal_values(change)))
    await insert_rows(session, RecoveryRow, (row for change in changes for row in recovery_values(change)))
    await journal.add(session, [entry for change in changes for entry in change.entries])
    await _keep_balances(session, [change.after for change in changes if change.before is not None])


async def _lay_out(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    """The versions that the movements add or change, in place of those that they put an end to."""
    relaid = [of_one for change in changes if (of_one := change.relaid())]
    for of_one in relaid:
        if of_one.ends:
            for table in (VERSIONS, INSTALMENTS):
                await session.execute(
                    delete(table).where(table.c.loan_id == of_one.loan.id, table.c.version >= of_one.first)
                )
    laid_out = [(of_one.loan, version) for of_one in relaid for version in of_one.versions]
    await insert_rows(session, ScheduleVersionRow, (version_values(*of_one) for of_one in laid_out))
    await insert_rows(
        session, InstalmentRow, (row for of_one in laid_out for row in instalment_values(*of_one))
    )


async def _keep_balances(session: AsyncSession, files: Sequence[LoanFile]) -> None:
    if not files:
        return
    loans = [{"id": file.loan.id, **balance_values(file)} for file in files]
    await session.execute(KEEP_LOANS, {column: [row[column] for row in loans] for column in loans[0]})
    shares = [row for file in files for row in share_values(file)]
    columns = ("loan_id", "funder_id", "credited_cents", "lost_cents", "recovered_cents", "principal_cents")
    await session.execute(KEEP_SHARES, {column: [row[column] for row in shares] for column in columns})


async def replace_shares(session: AsyncSession, changes: Sequence[FileChange]) -> None:
    """Other funders bear the loans from now on: the one change of shares that is not a movement of money."""
    loan_ids = [change.after.loan.id for change in changes]
    await session.execute(delete(SHARES).where(in_array(SHARES.c.loan_id, loan_ids)))
    await insert_rows(
        session, LoanShareRow, (share for change in changes for share in share_values(change.after))
    )
    await journal.add(session, [entry for change in changes for entry in change.entries])


async def _read(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[LoanFile]:
    rows = (await session.execute(select(LOANS).where(*conditions).order_by(LOANS.c.id))).all()
    loan_ids = [row.id for row in rows]
    schedules = await versions_of(session, loan_ids)
    tranches = await loan_facts.tranches_of(session, loan_ids)
    changes = await loan_facts.changes_of(session, loan_ids)
    shares = await _shares_of(session, loan_ids)
    repayments = await repayments_of(session, loan_ids)
    written_off = [row.id for row in rows if row.written_off_on is not None]
    recoveries = await loan_facts.recoveries_of(session, written_off)
    events = await events_of(session, loan_ids)
    unfinished = [row.id for row in rows if row.principal_cents < row.granted_cents]
    tranche_ends = await loan_facts.tranche_ends_of(session, unfinished)
    return [
        LoanFile(
            to_loan(row, schedules[row.id].get(row.schedule_version, ())),
            shares[row.id],
            schedules[row.id].get(1, ()),
            tranches[row.id],
            repayments[row.id],
            tuple(recoveries.get(row.id, ())),
            changes[row.id],
            tranche_ends.get(row.id),
            events[row.id],
        )
        for row in rows
    ]


async def _shares_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, Shares]:
    """In convention order: carried roundings go to the first funder at a tie."""
    shares: defaultdict[UUID, list[LoanShare]] = defaultdict(list)
    found = await session.execute(
        select(SHARES)
        .join(FUNDERS, FUNDERS.c.id == SHARES.c.funder_id)
        .where(in_array(SHARES.c.loan_id, loan_ids))
        .order_by(SHARES.c.loan_id, FUNDERS.c.rank)
    )
    for row in found:
        shares[row.loan_id].append(
            LoanShare(
                row.funder_id,
                row.principal_cents,
                row.weight_cents,
                row.credited_cents,
                row.lost_cents,
                row.recovered_cents,
            )
        )
    return {loan_id: tuple(shares[loan_id]) for loan_id in loan_ids}


async def repayments_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, tuple[Repayment, ...]]:
    """Each loan's repayments as they were recorded, with their reversals."""
    repayments: defaultdict[UUID, list[Repayment]] = defaultdict(list)
    found = await session.execute(
        select(REPAYMENTS, REVERSALS.c.id.label("reversal_id"), REVERSALS.c.reversed_on, REVERSALS.c.reason)
        .outerjoin(REVERSALS, REVERSALS.c.repayment_id == REPAYMENTS.c.id)
        .where(in_array(REPAYMENTS.c.loan_id, loan_ids))
        .order_by(REPAYMENTS.c.loan_id, REPAYMENTS.c.recorded_rank)
    )
    for row in found:
        repayments[row.loan_id].append(_to_repayment(row))
    return {loan_id: tuple(repayments[loan_id]) for loan_id in loan_ids}


async def events_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, tuple[BorrowerEvent, ...]]:
    events: defaultdict[UUID, list[BorrowerEvent]] = defaultdict(list)
    found = await session.execute(
        select(EVENTS)
        .where(in_array(EVENTS.c.loan_id, loan_ids))
        .order_by(EVENTS.c.loan_id, EVENTS.c.created_at, EVENTS.c.id)
    )
    for row in found:
        events[row.loan_id].append(
            BorrowerEvent(row.id, row.loan_id, BorrowerEventKind(row.kind), row.occurred_on, row.note)
        )
    return {loan_id: tuple(events[loan_id]) for loan_id in loan_ids}


def _to_repayment(row: Any) -> Repayment:
    return Repayment(
        id=row.id,
        loan_id=row.loan_id,
        recorded_rank=row.recorded_rank,
        amount_cents=row.amount_cents,
        paid_on=row.paid_on,
        method=PaymentMethod(row.method),
        reference=row.reference,
        early=None if row.early is None else EarlyMode(row.early),
        reversal=None if row.reversal_id is None else Reversal(row.reversal_id, row.reversed_on, row.reason),
    )
