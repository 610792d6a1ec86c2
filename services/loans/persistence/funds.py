"""Funds, their funders and contributions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.approval import FundFacts
from services.loans.domain.fund import Fund
from services.loans.domain.fund_access import FundAccess, SecondPersonAct
from services.loans.domain.fund_settings import DatedSettings, Versions, in_force
from services.loans.domain.funders import UNDECLARED_NAME, Funder, FunderKind
from services.loans.domain.refusals import FundNameTaken, LoansElement
from services.loans.persistence import fund_settings
from services.loans.persistence.fund_settings import SETTINGS
from services.loans.persistence.scopes import sees_fund
from services.loans.persistence.tables import FunderRow, FundRow
from services.loans.persistence.wide_statements import in_array, table_of
from services.runtime.database.written_once import KEPT, WrittenOnce, given

FUNDS = table_of(FundRow)
FUNDERS = table_of(FunderRow)
UNIQUE_VIOLATION = "23505"


@dataclass(frozen=True, slots=True)
class LockedFund:
    fund: Fund
    committed_cents: int


async def add(session: AsyncSession, fund: Fund) -> None:
    row = {
        "id": fund.id,
        "region": fund.region,
        "name": fund.name,
        "opened_on": fund.opened_on,
        "created_at": fund.created_at,
        **_access_values(fund.access),
    }
    try:
        await session.execute(insert(FUNDS).values(row))
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION:
            raise FundNameTaken(region=fund.region, name=fund.name) from error
        raise
    for dated in fund.versions:
        await fund_settings.add(session, fund.id, fund.region, dated)


async def find(session: AsyncSession, fund_id: UUID, scope: Scope) -> Fund:
    fund = (await by_ids(session, [fund_id], scope)).get(fund_id)
    if fund is None:
        raise NotFound(what=LoansElement.FUND, id=fund_id)
    return fund


async def find_by_name(session: AsyncSession, region: str, name: str) -> Fund | None:
    found = await session.execute(select(FUNDS).where(FUNDS.c.region == region, FUNDS.c.name == name))
    row = found.one_or_none()
    return None if row is None else await to_fund(session, row)


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Fund]:
    """With their settings, by one statement: a row for each version."""
    found: dict[UUID, list[Any]] = {}
    for row in await _by_ids(scope).rows(session, ids=list(ids)):
        found.setdefault(row.id, []).append(row)
    return {
        fund_id: _with_versions(rows[0], tuple(map(fund_settings.to_dated, rows)))
        for fund_id, rows in found.items()
    }


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope) -> WrittenOnce:
    ids = given("ids", ARRAY(Uuid()))
    return WrittenOnce(
        select(FUNDS, *fund_settings.OF_VERSION)
        .join(SETTINGS, SETTINGS.c.fund_id == FUNDS.c.id)
        .where(FUNDS.c.id == any_(ids), *sees_fund(scope))
        .order_by(FUNDS.c.id, SETTINGS.c.version)
    )


async def by_regions(session: AsyncSession, regions: Collection[str], scope: Scope) -> dict[str, list[Fund]]:
    """Every region asked for is a key, whether or not it has a fund that the caller sees."""
    found = await session.execute(
        select(FUNDS).where(in_array(FUNDS.c.region, regions), *sees_fund(scope)).order_by(FUNDS.c.name)
    )
    funds: dict[str, list[Fund]] = {region: [] for region in regions}
    for fund in await to_funds(session, found.all()):
        funds[fund.region].append(fund)
    return funds


async def page(
    session: AsyncSession, scope: Scope, *, region: str | None, after: UUID | None, limit: int
) -> list[Fund]:
    """Newest first, one more than `limit` where there is a next page."""
    query = select(FUNDS).where(*sees_fund(scope)).order_by(FUNDS.c.id.desc()).limit(limit + 1)
    if region is not None:
        query = query.where(FUNDS.c.region == region)
    if after is not None:
        query = query.where(FUNDS.c.id < after)
    return await to_funds(session, (await session.execute(query)).all())


async def count(session: AsyncSession, scope: Scope, *, region: str | None) -> int:
    query = select(func.count()).select_from(FUNDS).where(*sees_fund(scope))
    if region is not None:
        query = query.where(FUNDS.c.region == region)
    return int((await session.execute(query)).scalar_one())


async def lock(session: AsyncSession, fund_id: UUID, scope: Scope) -> LockedFund:
    """Whoever promises the fund's money waits here; the facts are read after, in another statement."""
    found = await session.execute(
        select(FUNDS).where(FUNDS.c.id == fund_id, *sees_fund(scope)).with_for_update(key_share=True)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(what=LoansElement.FUND, id=fund_id)
    return LockedFund(await to_fund(session, row), row.committed_cents)


async def commit_cents(session: AsyncSession, fund_id: UUID, signed_cents: int) -> None:
    """Kept under the fund's lock; the database bounds its growth again."""
    await session.execute(
        update(FUNDS)
        .where(FUNDS.c.id == fund_id)
        .values(committed_cents=FUNDS.c.committed_cents + signed_cents)
    )


async def settings_on(session: AsyncSession, fund_id: UUID, on: date) -> DatedSettings:
    """Those of a fund that the caller has read."""
    return in_force((await fund_settings.of_funds(session, [fund_id]))[fund_id], on)


async def save_access(session: AsyncSession, fund: Fund) -> None:
    """Under the fund's lock."""
    await session.execute(update(FUNDS).where(FUNDS.c.id == fund.id).values(_access_values(fund.access)))


async def access_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, FundAccess]:
    found = await session.execute(
        select(FUNDS.c.id, FUNDS.c.partners_see_names, FUNDS.c.second_person_for).where(
            in_array(FUNDS.c.id, ids)
        )
    )
    return {row.id: _to_access(row) for row in found}


# A person may be known by several ids: a loan that moved to another CAE ties them, whatever the chain.
FACTS = text("""
    WITH RECURSIVE person (id) AS (
        SELECT CAST(:entrepreneur_id AS uuid)
        UNION
        SELECT other.entrepreneur_id
          FROM person
          JOIN loans.cae_stays own ON own.entrepreneur_id = person.id
          JOIN loans.cae_stays other ON other.loan_id = own.loan_id
    ), standing AS (
        SELECT l.*, l.principal_cents - l.repaid_cents - l.written_off_cents AS outstanding_cents,
               CASE WHEN l.principal_cents = l.granted_cents
                      OR EXISTS (SELECT FROM loans.tranche_ends e WHERE e.loan_id = l.id) THEN 0
                    ELSE l.granted_cents - l.principal_cents END AS promised_cents
          FROM loans.loans l WHERE l.fund_id = :fund_id
    )
    SELECT coalesce((SELECT sum(amount_cents) FROM loans.contributions WHERE fund_id = :fund_id), 0)
         - coalesce((SELECT sum(amount_cents) FROM loans.withdrawals WHERE fund_id = :fund_id), 0)
         + coalesce(sum(l.repaid_cents + l.recovered_cents - l.principal_cents), 0)
         - (SELECT committed_cents FROM loans.funds WHERE id = :fund_id) AS available_cents,
           coalesce(sum(l.outstanding_cents + l.promised_cents)
                        FILTER (WHERE l.entrepreneur_id IN (SELECT id FROM person)), 0)
         + coalesce((SELECT sum(d.granted_amount_cents) FROM loans.applications a
                       JOIN loans.decisions d ON d.application_id = a.id
                      WHERE a.fund_id = :fund_id AND a.entrepreneur_id IN (SELECT id FROM person)
                        AND a.status IN ('approved', 'signed')), 0) AS person_exposure_cents,
           coalesce(sum(l.outstanding_cents + l.promised_cents)
                        FILTER (WHERE l.cae_siren = :cae_siren AND EXISTS (
                                SELECT FROM loans.cae_stays s
                                 WHERE s.loan_id = l.id AND s.until_on IS NULL)), 0)
         + coalesce((SELECT sum(d.granted_amount_cents) FROM loans.applications a
                       JOIN loans.decisions d ON d.application_id = a.id
                      WHERE a.fund_id = :fund_id AND a.cae_siren = :cae_siren
                        AND a.status IN ('approved', 'signed')), 0) AS cae_exposure_cents,
           coalesce((SELECT sum(greatest(0, due.cents - paid.cents))
                       FROM loans.loans own
                      CROSS JOIN LATERAL (
                            SELECT coalesce(max(i.cumulative_cents), 0) AS cents FROM loans.instalments i
                             WHERE i.loan_id = own.id AND i.due_on <= :held_on
                               AND i.version = (SELECT max(v.version) FROM loans.schedule_versions v
                                                 WHERE v.loan_id = own.id AND v.effective_on <= :held_on)) due
                      CROSS JOIN LATERAL (
                            SELECT coalesce((SELECT sum(r.amount_cents) FROM loans.repayments r
                                              WHERE r.loan_id = own.id AND r.paid_on <= :held_on), 0)
                                 - coalesce((SELECT sum(v.amount_cents) FROM loans.reversals v
                                              WHERE v.loan_id = own.id AND v.reversed_on <= :held_on), 0)
                                   AS cents) paid
                      WHERE own.fund_id = :fund_id AND own.entrepreneur_id IN (SELECT id FROM person)
                        AND (own.written_off_on IS NULL OR own.written_off_on > :held_on)), 0)
               AS person_arrears_cents
      FROM standing l
""")


async def facts_for_approval(
    session: AsyncSession, fund_id: UUID, *, entrepreneur_id: UUID, cae_siren: str, held_on: date
) -> FundFacts:
    """To be read after `lock`, in a statement of its own: only so does it see what the last approval took."""
    row = (
        await session.execute(
            FACTS,
            {
                "fund_id": fund_id,
                "entrepreneur_id": entrepreneur_id,
                "cae_siren": cae_siren,
                "held_on": held_on,
            },
        )
    ).one()
    return FundFacts(
        available_cents=int(row.available_cents),
        person_exposure_cents=int(row.person_exposure_cents),
        cae_exposure_cents=int(row.cae_exposure_cents),
        person_arrears_cents=int(row.person_arrears_cents),
    )


async def ensure_funder(
    session: AsyncSession, fund_id: UUID, *, new_id: UUID, siren: Siren | None, name: str, kind: FunderKind
) -> Funder:
    """The fund's funder of that SIREN, made at the end of convention order if it is new; under the lock."""
    same = FUNDERS.c.siren.is_(None) if siren is None else FUNDERS.c.siren == siren
    region_of_fund = select(FUNDS.c.region).where(FUNDS.c.id == fund_id)
    next_rank = select(func.coalesce(func.max(FUNDERS.c.rank), 0) + 1).where(FUNDERS.c.fund_id == fund_id)
    await session.execute(
        postgresql_insert(FUNDERS)
        .values(
            id=new_id,
            fund_id=fund_id,
            region=region_of_fund.scalar_subquery(),
            rank=next_rank.scalar_subquery(),
            siren=siren,
            name=name,
            kind=kind.value,
        )
        .on_conflict_do_nothing()
    )
    found = await session.execute(select(FUNDERS).where(FUNDERS.c.fund_id == fund_id, same))
    return to_funder(found.one())


async def ensure_placeholder(session: AsyncSession, fund_id: UUID, *, new_id: UUID) -> Funder:
    """Who bears imported loans until the fund's funders are declared."""
    return await ensure_funder(
        session, fund_id, new_id=new_id, siren=None, name=UNDECLARED_NAME, kind=FunderKind.UNDECLARED
    )


async def find_funder(session: AsyncSession, fund_id: UUID, siren: Siren) -> Funder:
    query = select(FUNDERS).where(FUNDERS.c.fund_id == fund_id, FUNDERS.c.siren == siren)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(what=LoansElement.FUNDER, id=siren)
    return to_funder(row)


async def funders_of(session: AsyncSession, fund_id: UUID) -> list[Funder]:
    found = await session.execute(
        select(FUNDERS).where(FUNDERS.c.fund_id == fund_id).order_by(FUNDERS.c.rank)
    )
    return [to_funder(row) for row in found]


TAKE_NUMBER = text("""
    WITH candidates AS (
        SELECT n, 'PH-' || f.region || '-' || lpad(n::text, greatest(4, length(n::text)), '0') AS number
          FROM loans.funds f, generate_series(f.next_loan_number, f.next_loan_number + 49) n
         WHERE f.id = :fund_id
    ), chosen AS (
        SELECT n, number FROM candidates c
         WHERE NOT EXISTS (SELECT FROM loans.loans l WHERE l.fund_id = :fund_id AND l.number = c.number)
           AND NOT EXISTS (SELECT FROM loans.applications a
                            WHERE a.fund_id = :fund_id AND a.number = c.number)
         ORDER BY n LIMIT 1
    )
    UPDATE loans.funds SET next_loan_number = coalesce((SELECT n + 1 FROM chosen), next_loan_number + 50)
     WHERE id = :fund_id
    RETURNING (SELECT number FROM chosen)
""")


async def take_loan_number(session: AsyncSession, fund_id: UUID) -> str:
    """The fund's next free number, under its lock: imported loans and applications may have taken some."""
    while True:
        number = (await session.execute(TAKE_NUMBER, {"fund_id": fund_id})).scalar_one()
        if number is not None:
            return str(number)


async def skip_loan_numbers(session: AsyncSession, fund_id: UUID, many: int) -> None:
    """After an import: the numbers that it brought are likely the fund's first ones."""
    await session.execute(
        update(FUNDS).where(FUNDS.c.id == fund_id).values(next_loan_number=FUNDS.c.next_loan_number + many)
    )


async def to_fund(session: AsyncSession, row: Row[Any]) -> Fund:
    return (await to_funds(session, [row]))[0]


async def to_funds(session: AsyncSession, rows: Sequence[Any]) -> list[Fund]:
    """With their settings, read in a statement of its own: after a lock it sees what the lock waited for."""
    versions = await fund_settings.of_funds(session, [row.id for row in rows])
    return [_with_versions(row, versions[row.id]) for row in rows]


def _with_versions(row: Any, versions: Versions) -> Fund:
    return Fund(
        id=row.id,
        region=row.region,
        name=row.name,
        opened_on=row.opened_on,
        versions=versions,
        created_at=row.created_at,
        access=_to_access(row),
    )


def _access_values(access: FundAccess) -> dict[str, object]:
    return {
        "partners_see_names": access.partners_see_names,
        "second_person_for": sorted(act.value for act in access.second_person_for),
    }


def _to_access(row: Any) -> FundAccess:
    return FundAccess(
        partners_see_names=row.partners_see_names,
        second_person_for=frozenset(map(SecondPersonAct, row.second_person_for)),
    )


def to_funder(row: Row[Any]) -> Funder:
    return Funder(
        id=row.id,
        fund_id=row.fund_id,
        rank=row.rank,
        siren=None if row.siren is None else Siren(row.siren),
        name=row.name,
        kind=FunderKind(row.kind),
    )
