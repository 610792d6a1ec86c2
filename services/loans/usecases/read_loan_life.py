"""A loan with what became of it: its tranches, its stays, its schedules, its journal, on any day."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.life.borrower_events import BorrowerEvent
from services.loans.domain.life.facts import LoanFile, Tranche, TrancheEnd
from services.loans.domain.life.past import loan_on
from services.loans.domain.life.stays import CaeStay, stays_on
from services.loans.domain.life.versions import ScheduleVersion, versions_of
from services.loans.domain.loan import Loan
from services.loans.domain.refusals import LoansElement
from services.loans.domain.repayment import repaid_cents_on
from services.loans.persistence import cae_stays, journal, loan_files, loans, told_loans
from services.loans.persistence.journal import JournalPlace, PlacedEntry


@dataclass(frozen=True, slots=True)
class WholeLoan:
    """`as_of` is None for today."""

    loan: Loan
    tranches: tuple[Tranche, ...]
    tranche_end: TrancheEnd | None
    stays: tuple[CaeStay, ...]
    events: tuple[BorrowerEvent, ...]
    as_of: date | None = None

    @classmethod
    def of(cls, file: LoanFile, stays: tuple[CaeStay, ...]) -> "WholeLoan":
        return cls(file.loan, file.tranches, file.tranche_end, stays, file.events)


@dataclass(frozen=True, slots=True)
class PaidVersion:
    """A schedule, and what was received by the last day on which it held: of the one in force, by today."""

    version: ScheduleVersion
    until_on: date | None
    received_cents: int


async def read_whole_loan(session: AsyncSession, caller: Caller, loan_id: UUID) -> WholeLoan:
    """Its repayments are not read: what they amount to is kept."""
    require(caller, Act.READ_LOAN)
    told = await told_loans.find(session, loan_id, caller.scope)
    return WholeLoan(told.loan, told.tranches, told.tranche_end, told.stays, told.events)


async def lock_whole_loan(session: AsyncSession, caller: Caller, loan_id: UUID) -> WholeLoan:
    """As it is read, and so that it stays: what is compared with `If-Match` before an act on it."""
    require(caller, Act.READ_LOAN)
    file = await loan_files.lock(session, loan_id, caller.scope)
    return WholeLoan.of(file, (await cae_stays.of_loans(session, [loan_id]))[loan_id])


async def read_loan_as_of(
    session: AsyncSession, caller: Caller, loan_id: UUID, as_of: date, *, today: date
) -> WholeLoan:
    """All of that day, by the facts known today: what arrived late counts from its own date."""
    require(caller, Act.READ_LOAN)
    file = await loan_files.find(session, loan_id, caller.scope)
    loan = loan_on(file, as_of, today=today)
    stays = stays_on((await cae_stays.of_loans(session, [loan_id]))[loan_id], as_of)
    if stays:
        loan = replace(loan, borrower=replace(loan.borrower, cae=stays[-1].cae))
    end = file.tranche_end
    return WholeLoan(
        loan,
        tuple(tranche for tranche in file.tranches if tranche.disbursed_on <= as_of),
        end if end is not None and end.ended_on <= as_of else None,
        stays,
        tuple(event for event in file.events if event.on <= as_of),
        as_of,
    )


async def read_schedules(
    session: AsyncSession, caller: Caller, loan_id: UUID
) -> tuple[Loan, list[PaidVersion]]:
    """From the first; none while tranches are still to leave."""
    require(caller, Act.READ_LOAN)
    file = await loan_files.find(session, loan_id, caller.scope)
    return file.loan, paid_versions(file)


def paid_versions(file: LoanFile) -> list[PaidVersion]:
    versions = versions_of(file)
    ends = [version.effective_on for version in versions[1:]]
    return [
        PaidVersion(
            version,
            until_on,
            file.loan.repaid_cents
            if until_on is None
            else repaid_cents_on(file.repayments, until_on - timedelta(days=1)),
        )
        for version, until_on in zip(versions, [*ends, None], strict=False)
    ]


async def list_entries(
    session: AsyncSession, caller: Caller, loan_id: UUID, *, after: JournalPlace | None, limit: int
) -> tuple[Loan, list[PlacedEntry]]:
    """By date, then as recorded; one more than `limit` where there is a next page."""
    require(caller, Act.READ_JOURNAL)
    loan = await loans.find(session, loan_id, caller.scope)
    return loan, await journal.page(session, loan.id, after=after, limit=limit)


async def count_entries(session: AsyncSession, caller: Caller, loan_id: UUID) -> int:
    """Of a loan that the caller has read."""
    require(caller, Act.READ_JOURNAL)
    return await journal.count(session, loan_id)


async def read_entry(
    session: AsyncSession, caller: Caller, loan_id: UUID, entry_id: UUID
) -> tuple[Loan, PlacedEntry]:
    require(caller, Act.READ_JOURNAL)
    loan = await loans.find(session, loan_id, caller.scope)
    found = await journal.find(session, loan.id, entry_id)
    if found is None:
        raise NotFound(what=LoansElement.ENTRY, id=entry_id)
    return loan, found


async def read_file_of_repayment(session: AsyncSession, caller: Caller, repayment_id: UUID) -> LoanFile:
    require(caller, Act.READ_LOAN)
    return await loan_files.find_of_repayment(session, repayment_id, caller.scope)
