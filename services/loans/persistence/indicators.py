"""The sums behind the indicators, on any date, for a region, a fund, a CAE, or all that a caller sees."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.indicators import PortfolioSums

# Received to a date, from the facts; on the current day the balances kept on the loan are the same, for less.
RECEIVED_BY = """
    SELECT coalesce((SELECT sum(r.amount_cents) FROM loans.repayments r
                      WHERE r.loan_id = l.id AND r.paid_on <= :as_of), 0)
         - coalesce((SELECT sum(v.amount_cents) FROM loans.reversals v
                      WHERE v.loan_id = l.id AND v.reversed_on <= :as_of), 0) AS repaid,
           coalesce((SELECT sum(c.amount_cents) FROM loans.recoveries c
                      WHERE c.loan_id = l.id AND c.received_on <= :as_of), 0) AS recovered
"""
RECEIVED_TO_THIS_DAY = "SELECT l.repaid_cents AS repaid, l.recovered_cents AS recovered"

SUMS = """
    WITH standing AS (
        SELECT l.{group} AS grouped_by,
               l.principal_cents AS principal,
               received.repaid, received.recovered,
               coalesce(l.written_off_on <= :as_of, false) AS is_lost,
               due.cents AS due,
               late.since
          FROM loans.loans l
         CROSS JOIN LATERAL ({received}) received
         CROSS JOIN LATERAL (
               SELECT coalesce(max(i.cumulative_cents), 0) AS cents FROM loans.instalments i
                WHERE i.loan_id = l.id AND i.version = l.schedule_version AND i.due_on <= :as_of) due
         CROSS JOIN LATERAL (
               SELECT min(i.due_on) AS since FROM loans.instalments i
                WHERE i.loan_id = l.id AND i.version = l.schedule_version AND i.due_on <= :as_of
                  AND i.cumulative_cents > received.repaid) late
         WHERE l.disbursed_on <= :as_of
           AND (CAST(:regions AS text[]) IS NULL OR l.region = ANY (CAST(:regions AS text[])))
           AND (CAST(:funds AS uuid[]) IS NULL OR l.fund_id = ANY (CAST(:funds AS uuid[])))
           AND (CAST(:caes AS text[]) IS NULL OR l.cae_siren = ANY (CAST(:caes AS text[])))
           AND (CAST(:own_regions AS text[]) IS NULL OR l.region = ANY (CAST(:own_regions AS text[])))
           AND (CAST(:own_cae AS text) IS NULL OR l.cae_siren = CAST(:own_cae AS text))
           AND (CAST(:own_funder AS text) IS NULL OR EXISTS (
                SELECT FROM loans.funders f
                 WHERE f.fund_id = l.fund_id AND f.siren = CAST(:own_funder AS text)))
    ), current AS (
        SELECT *, CASE WHEN is_lost THEN 0 ELSE principal - repaid END AS outstanding,
               CASE WHEN is_lost THEN NULL ELSE :as_of - since END AS days_late
          FROM standing
    )
    SELECT grouped_by,
           coalesce(sum(due), 0) AS due,
           coalesce(sum(least(due, repaid + recovered)), 0) AS received_on_due,
           coalesce(sum(principal), 0) AS disbursed,
           coalesce(sum(outstanding), 0) AS outstanding,
           coalesce(sum(due - repaid) FILTER (WHERE days_late >= 0), 0) AS arrears,
           coalesce(sum(outstanding) FILTER (WHERE days_late > 30), 0) AS outstanding_late_over_30,
           coalesce(sum(outstanding) FILTER (WHERE days_late > 60), 0) AS outstanding_late_over_60,
           coalesce(sum(outstanding) FILTER (WHERE days_late > 90), 0) AS outstanding_late_over_90,
           coalesce(sum(principal - repaid) FILTER (WHERE is_lost), 0) AS written_off,
           coalesce(sum(recovered), 0) AS recovered
      FROM current GROUP BY grouped_by
"""

GROUPS = ("region", "fund_id", "cae_siren")
STATEMENTS: dict[tuple[str, bool], TextClause] = {
    (group, is_current): text(
        SUMS.format(group=group, received=RECEIVED_TO_THIS_DAY if is_current else RECEIVED_BY)
    )
    for group in GROUPS
    for is_current in (True, False)
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which loans are summed, beside what the caller may see; None is all."""

    regions: Collection[str] | None = None
    fund_ids: Collection[UUID] | None = None
    caes: Collection[str] | None = None


async def sums(
    session: AsyncSession, scope: Scope, narrowing: Narrowing, *, as_of: date, today: date
) -> PortfolioSums:
    grouped = await sums_by(session, "region", scope, narrowing, as_of=as_of, today=today)
    return PortfolioSums(
        **{
            field.name: sum(getattr(part, field.name) for part in grouped.values())
            for field in fields(PortfolioSums)
        }
    )


async def sums_by(
    session: AsyncSession, group: str, scope: Scope, narrowing: Narrowing, *, as_of: date, today: date
) -> dict[Any, PortfolioSums]:
    """By `region`, `fund_id` or `cae_siren`, by one query; what has no loan is absent."""
    found = await session.execute(
        STATEMENTS[group, as_of >= today],
        {
            "as_of": as_of,
            "regions": _listed(narrowing.regions),
            "funds": _listed(narrowing.fund_ids),
            "caes": _listed(narrowing.caes),
            "own_regions": _listed(scope.regions),
            "own_cae": scope.cae_siren,
            "own_funder": scope.funder_siren,
        },
    )
    return {row.grouped_by: _to_sums(row) for row in found}


def _listed(values: Collection[Any] | None) -> list[Any] | None:
    return None if values is None else sorted(values)


def _to_sums(row: Row[Any]) -> PortfolioSums:
    return PortfolioSums(**{field.name: int(getattr(row, field.name)) for field in fields(PortfolioSums)})
