"""A loan with the facts that its movements depend on: locked, read, and written back."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
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
from services.loans.persistence.loan_rows import FileChange, share_values
from services.loans.persistence.loans import LOANS, to_loan, versions_of
from services.loans.persistence.prepared_files import prepare, write
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import (
    BorrowerEventRow,
    FunderRow,
    LoanRow,
    LoanShareRow,
    RepaymentRow,
    ReversalRow,
    ScheduleVersionRow,
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


async def save(session: AsyncSession, change: FileChange) -> None:
    """A new loan, or a movement on a locked one."""
    await write(session, prepare([change]))


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
