"""Answers about paid awards, which stay as recorded, and the months that nothing answers for yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, Select, cast, func, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.follow_ups import Check, DueFollowUp, FollowUp, Milestone
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.top_ups import TopUp
from services.capital.persistence.tables import (
    follow_up_announcements,
    follow_ups,
    payment_lines,
    payments,
    scheme_versions,
    top_ups,
)
from services.capital.persistence.top_ups import top_up_of, within
from services.kernel.access import Scope
from services.kernel.identifiers import Siren

_CORRECTED = follow_ups.alias("corrected")
_READ = select(follow_ups, _CORRECTED.c.id.label("corrects")).select_from(
    follow_ups.outerjoin(_CORRECTED, _CORRECTED.c.corrected_by == follow_ups.c.id)
)

_MILESTONE = (
    func.unnest(scheme_versions.c.follow_up_months).table_valued("months").render_derived("milestone")
)
_due_on: ColumnElement[date] = cast(
    payments.c.paid_on + func.make_interval(0, _MILESTONE.c.months), Date
)  # cut to the month's last, as `add_months` does
_UNANSWERED: Select[Any] = (
    select(
        top_ups,
        payment_lines.c.payment_id,
        _MILESTONE.c.months.label("months"),
        _due_on.label("due_on"),
    )
    .join_from(top_ups, payment_lines, payment_lines.c.top_up_id == top_ups.c.id)
    .join(payments, payments.c.id == payment_lines.c.payment_id)
    .join(scheme_versions, scheme_versions.c.id == top_ups.c.version_id)
    .join(_MILESTONE, true())
    .where(
        top_ups.c.status == TopUpStatus.PAID.value,
        payment_lines.c.reversal_id.is_(None),
        _MILESTONE.c.months > top_ups.c.proven_months,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFilter:
    """Due on `until` or before, however late; None leaves a filter out."""

    until: date
    cae_siren: Siren | None = None
    scheme_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaidBy:
    """The payment that months are counted from."""

    payment_id: UUID
    paid_on: date


async def payment_of(session: AsyncSession, top_up_id: UUID) -> PaidBy | None:
    """That which did not come back."""
    query = (
        select(payments.c.id, payments.c.paid_on)
        .join_from(payment_lines, payments, payments.c.id == payment_lines.c.payment_id)
        .where(payment_lines.c.top_up_id == top_up_id, payment_lines.c.reversal_id.is_(None))
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else PaidBy(found.id, found.paid_on)


async def insert(session: AsyncSession, follow_up: FollowUp, top_up: TopUp) -> None:
    """The answer that it corrects is named as corrected first: one answer of a day stands."""
    if follow_up.corrects is not None:
        corrected = update(follow_ups).where(follow_ups.c.id == follow_up.corrects)
        await session.execute(corrected.values(corrected_by=follow_up.id))
    check = follow_up.check
    await session.execute(
        follow_ups.insert().values(
            id=follow_up.id,
            top_up_id=follow_up.top_up_id,
            payment_id=follow_up.payment_id,
            region=top_up.region,
            cae_siren=top_up.cae.siren,
            checked_on=check.checked_on,
            still_member=check.still_member,
            capital_kept_cents=check.capital_kept_cents,
            left_on=check.left_on,
            capital_withdrawn_on=check.capital_withdrawn_on,
            evidence=check.evidence,
            proven_months=follow_up.proven_months,
            ended_early=follow_up.ended_early,
            unearned_cents=follow_up.unearned_cents,
            clawback_id=follow_up.clawback_id,
            created_at=follow_up.created_at,
        )
    )


async def save_proof(session: AsyncSession, top_up: TopUp) -> None:
    """What the answers that stand come to, kept on the dossier."""
    await session.execute(
        update(top_ups)
        .where(top_ups.c.id == top_up.id)
        .values(status=top_up.status.value, proven_months=top_up.proven_months, revision=top_up.revision)
    )


async def standing(session: AsyncSession, top_up_id: UUID) -> list[FollowUp]:
    """Those that no other corrects, in the order they were recorded."""
    query = _READ.where(follow_ups.c.top_up_id == top_up_id, follow_ups.c.corrected_by.is_(None))
    return await _load(session, query.order_by(follow_ups.c.id))


async def find(session: AsyncSession, follow_up_id: UUID, top_up_id: UUID) -> FollowUp | None:
    found = await _load(
        session, _READ.where(follow_ups.c.id == follow_up_id, follow_ups.c.top_up_id == top_up_id)
    )
    return found[0] if found else None


async def page(session: AsyncSession, top_up_id: UUID, *, after: UUID | None, limit: int) -> list[FollowUp]:
    """Of one dossier, in the order they were recorded; one more than `limit`."""
    query = _READ.where(follow_ups.c.top_up_id == top_up_id)
    if after is not None:
        query = query.where(follow_ups.c.id > after)
    return await _load(session, query.order_by(follow_ups.c.id).limit(limit + 1))


async def count(session: AsyncSession, top_up_id: UUID) -> int:
    query = select(func.count()).select_from(follow_ups).where(follow_ups.c.top_up_id == top_up_id)
    return int((await session.execute(query)).scalar_one())


async def of_top_ups(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[FollowUp]]:
    """Every answer of several dossiers by one query; a dossier without one has an empty list."""
    grouped: dict[UUID, list[FollowUp]] = {top_up_id: [] for top_up_id in ids}
    query = _READ.where(follow_ups.c.top_up_id.in_(ids)).order_by(follow_ups.c.id)
    for follow_up in await _load(session, query):
        grouped[follow_up.top_up_id].append(follow_up)
    return grouped


async def followed_up(session: AsyncSession, payment_id: UUID) -> list[UUID]:
    """The top-ups of a payment that somebody looked at since."""
    query = select(follow_ups.c.top_up_id).where(follow_ups.c.payment_id == payment_id)
    return sorted(set((await session.execute(query)).scalars()))


async def due(
    session: AsyncSession, scope: Scope, wanted: DueFilter, *, after: tuple[date, UUID] | None, limit: int
) -> list[DueFollowUp]:
    """Months that nothing answers for, the longest due first; one more than `limit`."""
    query = _UNANSWERED.where(*_conditions(scope, wanted))
    if after is not None:
        query = query.where(tuple_(_due_on, top_ups.c.id) > tuple_(*after))
    rows = await session.execute(query.order_by(_due_on, top_ups.c.id).limit(limit + 1))
    return [_due_of(row) for row in rows]


async def count_due(session: AsyncSession, scope: Scope, wanted: DueFilter) -> int:
    counted = _UNANSWERED.where(*_conditions(scope, wanted)).with_only_columns(func.count())
    return int((await session.execute(counted)).scalar_one())


async def announce(session: AsyncSession, *, today: date, limit: int) -> list[DueFollowUp]:
    """Up to `limit` that fell due and were not announced, which now they are: by one worker.

    Of several months of a dossier that fell due unheard of, the last is announced: one answer is for all.
    """
    said = select(follow_up_announcements.c.months).where(
        follow_up_announcements.c.payment_id == payment_lines.c.payment_id,
        follow_up_announcements.c.top_up_id == top_ups.c.id,
        follow_up_announcements.c.months >= _MILESTONE.c.months,
    )
    query = _UNANSWERED.where(_due_on <= today, ~said.exists())
    latest = query.ext(distinct_on(top_ups.c.id)).order_by(top_ups.c.id, _MILESTONE.c.months.desc())
    found = {row.id: (_due_of(row), row.payment_id) for row in await session.execute(latest.limit(limit))}
    if not found:
        return []
    announced = insert_or_skip(follow_up_announcements).values(
        [
            {
                "payment_id": payment_id,
                "top_up_id": top_up_id,
                "months": follow_up.milestone.months,
                "announced_on": today,
                "region": follow_up.top_up.region,
                "cae_siren": follow_up.top_up.cae.siren,
            }
            for top_up_id, (follow_up, payment_id) in found.items()
        ]
    )
    # Another worker at the same work is waited for: what it announces is not announced again.
    returned = announced.on_conflict_do_nothing().returning(follow_up_announcements.c.top_up_id)
    ours = set((await session.execute(returned)).scalars())
    return [follow_up for top_up_id, (follow_up, _) in found.items() if top_up_id in ours]


def _conditions(scope: Scope, wanted: DueFilter) -> Sequence[ColumnElement[bool]]:
    conditions = [*within(scope), _due_on <= wanted.until]
    if wanted.cae_siren is not None:
        conditions.append(top_ups.c.cae_siren == wanted.cae_siren)
    if wanted.scheme_id is not None:
        conditions.append(top_ups.c.scheme_id == wanted.scheme_id)
    return conditions


def _due_of(row: Row[Any]) -> DueFollowUp:
    return DueFollowUp(top_up=top_up_of(row), milestone=Milestone(row.months, row.due_on))


async def _load(session: AsyncSession, query: Select[Any]) -> list[FollowUp]:
    return [
        FollowUp(
            id=row.id,
            top_up_id=row.top_up_id,
            payment_id=row.payment_id,
            check=Check(
                checked_on=row.checked_on,
                still_member=row.still_member,
                capital_kept_cents=row.capital_kept_cents,
                left_on=row.left_on,
                capital_withdrawn_on=row.capital_withdrawn_on,
                evidence=row.evidence,
            ),
            proven_months=row.proven_months,
            ended_early=row.ended_early,
            unearned_cents=row.unearned_cents,
            clawback_id=row.clawback_id,
            corrects=row.corrects,
            corrected_by=row.corrected_by,
            created_at=row.created_at,
        )
        for row in await session.execute(query)
    ]
