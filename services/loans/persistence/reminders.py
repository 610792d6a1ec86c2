"""Reminders: one for each loan, spell of arrears and step of the fund's plan."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, false, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.refusals import LoansElement
from services.loans.domain.reminders import Channel, Reminder, ReminderStatus, ReminderStep
from services.loans.persistence.tables import ReminderRow
from services.loans.persistence.wide_statements import in_array, table_of

REMINDERS = table_of(ReminderRow)


@dataclass(frozen=True, slots=True)
class ReminderFilter:
    loan_id: UUID | None = None
    fund_id: UUID | None = None
    cae: Siren | None = None
    status: ReminderStatus | None = None
    due_on: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = (
            (REMINDERS.c.loan_id, self.loan_id),
            (REMINDERS.c.fund_id, self.fund_id),
            (REMINDERS.c.cae_siren, self.cae),
            (REMINDERS.c.status, self.status and self.status.value),
            (REMINDERS.c.due_on, self.due_on),
        )
        return [column == value for column, value in wanted if value is not None]


async def put(session: AsyncSession, reminders: Collection[Reminder]) -> None:
    """New ones; one that was cancelled in the same spell is due again, under the id that it had."""
    if not reminders:
        return
    rows = insert(REMINDERS).values([_values(reminder) for reminder in reminders])
    await session.execute(
        rows.on_conflict_do_update(
            index_elements=[REMINDERS.c.loan_id, REMINDERS.c.opened_on, REMINDERS.c.days],
            set_={"status": ReminderStatus.DUE.value, "cancelled_on": None, "due_on": rows.excluded.due_on},
            where=REMINDERS.c.status == ReminderStatus.CANCELLED.value,
        )
    )


async def of_spells(
    session: AsyncSession, loan_ids: Collection[UUID]
) -> dict[UUID, list[tuple[date, int, ReminderStatus]]]:
    """Of each loan that has any: of which spell, at how many days, and where it stands."""
    found = await session.execute(
        select(REMINDERS.c.loan_id, REMINDERS.c.opened_on, REMINDERS.c.days, REMINDERS.c.status).where(
            in_array(REMINDERS.c.loan_id, loan_ids)
        )
    )
    grouped: dict[UUID, list[tuple[date, int, ReminderStatus]]] = {}
    for row in found:
        grouped.setdefault(row.loan_id, []).append((row.opened_on, row.days, ReminderStatus(row.status)))
    return grouped


async def cancel_due(session: AsyncSession, loan_ids: Collection[UUID], day: date) -> int:
    """How many were still to be done."""
    if not loan_ids:
        return 0
    cancelled = await session.execute(
        update(REMINDERS)
        .where(in_array(REMINDERS.c.loan_id, loan_ids), REMINDERS.c.status == ReminderStatus.DUE.value)
        .values(status=ReminderStatus.CANCELLED.value, cancelled_on=day)
        .returning(REMINDERS.c.id)
    )
    return len(cancelled.all())


async def lock(session: AsyncSession, reminder_id: UUID, scope: Scope) -> Reminder:
    query = select(REMINDERS).where(REMINDERS.c.id == reminder_id, *_seen_in(scope))
    return _one((await session.execute(query.with_for_update(key_share=True))).one_or_none(), reminder_id)


async def find(session: AsyncSession, reminder_id: UUID, scope: Scope) -> Reminder:
    query = select(REMINDERS).where(REMINDERS.c.id == reminder_id, *_seen_in(scope))
    return _one((await session.execute(query)).one_or_none(), reminder_id)


async def save_done(session: AsyncSession, reminder: Reminder) -> None:
    await session.execute(
        update(REMINDERS)
        .where(REMINDERS.c.id == reminder.id)
        .values(status=reminder.status.value, done_on=reminder.done_on, note=reminder.note)
    )


async def page(
    session: AsyncSession,
    scope: Scope,
    wanted: ReminderFilter,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Reminder]:
    """The longest due first, one more than `limit` where there is a next page."""
    query = select(REMINDERS).where(*wanted.conditions(), *_seen_in(scope))
    if after is not None:
        query = query.where(tuple_(REMINDERS.c.due_on, REMINDERS.c.id) > tuple_(*after))
    query = query.order_by(REMINDERS.c.due_on, REMINDERS.c.id).limit(limit + 1)
    return [_to_reminder(row) for row in await session.execute(query)]


async def count(session: AsyncSession, scope: Scope, wanted: ReminderFilter) -> int:
    query = select(func.count()).select_from(REMINDERS).where(*wanted.conditions(), *_seen_in(scope))
    return int((await session.execute(query)).scalar_one())


def _seen_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Between a CAE and its operator: no role that is narrowed otherwise reads them."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(REMINDERS.c.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(REMINDERS.c.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(false())
    return conditions


def _one(row: Row[Any] | None, reminder_id: UUID) -> Reminder:
    if row is None:
        raise NotFound(what=LoansElement.REMINDER, id=reminder_id)
    return _to_reminder(row)


def _values(reminder: Reminder) -> dict[str, object]:
    return {
        "id": reminder.id,
        "loan_id": reminder.loan_id,
        "fund_id": reminder.fund_id,
        "region": reminder.region,
        "cae_siren": reminder.cae_siren,
        "opened_on": reminder.opened_on,
        "unpaid_since": reminder.since,
        "days": reminder.step.days,
        "channel": reminder.step.channel.value,
        "label": reminder.step.label,
        "due_on": reminder.due_on,
        "status": reminder.status.value,
        "created_at": reminder.created_at,
    }


def _to_reminder(row: Row[Any]) -> Reminder:
    return Reminder(
        id=row.id,
        loan_id=row.loan_id,
        fund_id=row.fund_id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        since=row.unpaid_since,
        opened_on=row.opened_on,
        step=ReminderStep(row.days, Channel(row.channel), row.label),
        due_on=row.due_on,
        created_at=row.created_at,
        status=ReminderStatus(row.status),
        done_on=row.done_on,
        note=row.note,
        cancelled_on=row.cancelled_on,
    )
