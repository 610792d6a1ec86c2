"""The schedules kept beside the facts, compared with what the facts give.

Most loans are as their disbursement left them: SQL lays their schedule out again, all at once. Those that a
change or an early repayment rearranged are replayed by the rules themselves, some hundred at a time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.ledger_proof import Difference
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.settling import settle
from services.loans.domain.life.tranches import original_of
from services.loans.domain.life.versions import versions_of
from services.loans.domain.schedule import Schedule
from services.loans.persistence import loan_files, loans
from services.loans.persistence.loan_files import VERSIONS
from services.loans.persistence.wide_statements import in_array

MOST_DIFFERENCES = 100
CHUNK = 200

# Dates stand as numbers, 20240331: a difference compares two of those.
KEPT_DATES = text("""
    WITH facts AS (
        SELECT l.id, l.next_due_on, l.in_order_from,
               CASE WHEN l.written_off_on IS NULL THEN
                   (SELECT min(i.due_on) FROM loans.instalments i
                     WHERE i.loan_id = l.id AND i.version = l.schedule_version
                       AND i.cumulative_cents > l.repaid_cents) END AS due_on,
               greatest((SELECT max(t.disbursed_on) FROM loans.tranches t WHERE t.loan_id = l.id),
                        (SELECT max(r.paid_on) FROM loans.repayments r WHERE r.loan_id = l.id),
                        (SELECT max(v.reversed_on) FROM loans.reversals v WHERE v.loan_id = l.id),
                        (SELECT max(c.effective_on) + 1 FROM loans.schedule_changes c
                          WHERE c.loan_id = l.id)) AS ordered_from
          FROM loans.loans l
    )
    SELECT f.id || ' ' || day.name AS about,
           coalesce(to_char(day.by_facts, 'YYYYMMDD')::bigint, 0) AS facts,
           coalesce(to_char(day.kept, 'YYYYMMDD')::bigint, 0) AS kept
      FROM facts f
     CROSS JOIN LATERAL (VALUES ('next due on', f.due_on, f.next_due_on),
                                ('in order from', f.ordered_from, f.in_order_from)
                        ) AS day (name, by_facts, kept)
     WHERE day.by_facts IS DISTINCT FROM day.kept
     LIMIT :most
""")

PLAIN = """
    SELECT l.*, starts.starts_on
      FROM loans.loans l
     CROSS JOIN LATERAL (SELECT max(t.disbursed_on) AS starts_on FROM loans.tranches t
                          WHERE t.loan_id = l.id) starts
     WHERE NOT EXISTS (SELECT FROM loans.schedule_changes c WHERE c.loan_id = l.id)
       AND NOT EXISTS (SELECT FROM loans.repayments r WHERE r.loan_id = l.id AND r.early IS NOT NULL)
"""
# The even split: the odd cents go one each to the first instalments.
PLAIN_INSTALMENTS = text(f"""
    WITH plain AS ({PLAIN}), expected AS (
        SELECT l.id AS loan_id, 1 AS version, k AS rank,
               (l.starts_on + make_interval(months => l.grace_months + k))::date AS due_on,
               l.principal_cents / l.instalment_count
                   + CASE WHEN k <= l.principal_cents % l.instalment_count THEN 1 ELSE 0 END AS amount_cents
          FROM plain l CROSS JOIN LATERAL generate_series(1, l.instalment_count) k
         WHERE l.principal_cents = l.granted_cents
            OR EXISTS (SELECT FROM loans.tranche_ends e WHERE e.loan_id = l.id)
    ), kept AS (
        SELECT i.* FROM loans.instalments i WHERE i.loan_id IN (SELECT id FROM plain)
    )
    SELECT loan_id || ' version ' || version || ' rank ' || rank AS about,
           coalesce(e.amount_cents, 0) AS facts, coalesce(k.amount_cents, 0) AS kept
      FROM expected e FULL JOIN kept k USING (loan_id, version, rank)
     WHERE e.amount_cents IS DISTINCT FROM k.amount_cents OR e.due_on IS DISTINCT FROM k.due_on
     LIMIT :most
""")  # noqa: S608 - nothing but ours
PLAIN_VERSIONS = text(f"""
    WITH plain AS ({PLAIN}), expected AS (
        SELECT l.id AS loan_id, 1 AS version, l.starts_on AS effective_on FROM plain l
         WHERE l.principal_cents = l.granted_cents
            OR EXISTS (SELECT FROM loans.tranche_ends e WHERE e.loan_id = l.id)
    ), kept AS (
        SELECT v.* FROM loans.schedule_versions v WHERE v.loan_id IN (SELECT id FROM plain)
    )
    SELECT loan_id || ' version ' || version AS about,
           coalesce(to_char(e.effective_on, 'YYYYMMDD')::bigint, 0) AS facts,
           coalesce(to_char(k.effective_on, 'YYYYMMDD')::bigint, 0) AS kept
      FROM expected e FULL JOIN kept k USING (loan_id, version)
     WHERE e.effective_on IS DISTINCT FROM k.effective_on
     LIMIT :most
""")  # noqa: S608 - nothing but ours
REARRANGED = text("""
    SELECT loan_id FROM (SELECT loan_id FROM loans.schedule_changes
                         UNION
                         SELECT loan_id FROM loans.repayments WHERE early IS NOT NULL) found
     WHERE CAST(:after AS uuid) IS NULL OR loan_id > :after
     ORDER BY loan_id LIMIT :most
""")
CHECKS = {
    "kept-date": KEPT_DATES,
    "schedule-of-facts": PLAIN_INSTALMENTS,
    "version-of-facts": PLAIN_VERSIONS,
}

KeptVersion = tuple[int, date, str, UUID | None, Schedule]


async def differences(session: AsyncSession) -> list[Difference]:
    found = [
        Difference(check, row.about, int(row.facts), int(row.kept))
        for check, statement in CHECKS.items()
        for row in await session.execute(statement, {"most": MOST_DIFFERENCES})
    ]
    after: UUID | None = None
    while ids := list(await session.scalars(REARRANGED, {"after": after, "most": CHUNK})):
        found += await _of_rearranged(session, ids)
        after = ids[-1]
    return found


async def _of_rearranged(session: AsyncSession, ids: Sequence[UUID]) -> list[Difference]:
    kept = await _kept_versions(session, ids)
    return [
        difference
        for file in await loan_files.of_loans(session, ids)
        for difference in _of_one(file, kept.get(file.loan.id, []))
    ]


async def _kept_versions(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[KeptVersion]]:
    schedules = await loans.versions_of(session, ids)
    kept: defaultdict[UUID, list[KeptVersion]] = defaultdict(list)
    for row in await session.execute(
        select(VERSIONS)
        .where(in_array(VERSIONS.c.loan_id, ids))
        .order_by(VERSIONS.c.loan_id, VERSIONS.c.version)
    ):
        schedule = schedules[row.loan_id].pop(row.version, ())
        kept[row.loan_id].append((row.version, row.effective_on, row.cause, row.fact_id, schedule))
    for loan_id, of_no_version in schedules.items():
        kept[loan_id] += [(version, date.min, "", None, lines) for version, lines in of_no_version.items()]
    return kept


def _of_one(file: LoanFile, kept: Sequence[KeptVersion]) -> Iterator[Difference]:
    replayed = settle(replace(file, original=original_of(file)))
    expected = [
        (version.version, version.effective_on, version.cause.value, version.fact_id, version.schedule)
        for version in versions_of(replayed)
    ]
    if expected != list(kept):
        first = next(
            (n for n, (one, other) in enumerate(zip(expected, kept, strict=False), 1) if one != other),
            min(len(expected), len(kept)) + 1,
        )
        yield Difference("version-of-facts", f"{file.loan.id} from version {first}", len(expected), len(kept))
    if replayed.loan.schedule_version != file.loan.schedule_version:
        yield Difference(
            "version-in-force",
            str(file.loan.id),
            replayed.loan.schedule_version,
            file.loan.schedule_version,
        )
