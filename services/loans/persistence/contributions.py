"""What funders pledged, paid in and took back."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, literal, select, text, union_all
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.contributions import Contribution, PlannedPayment, Pledge, Stake, Withdrawal
from services.loans.domain.fund_refusals import PledgeTaken
from services.loans.domain.funders import Funder
from services.loans.domain.withdrawal import FreeMoney
from services.loans.persistence.funds import FUNDERS, UNIQUE_VIOLATION, funders_of
from services.loans.persistence.tables import ContributionRow, PlannedPaymentRow, PledgeRow, WithdrawalRow
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

CONTRIBUTIONS = table_of(ContributionRow)
PLEDGES = table_of(PledgeRow)
PLANNED = table_of(PlannedPaymentRow)
WITHDRAWALS = table_of(WithdrawalRow)


async def add(session: AsyncSession, contribution: Contribution, region: str) -> None:
    """The database counts it on its pledge, if it has one."""
    await session.execute(
        insert(CONTRIBUTIONS).values(
            id=contribution.id,
            fund_id=contribution.fund_id,
            region=region,
            funder_id=contribution.funder.id,
            convention=contribution.convention,
            amount_cents=contribution.amount_cents,
            paid_on=contribution.paid_on,
            created_at=contribution.created_at,
        )
    )


async def add_withdrawal(session: AsyncSession, withdrawal: Withdrawal, region: str) -> None:
    await session.execute(
        insert(WITHDRAWALS).values(
            id=withdrawal.id,
            fund_id=withdrawal.fund_id,
            region=region,
            funder_id=withdrawal.funder.id,
            amount_cents=withdrawal.amount_cents,
            withdrawn_on=withdrawal.withdrawn_on,
            reference=withdrawal.reference,
            reason=withdrawal.reason,
            created_at=withdrawal.created_at,
        )
    )


async def add_pledge(session: AsyncSession, pledge: Pledge, region: str) -> None:
    """The database counts what is paid on it already."""
    try:
        await session.execute(
            insert(PLEDGES).values(
                id=pledge.id,
                fund_id=pledge.fund_id,
                region=region,
                funder_id=pledge.funder.id,
                convention=pledge.convention,
                amount_cents=pledge.amount_cents,
                signed_on=pledge.signed_on,
                created_at=pledge.created_at,
            )
        )
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION:
            raise PledgeTaken(siren=pledge.funder.siren, convention=pledge.convention) from error
        raise
    await insert_rows(
        session,
        PlannedPaymentRow,
        (
            {
                "pledge_id": pledge.id,
                "rank": rank,
                "region": region,
                "funder_id": pledge.funder.id,
                "due_on": payment.due_on,
                "amount_cents": payment.amount_cents,
            }
            for rank, payment in enumerate(pledge.planned, start=1)
        ),
    )


async def find_pledge(session: AsyncSession, funder: Funder, convention: str) -> Pledge | None:
    found = await session.execute(
        select(PLEDGES).where(PLEDGES.c.funder_id == funder.id, PLEDGES.c.convention == convention)
    )
    row = found.one_or_none()
    return None if row is None else (await _to_pledges(session, [row], {funder.id: funder}))[0]


async def pledges_page(
    session: AsyncSession, fund_id: UUID, *, after: UUID | None, limit: int
) -> list[Pledge]:
    """As they were recorded, one more than `limit` where there is a next page; those that the caller sees."""
    query = select(PLEDGES).where(PLEDGES.c.fund_id == fund_id).order_by(PLEDGES.c.id).limit(limit + 1)
    if after is not None:
        query = query.where(PLEDGES.c.id > after)
    rows = (await session.execute(query)).all()
    funders = {funder.id: funder for funder in await funders_of(session, fund_id)}
    return await _to_pledges(session, rows, funders)


async def count_pledges(session: AsyncSession, fund_id: UUID) -> int:
    query = select(func.count()).select_from(PLEDGES).where(PLEDGES.c.fund_id == fund_id)
    return int((await session.execute(query)).scalar_one())


async def paid_under(session: AsyncSession, funder: Funder, convention: str) -> list[Contribution]:
    found = await session.execute(
        select(CONTRIBUTIONS)
        .where(CONTRIBUTIONS.c.funder_id == funder.id, CONTRIBUTIONS.c.convention == convention)
        .order_by(CONTRIBUTIONS.c.paid_on, CONTRIBUTIONS.c.id)
    )
    return [
        Contribution(
            id=row.id,
            fund_id=row.fund_id,
            funder=funder,
            convention=row.convention,
            amount_cents=row.amount_cents,
            paid_on=row.paid_on,
            created_at=row.created_at,
        )
        for row in found
    ]


async def stakes_of(session: AsyncSession, fund_id: UUID) -> list[Stake]:
    """In convention order: what weighs in the shares of loans."""
    paid_in = select(
        CONTRIBUTIONS.c.funder_id, CONTRIBUTIONS.c.paid_on.label("moved_on"), CONTRIBUTIONS.c.amount_cents
    ).where(CONTRIBUTIONS.c.fund_id == fund_id)
    taken_back = select(
        WITHDRAWALS.c.funder_id, WITHDRAWALS.c.withdrawn_on, literal(-1) * WITHDRAWALS.c.amount_cents
    ).where(WITHDRAWALS.c.fund_id == fund_id)
    moved = union_all(paid_in, taken_back).subquery()
    found = await session.execute(
        select(moved).join(FUNDERS, FUNDERS.c.id == moved.c.funder_id).order_by(FUNDERS.c.rank)
    )
    return [Stake(row.funder_id, row.moved_on, row.amount_cents) for row in found]


PLEDGED_BY = text("""
    SELECT p.funder_id, sum(p.amount_cents) AS pledged_cents,
           sum(p.amount_cents - paid.cents) AS to_come_cents
      FROM loans.pledges p
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(c.amount_cents), 0) AS cents FROM loans.contributions c
            WHERE c.funder_id = p.funder_id AND c.convention = p.convention AND c.paid_on <= :as_of) paid
     WHERE p.fund_id = :fund_id AND p.signed_on <= :as_of GROUP BY p.funder_id
""")


async def pledged_by_funder(session: AsyncSession, fund_id: UUID, as_of: date) -> dict[UUID, tuple[int, int]]:
    """Pledged, and still to come of it."""
    found = await session.execute(PLEDGED_BY, {"fund_id": fund_id, "as_of": as_of})
    return {row.funder_id: (int(row.pledged_cents), int(row.to_come_cents)) for row in found}


# A disbursement takes nothing from what is available: it was promised before.
FREE_MONEY = text("""
    WITH changes AS (
        SELECT greatest(e.on_date, :since) AS day,
               sum(p.amount_cents) - coalesce(sum(p.amount_cents) FILTER (
                   WHERE e.kind = 'disbursement' AND l.application_id IS NOT NULL), 0) AS available,
               coalesce(sum(p.amount_cents) FILTER (WHERE p.funder_id = :funder_id), 0) AS own
          FROM loans.journal_entries e
          JOIN loans.postings p ON p.entry_id = e.id AND p.account = 'cash'
          LEFT JOIN loans.loans l ON l.id = e.loan_id
         WHERE e.fund_id = :fund_id GROUP BY 1
        UNION ALL
        SELECT greatest(d.held_on, :since), -d.granted_amount_cents, 0
          FROM loans.applications a JOIN loans.decisions d ON d.application_id = a.id
         WHERE a.fund_id = :fund_id AND d.outcome = 'approved'
        UNION ALL
        SELECT greatest(a.ended_on, :since), d.granted_amount_cents, 0
          FROM loans.applications a JOIN loans.decisions d ON d.application_id = a.id
         WHERE a.fund_id = :fund_id AND d.outcome = 'approved' AND a.ended_on IS NOT NULL
        UNION ALL
        SELECT greatest(e.ended_on, :since), l.granted_cents - l.principal_cents, 0
          FROM loans.tranche_ends e JOIN loans.loans l ON l.id = e.loan_id WHERE l.fund_id = :fund_id
        UNION ALL
        SELECT :since, 0, 0
    ), days AS (
        SELECT day, sum(available) AS available, sum(own) AS own FROM changes GROUP BY day
    )
    SELECT day, sum(available) OVER (ORDER BY day) AS available_cents,
           sum(own) OVER (ORDER BY day) AS own_cents
      FROM days ORDER BY day
""")


async def free_money(
    session: AsyncSession, fund_id: UUID, funder_id: UUID, *, since: date
) -> list[FreeMoney]:
    """At the end of that day, and of each later one that changed it. Read under the fund's lock."""
    values = {"fund_id": fund_id, "funder_id": funder_id, "since": since}
    found = await session.execute(FREE_MONEY, values)
    return [FreeMoney(row.day, int(row.available_cents), int(row.own_cents)) for row in found]


async def _to_pledges(
    session: AsyncSession, rows: Iterable[Row[Any]], funders: dict[UUID, Funder]
) -> list[Pledge]:
    listed = list(rows)
    planned = await _planned_of(session, [row.id for row in listed])
    return [
        Pledge(
            id=row.id,
            fund_id=row.fund_id,
            funder=funders[row.funder_id],
            convention=row.convention,
            amount_cents=row.amount_cents,
            signed_on=row.signed_on,
            planned=planned[row.id],
            created_at=row.created_at,
            paid_cents=row.paid_cents,
        )
        for row in listed
    ]


async def _planned_of(
    session: AsyncSession, pledge_ids: Collection[UUID]
) -> dict[UUID, tuple[PlannedPayment, ...]]:
    found = await session.execute(
        select(PLANNED)
        .where(in_array(PLANNED.c.pledge_id, pledge_ids))
        .order_by(PLANNED.c.pledge_id, PLANNED.c.rank)
    )
    planned: dict[UUID, tuple[PlannedPayment, ...]] = dict.fromkeys(pledge_ids, ())
    for row in found:
        planned[row.pledge_id] += (PlannedPayment(row.due_on, row.amount_cents),)
    return planned
