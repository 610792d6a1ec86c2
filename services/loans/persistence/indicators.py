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
# OFFSET 0 has it worked out once for a loan, and not wherever it is named.
RECEIVED_BY = """
    SELECT coalesce((SELECT sum(r.amount_cents) FROM loans.repayments r
                      WHERE r.loan_id = l.id AND r.paid_on <= :as_of), 0)
         - coalesce((SELECT sum(v.amount_cents) FROM loans.reversals v
                      WHERE v.loan_id = l.id AND v.reversed_on <= :as_of), 0) AS repaid,
           coalesce((SELECT sum(c.amount_cents) FROM loans.recoveries c
                      WHERE c.loan_id = l.id AND c.received_on <= :as_of), 0) AS recovered
    OFFSET 0
"""
RECEIVED_TO_THIS_DAY = "SELECT l.repaid_cents AS repaid, l.recovered_cents AS recovered"

STANDING = """
    SELECT l.{group} AS grouped_by,
           l.principal_cents AS principal,
           received.repaid, received.recovered,
           coalesce(l.written_off_on <= :as_of, false) AS is_lost,
           due.cents AS due, least(due.cents, received.repaid + received.recovered) AS received_on_due,
           due.unpaid_since
      FROM loans.loans l
     CROSS JOIN LATERAL ({received}) received
     CROSS JOIN LATERAL (
           SELECT coalesce(max(i.cumulative_cents), 0) AS cents,
                  min(i.due_on) FILTER (WHERE i.cumulative_cents > received.repaid) AS unpaid_since
             FROM loans.instalments i
            WHERE i.loan_id = l.id AND i.version = l.schedule_version AND i.due_on <= :as_of) due
     WHERE l.disbursed_on <= :as_of
       AND (CAST(:own_regions AS text[]) IS NULL OR l.region = ANY (CAST(:own_regions AS text[])))
       AND (CAST(:own_cae AS text) IS NULL OR l.cae_siren = CAST(:own_cae AS text))
"""

# A funder's own part of each loan that it bears. Its money is what the journal says of it; what is due is cut
# along its place among the loan's shares, so that the parts of all funders add up to what is due.
BORNE_BY = """
    SELECT e.loan_id,
           sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                AND coalesce(e.restates, e.kind) = 'disbursement') AS principal,
           coalesce(-sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                AND coalesce(e.restates, e.kind) IN ('repayment', 'reversal')), 0) AS repaid,
           coalesce(-sum(p.amount_cents) FILTER (WHERE p.account = 'recoveries'), 0) AS recovered
      FROM loans.postings p
      JOIN loans.journal_entries e ON e.id = p.entry_id
      JOIN loans.funders f ON f.id = p.funder_id
     WHERE f.siren = :own_funder AND e.loan_id IS NOT NULL AND e.on_date <= :as_of
     GROUP BY e.loan_id
"""
BORNE_TO_THIS_DAY = """
    SELECT s.loan_id, s.principal_cents AS principal, s.credited_cents - s.lost_cents AS repaid,
           s.recovered_cents AS recovered
      FROM loans.loan_shares s JOIN loans.funders f ON f.id = s.funder_id
     WHERE f.siren = :own_funder
"""
STANDING_OF_FUNDER = """
    SELECT l.{group} AS grouped_by, borne.principal, borne.repaid, borne.recovered, l.is_lost,
           cut.due,
           CASE WHEN l.repaid_cents + l.recovered_cents >= l.due_cents THEN cut.due
                ELSE borne.repaid + borne.recovered END AS received_on_due,
           l.unpaid_since
      FROM loans.standings_of_funder(:as_of) l
      JOIN ({received}) borne ON borne.loan_id = l.loan_id AND borne.principal > 0
     CROSS JOIN LATERAL (
           SELECT div(l.due_cents * (l.preceding_cents + borne.principal), l.principal_cents)
                - div(l.due_cents * l.preceding_cents, l.principal_cents) AS due) cut
     WHERE true
"""

SUMS = """
    WITH standing AS ({standing}
           AND (CAST(:regions AS text[]) IS NULL OR l.region = ANY (CAST(:regions AS text[])))
           AND (CAST(:funds AS uuid[]) IS NULL OR l.fund_id = ANY (CAST(:funds AS uuid[])))
           AND (CAST(:caes AS text[]) IS NULL OR l.cae_siren = ANY (CAST(:caes AS text[])))
    ), current AS (
        SELECT *, CASE WHEN is_lost THEN 0 ELSE principal - repaid END AS outstanding,
               CASE WHEN is_lost THEN NULL ELSE :as_of - unpaid_since END AS days_late
          FROM standing
    )
    SELECT grouped_by,
           coalesce(sum(due), 0) AS due,
           coalesce(sum(received_on_due), 0) AS received_on_due,
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


def _statements(standing: str, *, to_this_day: str, by_date: str) -> dict[tuple[str, bool], TextClause]:
    return {
        (group, is_current): text(SUMS.format(standing=standing.format(group=group, received=received)))
        for group in GROUPS
        for is_current, received in ((True, to_this_day), (False, by_date))
    }


OF_ALL = _statements(STANDING, to_this_day=RECEIVED_TO_THIS_DAY, by_date=RECEIVED_BY)
OF_FUNDER = _statements(STANDING_OF_FUNDER, to_this_day=BORNE_TO_THIS_DAY, by_date=BORNE_BY)


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
    """By `region`, `fund_id` or `cae_siren`, by one query; what has no loan is absent.

    A funder's are the sums of its own part of each loan.
    """
    asked: dict[str, object] = {
        "as_of": as_of,
        "regions": _listed(narrowing.regions),
        "funds": _listed(narrowing.fund_ids),
        "caes": _listed(narrowing.caes),
    }
    own: dict[str, object]
    if scope.funder_siren is not None:
        statements, own = OF_FUNDER, {"own_funder": scope.funder_siren}
    else:
        statements, own = OF_ALL, {"own_regions": _listed(scope.regions), "own_cae": scope.cae_siren}
    found = await session.execute(statements[group, as_of >= today], asked | own)
    return {row.grouped_by: _to_sums(row) for row in found}


def _listed(values: Collection[Any] | None) -> list[Any] | None:
    return None if values is None else sorted(values)


def _to_sums(row: Row[Any]) -> PortfolioSums:
    return PortfolioSums(**{field.name: int(getattr(row, field.name)) for field in fields(PortfolioSums)})
