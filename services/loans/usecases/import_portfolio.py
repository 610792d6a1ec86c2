"""An operator brings an existing portfolio: two files, one transaction, nothing twice.

The fund's row is locked from the reading of what it knows to the last write, so two imports of the same files
at once take turns, and the second finds all of it known.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import entrepreneur_id, new_id
from services.kernel.refusals import Element, NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.borrower import Borrower
from services.loans.domain.contributions import held_by
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_settings import first_version
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.loan import Loan
from services.loans.domain.portfolio.findings import Finding, PortfolioFile
from services.loans.domain.portfolio.lines import LoanLine, Portfolio, read_portfolio
from services.loans.domain.portfolio.loan_history import LoanHistory
from services.loans.domain.portfolio.outcome import Outcome, add_up
from services.loans.domain.portfolio.takeover import Holder, Known, Takeover
from services.loans.domain.refusals import FundNameTaken
from services.loans.domain.reminders import first_plan
from services.loans.domain.shares import Parts
from services.loans.domain.terms import DEFAULT_SETTINGS
from services.loans.persistence import bulk, contributions, funds, loan_files, reminder_plans
from services.loans.persistence.loan_rows import FileChange
from services.loans.persistence.locked_loans import lock_numbers
from services.loans.usecases.facts import fund_dossier, fund_values, of_imported
from services.loans.usecases.second_person import check_who_writes_off
from services.runtime.history.facts import Fact, tell
from services.runtime.history.writing import write_told

Progress = Callable[[int, int], None]
"""Told how much is done, of how much, in loans that the files speak of."""

Decide = Callable[[Sequence[str], Known], list[LoanHistory]]

LOANS_PER_PART = 125
"""Decided, then written, at once: what bounds the memory of an import."""
COUNTED = (
    "loans_taken",
    "loans_known",
    "repayments_taken",
    "recoveries_taken",
    "repayments_known",
    "losses_taken",
)
MOST_SECONDS_DECIDING = 120


def _unwatched(_done: int, _of: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ImportPortfolio:
    """`loans` and `repayments` are the files' bytes. A dry run reads and compares, and writes nothing."""

    region: str
    fund_name: str
    loans: bytes
    repayments: bytes
    as_of: date | None = None
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every line is taken, known, or among the rejections; findings come in the order of the files.

    `fund_id` is None for a fund that is not there: a dry run makes none, nor does a file without a loan.
    """

    fund_id: UUID | None
    is_new_fund: bool
    is_dry_run: bool
    loans_taken: int
    loans_known: int
    repayments_taken: int
    recoveries_taken: int
    repayments_known: int
    losses_taken: int
    rejections: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    outcome: Outcome

    def rejected(self, file: PortfolioFile) -> int:
        return sum(finding.file is file for finding in self.rejections)


async def import_portfolio(
    session: AsyncSession,
    caller: Caller,
    order: ImportPortfolio,
    *,
    today: date,
    entrepreneur_key: bytes,
    progress: Progress = _unwatched,
) -> ImportReport:
    require(caller, Act.IMPORT_LOANS)
    if not caller.scope.sees_region(order.region):
        raise NotFound(what=Element.REGION, id=order.region)
    if order.as_of is not None:
        require_past(DateField.AS_OF, order.as_of, today)
    # Reading and deciding are pure and may take seconds: in a thread, so that the service goes on answering.
    await bulk.allow_thinking(session, MOST_SECONDS_DECIDING)
    portfolio = await asyncio.to_thread(read_portfolio, order.loans, order.repayments, today=today)
    target = await _target(session, caller, order, portfolio, today=today)
    holder = Holder(
        fund=target.fund,
        bearers=await _bearers(session, target, portfolio.loans),
        borrower_of=lambda line: _borrower(line, entrepreneur_key),
    )
    takeover = Takeover(portfolio, holder, as_of=order.as_of, today=today, created_at=datetime.now(UTC))
    taking = _Taking(session, caller, order, target, takeover, progress)
    await taking.all()
    return taking.report()


@dataclass(frozen=True, slots=True)
class _Target:
    """The fund that takes the portfolio; not recorded, it is one that a dry run or an empty file imagines."""

    fund: Fund
    is_new: bool
    is_recorded: bool
    is_to_write: bool


async def _target(
    session: AsyncSession, caller: Caller, order: ImportPortfolio, portfolio: Portfolio, *, today: date
) -> _Target:
    fund = await funds.find_by_name(session, order.region, order.fund_name)
    now = datetime.now(UTC)
    opened_on = min((line.disbursed_on for line in portfolio.loans), default=today)
    imagined = Fund(
        id=new_id(),
        region=order.region,
        name=order.fund_name,
        opened_on=opened_on,
        versions=(first_version(DEFAULT_SETTINGS, opened_on, now),),
        created_at=now,
    )
    is_to_write = not order.is_dry_run
    if fund is None:
        if not (is_to_write and portfolio.loans):
            return _Target(imagined, is_new=True, is_recorded=False, is_to_write=False)
        fund = await _add(session, imagined)
    if is_to_write:
        fund = (await funds.lock(session, fund.id, caller.scope)).fund
    return _Target(fund, is_new=fund.id == imagined.id, is_recorded=True, is_to_write=is_to_write)


async def _add(session: AsyncSession, fund: Fund) -> Fund:
    """Two first imports at once: the second waits for the first one's fund, and takes it."""
    try:
        async with session.begin_nested():
            await funds.add(session, fund)
            await reminder_plans.put(session, first_plan(fund.id, fund.region, fund.opened_on))
    except FundNameTaken:
        found = await funds.find_by_name(session, fund.region, fund.name)
        if found is None:
            raise
        return found
    tell(
        session,
        Fact(fund_dossier(fund), Act.IMPORT_LOANS, LoansEvent.FUND_CREATED, after=fund_values(fund)),
    )
    return fund


async def _bearers(
    session: AsyncSession, target: _Target, lines: Iterable[LoanLine]
) -> Callable[[date], Parts]:
    """Who had paid in by a day; the placeholder where nobody had, made only if a loan needs it."""
    stakes = await contributions.stakes_of(session, target.fund.id) if target.is_recorded else []
    by_day = {line.disbursed_on: held_by(stakes, line.disbursed_on) for line in lines}
    placeholder_id = new_id()
    if target.is_to_write and not all(by_day.values()):
        placeholder = await funds.ensure_placeholder(session, target.fund.id, new_id=placeholder_id)
        placeholder_id = placeholder.id
    return lambda day: by_day[day] or {placeholder_id: 1}


def _borrower(line: LoanLine, entrepreneur_key: bytes) -> Borrower:
    return Borrower(
        entrepreneur_id=entrepreneur_id(entrepreneur_key, line.cae.siren, line.reference),
        cae=line.cae,
        reference=line.reference,
        given_name=line.given_name,
        family_name=line.family_name,
        contract=line.contract,
        member_since=line.member_since,
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    """What is left of a part once it is decided: what to write and tell, and how much it is of what."""

    part: bulk.PreparedPart
    facts: Sequence[Fact]
    lost: Sequence[Loan]
    counts: Counter[str]


def _decided(histories: Sequence[LoanHistory], *, is_dry_run: bool) -> _Decided:
    changed = [history for history in histories if history.entries and not is_dry_run]
    return _Decided(
        bulk.prepare([FileChange(history.before, history.file, history.entries) for history in changed]),
        [
            of_imported(history.before.loan if history.before else None, history.file.loan)
            for history in changed
        ],
        [history.file.loan for history in histories if history.is_newly_lost],
        _count(histories),
    )


def _count(histories: Iterable[LoanHistory]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for history in histories:
        if history.line is not None:
            counts["loans_taken" if history.before is None else "loans_known"] += 1
        counts["repayments_taken"] += history.repayments_taken
        counts["recoveries_taken"] += history.recoveries_taken
        counts["repayments_known"] += history.lines_known
        counts["losses_taken"] += history.is_newly_lost
    return counts


class _Taking:
    """Part after part: while PostgreSQL writes one, a thread decides the next and prepares its rows."""

    def __init__(
        self,
        session: AsyncSession,
        caller: Caller,
        order: ImportPortfolio,
        target: _Target,
        takeover: Takeover,
        progress: Progress,
    ) -> None:
        self._session, self._caller, self._order = session, caller, order
        self._target, self._takeover, self._progress = target, takeover, progress
        self._known: dict[str, UUID] = {}
        self._counts: Counter[str] = Counter()
        self._done, self._of = 0, 0

    async def all(self) -> None:
        """Every loan is locked before the first is written: in one order, as all who lock several do."""
        numbers = self._takeover.numbers
        if self._target.is_recorded:
            self._known = await lock_numbers(self._session, self._target.fund.id, numbers)
        self._of = len(numbers)
        self._progress(0, self._of)
        await self._take(numbers, self._takeover.take)
        await self._take(self._takeover.waiting, self._takeover.take_waiting)

    async def _take(self, numbers: Sequence[str], decide: Decide) -> None:
        decided = None
        for start in range(0, len(numbers), LOANS_PER_PART):
            part = numbers[start : start + LOANS_PER_PART]
            known = await self._read(part)
            deciding = asyncio.create_task(asyncio.to_thread(self._decide, decide, part, known))
            try:
                await self._write(decided)
            finally:
                decided = await deciding
            self._done = min(self._done + len(part), self._of)
            self._progress(self._done, self._of)
        await self._write(decided)

    def _decide(self, decide: Decide, numbers: Sequence[str], known: Known) -> _Decided:
        return _decided(decide(numbers, known), is_dry_run=self._order.is_dry_run)

    async def _read(self, numbers: Iterable[str]) -> dict[str, LoanFile]:
        ids = [self._known[number] for number in numbers if number in self._known]
        return {file.loan.number: file for file in await loan_files.of_loans(self._session, ids)}

    async def _write(self, decided: _Decided | None) -> None:
        if decided is None:
            return
        await check_who_writes_off(self._session, self._caller, self._target.fund.access, decided.lost)
        await bulk.write_part(self._session, decided.part)
        tell(self._session, *decided.facts)
        await write_told(self._session)
        self._counts += decided.counts

    def report(self) -> ImportReport:
        findings, as_of = self._takeover.findings, self._takeover.as_of
        return ImportReport(
            fund_id=self._target.fund.id if self._target.is_recorded else None,
            is_new_fund=self._target.is_new,
            is_dry_run=self._order.is_dry_run,
            **{name: self._counts[name] for name in COUNTED},
            rejections=tuple(finding for finding in findings if finding.is_rejection),
            warnings=tuple(finding for finding in findings if not finding.is_rejection),
            outcome=add_up(self._takeover.tallies, as_of),
        )
