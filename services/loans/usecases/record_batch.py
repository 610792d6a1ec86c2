"""Many repayments at once: all or nothing, or line by line, and the transfer of a CAE that they came with."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.refusals import BatchRefused
from services.loans.domain.access import Act, require
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.remittance import AnnouncedRemittance, Remittance, check_announced, check_known
from services.loans.domain.repayment_batch import (
    BatchLine,
    Decided,
    LoanKey,
    Recorded,
    RefusedLine,
    Tenant,
    decide,
    tenant_of,
)
from services.loans.persistence import bulk, locked_loans, remittances
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_remittance
from services.loans.usecases.record_repayment import repayment_facts
from services.loans.usecases.schedule_facts import schedule_facts
from services.runtime.history.facts import tell

MOST_SECONDS_DECIDING = 60


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """`lines` in the order given; `is_atomic` records all of them or none."""

    lines: tuple[BatchLine, ...]
    is_atomic: bool = True
    remittance: AnnouncedRemittance | None = None


@dataclass(frozen=True, slots=True)
class RecordedBatch:
    """Each line is in one of both; `remittance` is as it is after them."""

    recorded: tuple[Recorded, ...]
    refused: tuple[RefusedLine, ...]
    remittance: Remittance | None


async def record_batch(
    session: AsyncSession, caller: Caller, order: RecordBatch, *, today: date
) -> RecordedBatch:
    """Loans are locked in the order of their ids, then the remittance: batches never wait in a ring."""
    require(caller, Act.RECORD_REPAYMENT)
    await bulk.allow_thinking(session, MOST_SECONDS_DECIDING)
    files = await locked_loans.lock_by_keys(session, [line.loan for line in order.lines], caller.scope)
    remitted_by = _remitted_by(order, files)
    remittance = await _lock_remittance(session, order, remitted_by, today=today)
    # Pure and up to a second long: in a thread, so that the service goes on answering.
    decided = await asyncio.to_thread(decide, order.lines, files, remitted_by=remitted_by, today=today)
    if decided.refused and order.is_atomic:
        refused = [(line.index, line.pointer, line.refusal) for line in decided.refused]
        raise BatchRefused(len(order.lines), refused)
    changes = [FileChange(loan.before, loan.after, loan.entries) for loan in decided.loans]
    await bulk.write(session, changes)
    after = await _allocate(session, remittance, decided)
    tell(
        session,
        *(
            fact
            for line in decided.recorded
            for fact in repayment_facts(line.before, line.after, line.repayment)
        ),
        *(fact for change in changes for fact in schedule_facts(change, Act.RECORD_REPAYMENT)),
    )
    return RecordedBatch(decided.recorded, decided.refused, after)


def _remitted_by(order: RecordBatch, files: Mapping[LoanKey, LoanFile]) -> Tenant | None:
    """The CAE that is named, else that of the first line's loan, in the region of its first loan.

    None without a remittance, and where no line's loan is seen: then none can be recorded.
    """
    if order.remittance is None:
        return None
    named = order.remittance.cae
    seen = [tenant_of(files[line.loan].loan) for line in order.lines if line.loan in files]
    of_named = (tenant for tenant in seen if named in {None, tenant.cae_siren})
    return next(of_named, Tenant(seen[0].region, named) if seen and named else None)


async def _lock_remittance(
    session: AsyncSession, order: RecordBatch, remitted_by: Tenant | None, *, today: date
) -> Remittance | None:
    announced = order.remittance
    if announced is None:
        return None
    lines_cents = sum(line.payment.amount_cents for line in order.lines)
    if remitted_by is None:
        check_announced(announced, lines_cents, is_new=True, today=today)
        return None
    remittance, is_new = await remittances.lock(session, announced, remitted_by)
    check_announced(announced, lines_cents, is_new=is_new, today=today)
    if not is_new:
        check_known(announced, remittance, lines_cents)
    return remittance


async def _allocate(
    session: AsyncSession, remittance: Remittance | None, decided: Decided
) -> Remittance | None:
    if remittance is None:
        return None
    repayments = [line.repayment for line in decided.recorded]
    allocated_cents = sum(repayment.amount_cents for repayment in repayments)
    after = replace(remittance, allocated_cents=remittance.allocated_cents + allocated_cents)
    await remittances.allocate(session, after, repayments)
    tell(session, of_remittance(remittance, after))
    return after
