"""How far the daily close has come in each region, and what closes have already found of loans."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.daily_close import DailyClose, Known, LoanToClose, Spell
from services.loans.domain.reminders import ReminderStatus
from services.loans.domain.schedule import Instalment
from services.loans.persistence import reminders
from services.loans.persistence.tables import ArrearsSpellRow, DailyCloseRow, FundRow, InstalmentNoticeRow
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

CLOSES = table_of(DailyCloseRow)
FUNDS = table_of(FundRow)
NOTICES = table_of(InstalmentNoticeRow)
SPELLS = table_of(ArrearsSpellRow)


async def latest(session: AsyncSession) -> dict[str, DailyClose | None]:
    """The last close that was begun, of every region that has a fund."""
    regions = (await session.execute(select(FUNDS.c.region).distinct().order_by(FUNDS.c.region))).scalars()
    found = await session.execute(
        select(CLOSES).ext(distinct_on(CLOSES.c.region)).order_by(CLOSES.c.region, CLOSES.c.day.desc())
    )
    begun = {row.region: _to_close(row) for row in found}
    return {region: begun.get(region) for region in regions}


async def begin(session: AsyncSession, close: DailyClose) -> None:
    """By one process: another that begins the same day finds it begun."""
    await session.execute(
        insert(CLOSES)
        .values(region=close.region, day=close.day, is_first=close.is_first, started_at=close.started_at)
        .on_conflict_do_nothing()
    )


async def lock(session: AsyncSession, region: str, day: date) -> DailyClose:
    """One step of a close at a time: who waits here goes on from where the other came."""
    query = select(CLOSES).where(CLOSES.c.region == region, CLOSES.c.day == day).with_for_update()
    return _to_close((await session.execute(query)).one())


async def find(session: AsyncSession, region: str, day: date) -> DailyClose | None:
    query = select(CLOSES).where(CLOSES.c.region == region, CLOSES.c.day == day)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _to_close(row)


async def keep(session: AsyncSession, close: DailyClose) -> None:
    await session.execute(
        update(CLOSES)
        .where(CLOSES.c.region == close.region, CLOSES.c.day == close.day)
        .values(
            after_loan_id=close.after_loan_id,
            closed_at=close.closed_at,
            due_count=close.due_count,
            overdue_count=close.overdue_count,
            reminder_count=close.reminder_count,
            cancelled_reminder_count=close.cancelled_reminder_count,
            broken_promise_count=close.broken_promise_count,
            lapsed_offer_count=close.lapsed_offer_count,
        )
    )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Of the next loans in order: up to which one they go, and which of them the close must look at.

    Of those, `later_money` has repayments dated after the day and nothing else; `late_facts` has more, and is
    to be told again from the start.
    """

    last_id: UUID | None
    loan_ids: Sequence[UUID]
    late_facts: frozenset[UUID]
    later_money: frozenset[UUID]


# What a close can find something of: what is late, or falls due and was not announced; what was late at the
# close before; what was promised; and what a fact of a later day may have changed since.
CANDIDATES = text("""
    WITH page AS MATERIALIZED (
        SELECT id, next_due_on, disbursed_on, schedule_version, repaid_cents, written_off_on,
               in_order_from > :day OR coalesce(written_off_on > :day, false) AS has_later_facts
          FROM loans.loans
         WHERE region = :region AND id > :after_loan_id
         ORDER BY id LIMIT :most
    )
    SELECT id, has_later_facts,
           schedule_version = 1 AND coalesce(written_off_on <= :day, true)
           AND EXISTS (SELECT FROM loans.schedule_versions v
                        WHERE v.loan_id = page.id AND v.version = 1 AND v.effective_on <= :day)
           AS is_only_money,
           disbursed_on <= :day
           AND (next_due_on < :day OR has_later_facts
                OR (next_due_on <= :until AND EXISTS (
                        SELECT FROM loans.instalments i
                         WHERE i.loan_id = page.id AND i.version = page.schedule_version
                           AND i.due_on BETWEEN :day AND :until AND i.cumulative_cents > page.repaid_cents
                           AND NOT EXISTS (
                               SELECT FROM loans.instalment_notices n
                                WHERE n.loan_id = page.id AND NOT n.is_overdue AND n.due_on = i.due_on)))
                OR EXISTS (SELECT FROM loans.arrears_spells s
                            WHERE s.loan_id = page.id AND s.ended_on IS NULL)
                OR EXISTS (SELECT FROM loans.payment_promises p
                            WHERE p.loan_id = page.id AND p.broken_told_on IS NULL)) AS is_looked_at
      FROM page ORDER BY id
""")
BEFORE_ALL = UUID(int=0)


async def candidates(session: AsyncSession, close: DailyClose, *, until: date, most: int) -> Candidates:
    rows = (
        await session.execute(
            CANDIDATES,
            {
                "region": close.region,
                "after_loan_id": close.after_loan_id or BEFORE_ALL,
                "day": close.day,
                "until": until,
                "most": most,
            },
        )
    ).all()
    looked_at = [row for row in rows if row.is_looked_at]
    later = [row for row in looked_at if row.has_later_facts]
    return Candidates(
        rows[-1].id if rows else None,
        [row.id for row in looked_at],
        late_facts=frozenset(row.id for row in later if not row.is_only_money),
        later_money=frozenset(row.id for row in later if row.is_only_money),
    )


# Where only money came later, and the schedule is the one that the loan has always had, what was repaid that
# day is a sum: no life has to be told again.
TO_CLOSE = text("""
    WITH asked AS (
        SELECT id, fund_id, region, cae_siren, created_at, application_id, schedule_version, written_off_on,
               CASE WHEN id = ANY (CAST(:later_money AS uuid[])) THEN
                   (SELECT coalesce(sum(r.amount_cents), 0)::bigint FROM loans.repayments r
                     WHERE r.loan_id = l.id AND r.paid_on <= :day)
                   - (SELECT coalesce(sum(v.amount_cents), 0)::bigint FROM loans.reversals v
                       WHERE v.loan_id = l.id AND v.reversed_on <= :day)
               ELSE repaid_cents END AS repaid_cents
          FROM loans.loans l WHERE id = ANY (CAST(:ids AS uuid[]))
    )
    SELECT asked.id, fund_id, asked.region, asked.cae_siren, created_at, application_id, repaid_cents,
           i.rank, i.due_on, i.amount_cents, i.cumulative_cents
      FROM asked LEFT JOIN loans.instalments i
        ON i.loan_id = asked.id AND i.version = asked.schedule_version AND i.due_on <= :until
           AND i.cumulative_cents > asked.repaid_cents AND asked.written_off_on IS NULL
     ORDER BY asked.id, i.rank
""")


async def loans_to_close(
    session: AsyncSession, found: Candidates, day: date, until: date
) -> list[LoanToClose]:
    """Those that need no replay; of their instalments only those that are unpaid and due by `until`."""
    ids = [loan_id for loan_id in found.loan_ids if loan_id not in found.late_facts]
    rows = await session.execute(
        TO_CLOSE, {"ids": ids, "later_money": list(found.later_money), "day": day, "until": until}
    )
    return [_to_loan(list(of_loan)) for _, of_loan in groupby(rows, key=lambda row: row.id)]


def _to_loan(rows: Sequence[Row[Any]]) -> LoanToClose:
    first = rows[0]
    return LoanToClose(
        id=first.id,
        fund_id=first.fund_id,
        region=first.region,
        cae_siren=Siren(first.cae_siren),
        repaid_cents=first.repaid_cents,
        created_at=first.created_at,
        is_imported=first.application_id is None,
        unpaid=tuple(
            Instalment(row.rank, row.due_on, row.amount_cents, row.cumulative_cents)
            for row in rows
            if row.rank is not None
        ),
    )


async def known_of(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, Known]:
    """Of each loan asked for, what closes have found of it."""
    notices: dict[tuple[UUID, bool], set[date]] = {}
    found = await session.execute(
        select(NOTICES.c.loan_id, NOTICES.c.is_overdue, NOTICES.c.due_on).where(
            in_array(NOTICES.c.loan_id, loan_ids)
        )
    )
    for row in found:
        notices.setdefault((row.loan_id, row.is_overdue), set()).add(row.due_on)
    open_spells = await session.execute(
        select(SPELLS).where(in_array(SPELLS.c.loan_id, loan_ids), SPELLS.c.ended_on.is_(None))
    )
    spells = {row.loan_id: Spell(row.unpaid_since, row.opened_on, row.steps_after) for row in open_spells}
    asked = await reminders.of_spells(session, [loan_id for loan_id in loan_ids if loan_id in spells])
    known = {}
    for loan_id in loan_ids:
        spell = spells.get(loan_id)
        of_spell = [one for one in asked.get(loan_id, ()) if spell is not None and one[0] == spell.opened_on]
        known[loan_id] = Known(
            due=frozenset(notices.get((loan_id, False), ())),
            overdue=frozenset(notices.get((loan_id, True), ())),
            spell=spell,
            steps={days for _, days, status in of_spell if status is not ReminderStatus.CANCELLED},
            cancelled_steps={days for _, days, status in of_spell if status is ReminderStatus.CANCELLED},
        )
    return known


@dataclass(frozen=True, slots=True)
class Notice:
    loan: LoanToClose
    instalment: Instalment
    is_overdue: bool
    is_told: bool


async def note(session: AsyncSession, notices: Sequence[Notice], day: date) -> None:
    """Each once: the key refuses a second, whatever this process remembers. It is of a day, on which what an
    acceleration makes due may join an instalment.
    """
    rows = {
        (one.loan.id, one.is_overdue, one.instalment.due_on): {
            "loan_id": one.loan.id,
            "is_overdue": one.is_overdue,
            "due_on": one.instalment.due_on,
            "region": one.loan.region,
            "cae_siren": one.loan.cae_siren,
            "announced_on": day,
            "is_told": one.is_told,
        }
        for one in notices
    }
    await insert_rows(session, InstalmentNoticeRow, rows.values())


async def end_spells(session: AsyncSession, loan_ids: Collection[UUID], day: date) -> None:
    if loan_ids:
        await session.execute(
            update(SPELLS)
            .where(in_array(SPELLS.c.loan_id, loan_ids), SPELLS.c.ended_on.is_(None))
            .values(ended_on=day)
        )


async def open_spells(session: AsyncSession, opened: Sequence[tuple[LoanToClose, Spell]]) -> None:
    rows = (
        {
            "loan_id": loan.id,
            "opened_on": spell.opened_on,
            "unpaid_since": spell.since,
            "region": loan.region,
            "cae_siren": loan.cae_siren,
            "steps_after": spell.steps_after,
        }
        for loan, spell in opened
    )
    await insert_rows(session, ArrearsSpellRow, rows)


def _to_close(row: Row[Any]) -> DailyClose:
    return DailyClose(
        region=row.region,
        day=row.day,
        is_first=row.is_first,
        started_at=row.started_at,
        after_loan_id=row.after_loan_id,
        closed_at=row.closed_at,
        due_count=row.due_count,
        overdue_count=row.overdue_count,
        reminder_count=row.reminder_count,
        cancelled_reminder_count=row.cancelled_reminder_count,
        broken_promise_count=row.broken_promise_count,
        lapsed_offer_count=row.lapsed_offer_count,
    )
