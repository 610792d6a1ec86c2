"""The balances kept beside the journal, compared with it: each query lists what differs."""

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.ledger_proof import Difference, LedgerProof
from services.loans.persistence import figures_proof, schedules_proof

MOST_DIFFERENCES = 100


UNBALANCED_ENTRIES = """
    SELECT e.id::text AS about, 0 AS kept_cents, sum(p.amount_cents) AS journal_cents
      FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
     GROUP BY e.id, p.funder_id HAVING sum(p.amount_cents) <> 0
"""
ENTRIES_WITHOUT_POSTINGS = """
    SELECT e.id::text AS about, 0 AS kept_cents, 0 AS journal_cents
      FROM loans.journal_entries e
     WHERE NOT EXISTS (SELECT FROM loans.postings p WHERE p.entry_id = e.id)
"""

# One line for each loan and balance. A declaration of funders adds up to zero over them: it changes no loan.
LOAN_BALANCES = """
    WITH journal AS (
        SELECT e.loan_id,
               coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                            AND e.kind = 'disbursement'), 0) AS principal,
               -coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                            AND e.kind IN ('repayment', 'reversal')), 0) AS repaid,
               coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'losses'), 0) AS written_off,
               -coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'recoveries'), 0) AS recovered,
               coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'), 0) AS outstanding
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
         WHERE e.loan_id IS NOT NULL GROUP BY e.loan_id
    )
    SELECT l.id || ' ' || balance.name AS about, balance.kept AS kept_cents,
           coalesce(balance.journal, 0) AS journal_cents
      FROM loans.loans l LEFT JOIN journal j ON j.loan_id = l.id
     CROSS JOIN LATERAL (VALUES
           ('principal', l.principal_cents, j.principal),
           ('repaid', l.repaid_cents, j.repaid),
           ('written off', l.written_off_cents, j.written_off),
           ('recovered', l.recovered_cents, j.recovered),
           ('outstanding', l.principal_cents - l.repaid_cents - l.written_off_cents, j.outstanding)
     ) AS balance (name, kept, journal)
     WHERE balance.kept <> coalesce(balance.journal, 0)
"""
SHARE_BALANCES = """
    WITH journal AS (
        SELECT e.loan_id, p.funder_id,
               coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                            AND coalesce(e.restates, e.kind) = 'disbursement'), 0) AS principal,
               -coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'loans'
                            AND coalesce(e.restates, e.kind) <> 'disbursement'), 0) AS credited,
               coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'losses'), 0) AS lost,
               -coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'recoveries'), 0) AS recovered
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
         WHERE e.loan_id IS NOT NULL GROUP BY e.loan_id, p.funder_id
    )
    SELECT loan_id || ' ' || funder_id || ' ' || balance.name AS about,
           coalesce(balance.kept, 0) AS kept_cents, coalesce(balance.journal, 0) AS journal_cents
      FROM loans.loan_shares s FULL JOIN journal j USING (loan_id, funder_id)
     CROSS JOIN LATERAL (VALUES
           ('principal', s.principal_cents, j.principal),
           ('credited', s.credited_cents, j.credited),
           ('lost', s.lost_cents, j.lost),
           ('recovered', s.recovered_cents, j.recovered)
     ) AS balance (name, kept, journal)
     WHERE coalesce(balance.kept, 0) <> coalesce(balance.journal, 0)
"""
CONTRIBUTIONS = """
    SELECT funder_id::text AS about, coalesce(c.cents, 0) AS kept_cents,
           coalesce(j.cents, 0) AS journal_cents
      FROM (SELECT funder_id, sum(amount_cents) AS cents
              FROM (SELECT funder_id, amount_cents FROM loans.contributions
                    UNION ALL SELECT funder_id, -amount_cents FROM loans.withdrawals) moved
             GROUP BY funder_id) c
      FULL JOIN (SELECT funder_id, -sum(amount_cents) AS cents FROM loans.postings
                  WHERE account = 'capital' GROUP BY funder_id) j USING (funder_id)
     WHERE coalesce(c.cents, 0) <> coalesce(j.cents, 0)
"""
PLEDGES = """
    SELECT p.id::text AS about, p.paid_cents AS kept_cents, coalesce(sum(c.amount_cents), 0) AS journal_cents
      FROM loans.pledges p
      LEFT JOIN loans.contributions c ON c.funder_id = p.funder_id AND c.convention = p.convention
     GROUP BY p.id HAVING p.paid_cents <> coalesce(sum(c.amount_cents), 0)
"""
REMITTANCES = """
    SELECT r.id::text AS about, r.allocated_cents AS kept_cents,
           coalesce(sum(c.amount_cents) FILTER (WHERE v.id IS NULL), 0) AS journal_cents
      FROM loans.remittances r
      LEFT JOIN loans.remitted_repayments c ON c.remittance_id = r.id
      LEFT JOIN loans.reversals v ON v.repayment_id = c.repayment_id
     GROUP BY r.id
    HAVING r.allocated_cents <> coalesce(sum(c.amount_cents) FILTER (WHERE v.id IS NULL), 0)
"""
# Facts beside the journal: what schedules and arrears are computed from must be what was posted.
FACTS = """
    SELECT l.id || ' facts' AS about,
           coalesce((SELECT sum(r.amount_cents) FROM loans.repayments r WHERE r.loan_id = l.id), 0)
         - coalesce((SELECT sum(v.amount_cents) FROM loans.reversals v WHERE v.loan_id = l.id), 0)
         + coalesce((SELECT sum(c.amount_cents) FROM loans.recoveries c WHERE c.loan_id = l.id), 0)
           AS kept_cents,
           l.repaid_cents + l.recovered_cents AS journal_cents
      FROM loans.loans l
"""
SCHEDULES = """
    SELECT l.id || ' schedule' AS about, coalesce(sum(i.amount_cents), 0) AS kept_cents,
           l.principal_cents AS journal_cents
      FROM loans.loans l
      LEFT JOIN loans.instalments i ON i.loan_id = l.id AND i.version = l.schedule_version
     -- There is no schedule while a tranche is still to leave.
     WHERE l.principal_cents = l.granted_cents
        OR EXISTS (SELECT FROM loans.tranche_ends e WHERE e.loan_id = l.id)
     GROUP BY l.id HAVING coalesce(sum(i.amount_cents), 0) <> l.principal_cents
"""
COMMITTED = """
    SELECT f.id::text AS about, f.committed_cents AS kept_cents, promised.cents AS journal_cents
      FROM loans.funds f
     CROSS JOIN LATERAL (
           SELECT coalesce((SELECT sum(d.granted_amount_cents)
                              FROM loans.applications a JOIN loans.decisions d ON d.application_id = a.id
                             WHERE a.fund_id = f.id AND a.status IN ('approved', 'signed')), 0)
                + coalesce((SELECT sum(l.granted_cents - l.principal_cents) FROM loans.loans l
                             WHERE l.fund_id = f.id AND NOT EXISTS (
                                   SELECT FROM loans.tranche_ends e WHERE e.loan_id = l.id)), 0)
                  AS cents) promised
     WHERE f.committed_cents <> promised.cents
"""

COMPARED = text("""
    SELECT (SELECT count(*) FROM loans.funds) AS funds,
           (SELECT count(*) FROM loans.loans) AS loans,
           (SELECT count(*) FROM loans.journal_entries) AS entries,
           (SELECT count(*) FROM loans.postings) AS postings,
           (SELECT count(*) FROM loans.loans WHERE NOT figures_stale) AS loans_in_figures
""")

CHECKS: dict[str, TextClause] = {
    check: text(f"SELECT * FROM ({query}) found WHERE {condition} LIMIT {MOST_DIFFERENCES}")  # noqa: S608
    for check, query, condition in (
        ("entry-does-not-add-up", UNBALANCED_ENTRIES, "true"),
        ("entry-without-postings", ENTRIES_WITHOUT_POSTINGS, "true"),
        ("loan-balance", LOAN_BALANCES, "true"),
        ("share-balance", SHARE_BALANCES, "true"),
        ("contributions", CONTRIBUTIONS, "true"),
        ("pledges", PLEDGES, "true"),
        ("remittances", REMITTANCES, "true"),
        ("facts", FACTS, "kept_cents <> journal_cents"),
        ("schedule", SCHEDULES, "true"),
        ("committed", COMMITTED, "true"),
    )
}


async def prove(session: AsyncSession) -> LedgerProof:
    """At most a hundred differences of each kind: one is already too many."""
    differences = [
        Difference(check, row.about, int(row.journal_cents), int(row.kept_cents))
        for check, statement in CHECKS.items()
        for row in await session.execute(statement)
    ]
    differences += await schedules_proof.differences(session)
    differences += await figures_proof.differences(session)
    compared = (await session.execute(COMPARED)).one()
    return LedgerProof(compared._asdict(), tuple(differences))
