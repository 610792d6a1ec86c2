# ruff: noqa: S608 - all that stands in these statements are words of ours
"""Questions whose every answer is a difference: what is kept beside the journal must equal it."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.lifecycle import AWARDED, PAID_OUT
from services.capital.persistence import clawback_proof, follow_up_proof
from services.capital.persistence.room_taken import ROOM_TAKEN
from services.capital.persistence.tables.base import listed
from services.kernel.ledger_proof import Difference, LedgerProof

MOST_DIFFERENCES = 100

_AWARD_IN = "CASE WHEN top_up.status IN ({}) THEN top_up.award_cents ELSE 0 END"
_AWARDED, _PAID_OUT = (_AWARD_IN.format(listed(statuses)) for statuses in (AWARDED, PAID_OUT))

_CHECKS = {
    "entry-adds-up-to-zero": """
        SELECT CAST(entry.id AS text) AS subject, 0 AS expected, sum(posting.amount_cents) AS found
          FROM capital.journal_entries AS entry
          JOIN capital.postings AS posting ON posting.entry_id = entry.id
         GROUP BY entry.id HAVING sum(posting.amount_cents) <> 0
    """,
    "entry-has-postings": """
        SELECT CAST(entry.id AS text) AS subject, 1 AS expected, 0 AS found
          FROM capital.journal_entries AS entry
         WHERE NOT EXISTS (SELECT FROM capital.postings WHERE entry_id = entry.id)
    """,
    "award-equals-its-entries": f"""
        SELECT CAST(top_up.id AS text) AS subject,
               {_AWARDED} AS expected, coalesce(booked.cents, 0) AS found
          FROM capital.top_ups AS top_up
          LEFT JOIN (SELECT entry.top_up_id, sum(posting.amount_cents) AS cents
                       FROM capital.journal_entries AS entry
                       JOIN capital.postings AS posting ON posting.entry_id = entry.id
                      WHERE posting.account = 'awards' GROUP BY entry.top_up_id) AS booked
            ON booked.top_up_id = top_up.id
         WHERE coalesce(booked.cents, 0) <> {_AWARDED}
    """,
    "payable-equals-granted-and-not-paid": """
        SELECT scheme_id || ' ' || cae_siren AS subject, coalesce(due.cents, 0) AS expected,
               coalesce(booked.cents, 0) AS found
          FROM (SELECT scheme_id, cae_siren, sum(award_cents) AS cents FROM capital.top_ups
                 WHERE status = 'granted' GROUP BY scheme_id, cae_siren) AS due
          FULL JOIN (SELECT entry.scheme_id, entry.cae_siren, -sum(posting.amount_cents) AS cents
                       FROM capital.journal_entries AS entry
                       JOIN capital.postings AS posting ON posting.entry_id = entry.id
                      WHERE posting.account = 'payable'
                      GROUP BY entry.scheme_id, entry.cae_siren) AS booked
         USING (scheme_id, cae_siren)
         WHERE coalesce(due.cents, 0) <> coalesce(booked.cents, 0)
    """,
    "cap-counter-equals-awards": f"""
        SELECT counter.scheme_id || ' ' || counter.cae_siren || ' ' || counter.period AS subject,
               coalesce(sum(taken.cents), 0) AS expected, counter.used_cents AS found
          FROM capital.cae_caps AS counter
          LEFT JOIN {ROOM_TAKEN} AS taken
            ON taken.scheme_id = counter.scheme_id AND taken.cae_siren = counter.cae_siren
           AND counter.period IN ('scheme', CAST(extract(year FROM taken.decided_on) AS text))
         GROUP BY counter.scheme_id, counter.cae_siren, counter.period, counter.used_cents
        HAVING coalesce(sum(taken.cents), 0) <> counter.used_cents
    """,
    "award-has-its-cap-counters": f"""
        SELECT DISTINCT taken.scheme_id || ' ' || taken.cae_siren || ' ' || wanted.period AS subject,
               1 AS expected, 0 AS found
          FROM {ROOM_TAKEN} AS taken
          JOIN capital.scheme_versions AS version ON version.scheme_id = taken.scheme_id
         CROSS JOIN LATERAL (SELECT CASE version.cap_period WHEN 'scheme' THEN 'scheme'
                 ELSE CAST(extract(year FROM taken.decided_on) AS text) END AS period) AS wanted
         WHERE NOT EXISTS (
                   SELECT FROM capital.cae_caps AS counter
                    WHERE counter.scheme_id = taken.scheme_id AND counter.cae_siren = taken.cae_siren
                      AND counter.period = wanted.period)
    """,
    "budget-counter-equals-awards": f"""
        SELECT counter.scheme_id || ' ' || counter.period AS subject,
               coalesce(sum(taken.cents), 0) AS expected, counter.used_cents AS found
          FROM capital.scheme_budgets AS counter
          LEFT JOIN {ROOM_TAKEN} AS taken
            ON taken.scheme_id = counter.scheme_id
           AND counter.period IN ('scheme', CAST(extract(year FROM taken.decided_on) AS text))
         GROUP BY counter.scheme_id, counter.period, counter.used_cents
        HAVING coalesce(sum(taken.cents), 0) <> counter.used_cents
    """,
    "award-has-its-budget-counters": f"""
        SELECT DISTINCT taken.scheme_id || ' ' || wanted.period AS subject, 1 AS expected, 0 AS found
          FROM {ROOM_TAKEN} AS taken
          JOIN capital.scheme_versions AS version
            ON version.scheme_id = taken.scheme_id AND version.budget_cents IS NOT NULL
         CROSS JOIN LATERAL (SELECT CASE version.budget_period WHEN 'scheme' THEN 'scheme'
                 ELSE CAST(extract(year FROM taken.decided_on) AS text) END AS period) AS wanted
         WHERE NOT EXISTS (
                   SELECT FROM capital.scheme_budgets AS counter
                    WHERE counter.scheme_id = taken.scheme_id AND counter.period = wanted.period)
    """,
    "payment-lines-add-up": """
        SELECT CAST(payment.id AS text) AS subject, payment.total_cents AS expected,
               coalesce(sum(line.amount_cents), 0) AS found
          FROM capital.payments AS payment
          LEFT JOIN capital.payment_lines AS line ON line.payment_id = payment.id
         GROUP BY payment.id HAVING coalesce(sum(line.amount_cents), 0) <> payment.total_cents
    """,
    "payment-parts-add-up": """
        SELECT CAST(payment.id AS text) AS subject, payment.total_cents AS expected,
               coalesce(sum(part.amount_cents), 0) AS found
          FROM capital.payments AS payment
          LEFT JOIN capital.payment_parts AS part ON part.payment_id = payment.id
         GROUP BY payment.id HAVING coalesce(sum(part.amount_cents), 0) <> payment.total_cents
    """,
    "payment-part-equals-its-posting": """
        SELECT payment_id || ' ' || siren AS subject, coalesce(part.cents, 0) AS expected,
               coalesce(booked.cents, 0) AS found
          FROM (SELECT payment_id, funder_siren AS siren,
                       sum(CASE WHEN reversal_id IS NULL THEN amount_cents ELSE 0 END) AS cents
                  FROM capital.payment_parts GROUP BY payment_id, funder_siren) AS part
          FULL JOIN (SELECT entry.payment_id, posting.funder_siren AS siren,
                            -sum(posting.amount_cents) AS cents
                       FROM capital.journal_entries AS entry
                       JOIN capital.postings AS posting ON posting.entry_id = entry.id
                      WHERE posting.account = 'cash' AND entry.payment_id IS NOT NULL
                      GROUP BY entry.payment_id, posting.funder_siren) AS booked
         USING (payment_id, siren)
         WHERE coalesce(part.cents, 0) <> coalesce(booked.cents, 0)
    """,
    "de-minimis-counter-equals-aid": """
        SELECT cae_siren AS subject, coalesce(granted.cents, 0) AS expected,
               coalesce(counter.counted_cents, 0) AS found
          FROM (SELECT cae_siren, sum(cents) AS cents
                  FROM (SELECT cae_siren, award_cents AS cents FROM capital.top_ups
                         WHERE award_cents IS NOT NULL AND status <> 'cancelled'
                        UNION ALL
                        SELECT cae_siren, amount_cents FROM capital.de_minimis_declarations
                         WHERE cancelled_on IS NULL) AS aid
                 GROUP BY cae_siren) AS granted
          FULL JOIN capital.de_minimis_counters AS counter USING (cae_siren)
         WHERE coalesce(granted.cents, 0) <> coalesce(counter.counted_cents, 0)
    """,
    "reversal-covers-its-payment": """
        SELECT CAST(payment.id AS text) AS subject,
               CASE WHEN reversal.id IS NULL THEN 0 ELSE 2 * payment.total_cents END AS expected,
               undone.cents AS found
          FROM capital.payments AS payment
          LEFT JOIN capital.payment_reversals AS reversal ON reversal.payment_id = payment.id
         CROSS JOIN LATERAL (SELECT coalesce(sum(row.amount_cents), 0) AS cents
                  FROM (SELECT amount_cents FROM capital.payment_lines
                         WHERE payment_id = payment.id AND reversal_id IS NOT NULL
                        UNION ALL
                        SELECT amount_cents FROM capital.payment_parts
                         WHERE payment_id = payment.id AND reversal_id IS NOT NULL) AS row) AS undone
         WHERE undone.cents <> CASE WHEN reversal.id IS NULL THEN 0 ELSE 2 * payment.total_cents END
    """,
    "paid-top-up-has-its-line": f"""
        SELECT CAST(top_up.id AS text) AS subject, {_PAID_OUT} AS expected,
               coalesce(line.amount_cents, 0) AS found
          FROM capital.top_ups AS top_up
          LEFT JOIN capital.payment_lines AS line ON line.top_up_id = top_up.id AND line.reversal_id IS NULL
         WHERE {_PAID_OUT} <> coalesce(line.amount_cents, 0)
    """,
    **clawback_proof.CHECKS,
    **follow_up_proof.CHECKS,
}


_COMPARED = text("""
    SELECT (SELECT count(*) FROM capital.schemes) AS schemes,
           (SELECT count(*) FROM capital.top_ups) AS top_ups,
           (SELECT count(*) FROM capital.journal_entries) AS entries,
           (SELECT count(*) FROM capital.postings) AS postings
""")


_OF_COUNTERS = tuple(check for check in _CHECKS if "-counter" in check)
_COUNTED = text(f"""
    SELECT (SELECT count(*) FROM capital.cae_caps)
             + (SELECT count(*) FROM capital.scheme_budgets)
             + (SELECT count(*) FROM capital.de_minimis_counters) AS counters,
           (SELECT count(*) FROM {ROOM_TAKEN} AS taken) AS awards
""")


async def prove(session: AsyncSession) -> LedgerProof:
    """At most a hundred differences of each kind: one is already too many."""
    compared = (await session.execute(_COMPARED)).one()
    return LedgerProof(compared._asdict(), await _differences(session, _CHECKS))


async def prove_counters(session: AsyncSession) -> LedgerProof:
    """The counters alone. Each subject begins with its scheme's id, or is a company."""
    compared = (await session.execute(_COUNTED)).one()
    return LedgerProof(compared._asdict(), await _differences(session, _OF_COUNTERS))


async def _differences(session: AsyncSession, checks: Iterable[str]) -> tuple[Difference, ...]:
    differences: list[Difference] = []
    for check in checks:
        rows = await session.execute(text(f"{_CHECKS[check]} LIMIT {MOST_DIFFERENCES}"))
        differences += [Difference(check, row.subject, int(row.expected), int(row.found)) for row in rows]
    return tuple(differences)
