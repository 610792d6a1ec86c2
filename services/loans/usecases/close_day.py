"""A region's day is closed: what falls due and what became overdue is told, reminders are asked for.

A few loans at a time, each step a transaction of its own: a close that is stopped goes on where it was, and
two at once share the work. What was told once is refused a second time by the database.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act
from services.loans.domain.daily_close import (
    DailyClose,
    Findings,
    Known,
    LoanToClose,
    find,
    is_spared,
    newly_broken,
)
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.standing import loan_as_of
from services.loans.domain.promises import Promise
from services.loans.domain.reminders import Reminder, ReminderPlan, plan_on
from services.loans.domain.schedule import Instalment
from services.loans.persistence import (
    daily_closes,
    loan_files,
    promises,
    reminder_plans,
    reminders,
)
from services.loans.persistence.daily_closes import Notice
from services.loans.usecases.facts import Values
from services.loans.usecases.lapse_offers import lapse_offers
from services.runtime.history.facts import Dossier, Fact, tell

LOANS_AT_ONCE = 1_000


async def next_close(
    session: AsyncSession, *, until: date, today: date, regions: Collection[str] = ()
) -> DailyClose | None:
    """The next day to close, of the region that is furthest behind; begun if it was not.

    Where no day was ever closed, `until` is the first: what was before it is nobody's news. Of all regions
    unless some are named.
    """
    require_past(DateField.DAY, until, today)
    ahead = []
    for region, last in (await daily_closes.latest(session)).items():
        if regions and region not in regions:
            continue
        if last is not None and last.closed_at is None and last.day <= until:
            ahead.append(last)
        elif last is None or (last.closed_at is not None and last.day < until):
            day = until if last is None else last.day + timedelta(days=1)
            ahead.append(DailyClose(region, day, is_first=last is None, started_at=datetime.now(UTC)))
    close = min(ahead, key=lambda one: (one.day, one.region), default=None)
    if close is not None:
        await daily_closes.begin(session, close)
    return close


async def close_some(session: AsyncSession, close: DailyClose) -> DailyClose:
    """The next loans of a close that was begun; it is closed once there are none left."""
    close = await daily_closes.lock(session, close.region, close.day)
    if close.closed_at is not None:
        return close
    notice_days = await reminder_plans.longest_notice_days(session, close.region)
    until = close.day + timedelta(days=notice_days)
    found = await daily_closes.candidates(session, close, until=until, most=LOANS_AT_ONCE)
    if found.last_id is None:
        lapsed = await lapse_offers(session, today=close.day, region=close.region)
        close = replace(close, lapsed_offer_count=len(lapsed), closed_at=datetime.now(UTC))
    else:
        step = await _look(session, close, until, found)
        close = replace(await step.save(session, close), after_loan_id=found.last_id)
    await daily_closes.keep(session, close)
    return close


@dataclass(slots=True)
class _Step:
    """What the close of a day finds of some loans, to be written and told at once."""

    day: date
    notices: list[Notice] = field(default_factory=list)
    opened: list[tuple[LoanToClose, Findings]] = field(default_factory=list)
    ended: list[LoanToClose] = field(default_factory=list)
    reminded: list[tuple[LoanToClose, Reminder]] = field(default_factory=list)
    broken: list[tuple[LoanToClose, Promise]] = field(default_factory=list)
    spared: list[LoanToClose] = field(default_factory=list)
    again: set[UUID] = field(default_factory=set)
    """Reminders that are due again: they were told of when they first were."""

    def add(self, loan: LoanToClose, known: Known, findings: Findings) -> None:
        for instalments, is_overdue, is_told in (
            (findings.due, False, True),
            (findings.overdue, True, True),
            (findings.silent, True, False),
        ):
            self.notices += [Notice(loan, one, is_overdue, is_told) for one in instalments]
        if findings.ends_spell(known):
            self.ended.append(loan)
        if findings.starts_spell(known):
            self.opened.append((loan, findings))
        if findings.step is not None and findings.spell is not None:
            reminder = Reminder(
                id=new_id(),
                loan_id=loan.id,
                fund_id=loan.fund_id,
                region=loan.region,
                cae_siren=loan.cae_siren,
                since=findings.spell.since,
                opened_on=findings.spell.opened_on,
                step=findings.step,
                due_on=self.day,
                created_at=datetime.now(UTC),
            )
            self.reminded.append((loan, reminder))
            if not findings.starts_spell(known) and findings.step.days in known.cancelled_steps:
                self.again.add(reminder.id)

    async def save(self, session: AsyncSession, close: DailyClose) -> DailyClose:
        cancelled = await reminders.cancel_due(
            session, [loan.id for loan in (*self.ended, *self.spared)], self.day
        )
        await daily_closes.note(session, self.notices, self.day)
        await daily_closes.end_spells(session, [loan.id for loan in self.ended], self.day)
        await daily_closes.open_spells(
            session, [(loan, findings.spell) for loan, findings in self.opened if findings.spell]
        )
        await reminders.put(session, [reminder for _, reminder in self.reminded])
        await promises.save_told(session, [promise for _, promise in self.broken], self.day)
        told = [one for one in self.notices if one.is_told]
        asked = [(loan, one) for loan, one in self.reminded if one.id not in self.again]
        tell(
            session,
            *(_of_instalment(one.loan, one.instalment, is_overdue=one.is_overdue) for one in told),
            *(_of_reminder(loan, reminder) for loan, reminder in asked),
            *(_of_promise(loan, promise) for loan, promise in self.broken),
        )
        overdue = sum(one.is_overdue for one in told)
        return replace(
            close,
            due_count=close.due_count + len(told) - overdue,
            overdue_count=close.overdue_count + overdue,
            reminder_count=close.reminder_count + len(asked),
            cancelled_reminder_count=close.cancelled_reminder_count + cancelled,
            broken_promise_count=close.broken_promise_count + len(self.broken),
        )


async def _look(
    session: AsyncSession, close: DailyClose, until: date, found: daily_closes.Candidates
) -> _Step:
    loan_ids = found.loan_ids
    loans = await _as_of(session, close.day, until, found)
    plans = await reminder_plans.of_funds(session, {loan.fund_id for loan in loans})
    known = await daily_closes.known_of(session, loan_ids)
    promised = await promises.of_loans(session, loan_ids)
    repayments = await loan_files.repayments_of(session, list(promised))
    before = await daily_closes.find(session, close.region, close.day - timedelta(days=1))
    events = await loan_files.events_of(session, loan_ids)
    step = _Step(close.day)
    for loan in loans:
        made, received = promised.get(loan.id, []), repayments.get(loan.id, ())
        plan = plan_on(plans[loan.fund_id], close.day) or ReminderPlan(
            loan.fund_id, loan.region, close.day, notice_days=0, steps=()
        )
        spared = is_spared(events[loan.id], made, received, close.day)
        findings = find(
            loan,
            known[loan.id],
            plan,
            close.day,
            is_first_seen=_is_first_seen(loan, close, before),
            is_spared=spared,
        )
        step.add(loan, known[loan.id], findings)
        step.broken += [(loan, promise) for promise in newly_broken(made, received, close.day)]
        if spared:
            step.spared.append(loan)
    return step


async def _as_of(
    session: AsyncSession, day: date, until: date, found: daily_closes.Candidates
) -> list[LoanToClose]:
    """As the facts dated up to the day have them; most have no later one, and are read as they are."""
    files = await loan_files.of_loans(session, found.late_facts)
    loans = await daily_closes.loans_to_close(session, found, day, until)
    return loans + [LoanToClose.of(loan_as_of(file, day), until) for file in files]


def _is_first_seen(loan: LoanToClose, close: DailyClose, before: DailyClose | None) -> bool:
    """Whether its past is older than the close itself: on the first day, or where it was imported since."""
    if close.is_first or before is None:
        return True
    return loan.is_imported and loan.created_at >= before.started_at


def _of_instalment(loan: LoanToClose, instalment: Instalment, *, is_overdue: bool) -> Fact:
    return _fact(
        loan,
        LoansEvent.INSTALMENT_OVERDUE if is_overdue else LoansEvent.INSTALMENT_DUE,
        {
            "rank": instalment.rank,
            "due_on": instalment.due_on,
            "amount_cents": instalment.amount_cents,
            "unpaid_cents": instalment.unpaid_cents(loan.repaid_cents),
        },
    )


def _of_reminder(loan: LoanToClose, reminder: Reminder) -> Fact:
    return _fact(
        loan,
        LoansEvent.REMINDER_DUE,
        {
            "unpaid_since": reminder.since,
            "days": reminder.step.days,
            "channel": reminder.step.channel,
            "due_on": reminder.due_on,
        },
        reminder.id,
    )


def _of_promise(loan: LoanToClose, promise: Promise) -> Fact:
    return _fact(
        loan,
        LoansEvent.PROMISE_BROKEN,
        {"due_on": promise.due_on, "amount_cents": promise.amount_cents},
        promise.id,
    )


def _fact(loan: LoanToClose, event: LoansEvent, after: Values, subject_id: UUID | None = None) -> Fact:
    return Fact(
        Dossier("loan", loan.id, loan.region, loan.cae_siren),
        Act.CLOSE_DAY,
        event,
        subject_id=subject_id,
        after=after,
    )
