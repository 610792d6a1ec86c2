"""What figures are summed from, for many loans by one statement, and for those that they are behind on.

A row for each loan and an array for each kind of fact: a row for each fact costs several times that, and a
statement for each kind of fact a round trip each. Nothing is worked out here: what a loan adds to figures is
the domain's word alone.
"""

from alembic import op

revision = "loans_0018"
down_revision = "loans_0017"
branch_labels = None
depends_on = None

FACTS = """
    CREATE TYPE loans.facts_of_loan AS (
        loan_id uuid, fund_id uuid, region text, cohort integer, lost_from date,
        lent_on date[], lent_cents bigint[],
        repaid_on date[], repaid_cents bigint[],
        recovered_on date[], recovered_cents bigint[],
        in_force_from date[], versions smallint[], due_on date[], due_cents bigint[],
        hosted_from date[], hosted_until date[], hosted_by text[],
        funders uuid[], sirens text[],
        kept_disbursed bigint[], kept_outstanding bigint[], kept_lost bigint[], kept_recovered bigint[],
        borne_by uuid[], borne_on date[],
        borne_disbursed bigint[], borne_outstanding bigint[], borne_lost bigint[], borne_recovered bigint[],
        summed_for text
    )
"""
# Of funders where `borne_after` is given: what the journal moved after it, and what is kept of all days.
OF_LOANS = """
    CREATE FUNCTION loans.facts_of_loans(wanted uuid[], borne_after date)
        RETURNS SETOF loans.facts_of_loan LANGUAGE sql STABLE AS $$
    SELECT l.id, l.fund_id, l.region, extract(year FROM l.disbursed_on)::integer, l.written_off_on,
           lent.days, lent.cents, repaid.days, repaid.cents, recovered.days, recovered.cents,
           in_force.days, due.versions, due.days, due.cents,
           hosts.since, hosts.until, hosts.caes,
           f.ids, f.sirens, f.disbursed, f.outstanding, f.lost, f.recovered,
           b.funders, b.days, b.disbursed, b.outstanding, b.lost, b.recovered,
           CAST(s.changes AS text)
      FROM loans.loans l
      LEFT JOIN loans.loan_figures s ON s.loan_id = l.id
     CROSS JOIN LATERAL (
           SELECT array_agg(t.disbursed_on) AS days, array_agg(t.amount_cents) AS cents
             FROM loans.tranches t WHERE t.loan_id = l.id) lent
     CROSS JOIN LATERAL (
           SELECT array_agg(on_date) AS days, array_agg(amount_cents) AS cents
             FROM (SELECT r.paid_on AS on_date, r.amount_cents FROM loans.repayments r WHERE r.loan_id = l.id
                    UNION ALL
                   SELECT v.reversed_on, -v.amount_cents FROM loans.reversals v WHERE v.loan_id = l.id)
                  AS moved (on_date, amount_cents)) repaid
     CROSS JOIN LATERAL (
           SELECT array_agg(c.received_on) AS days, array_agg(c.amount_cents) AS cents
             FROM loans.recoveries c WHERE c.loan_id = l.id) recovered
     CROSS JOIN LATERAL (
           SELECT array_agg(v.effective_on ORDER BY v.version) AS days
             FROM loans.schedule_versions v WHERE v.loan_id = l.id) in_force
     CROSS JOIN LATERAL (
           SELECT array_agg(i.version ORDER BY i.version, i.rank) AS versions,
                  array_agg(i.due_on ORDER BY i.version, i.rank) AS days,
                  array_agg(i.amount_cents ORDER BY i.version, i.rank) AS cents
             FROM loans.instalments i WHERE i.loan_id = l.id) due
     CROSS JOIN LATERAL (
           SELECT array_agg(c.from_on ORDER BY c.rank) AS since,
                  array_agg(c.until_on ORDER BY c.rank) AS until,
                  array_agg(c.cae_siren ORDER BY c.rank) AS caes
             FROM loans.cae_stays c WHERE c.loan_id = l.id) hosts
     CROSS JOIN LATERAL (
           SELECT array_agg(f.id ORDER BY f.rank) AS ids, array_agg(f.siren ORDER BY f.rank) AS sirens,
                  array_agg(coalesce(k.principal_cents, 0) ORDER BY f.rank) AS disbursed,
                  array_agg(coalesce(k.principal_cents - k.credited_cents, 0) ORDER BY f.rank) AS outstanding,
                  array_agg(coalesce(k.lost_cents, 0) ORDER BY f.rank) AS lost,
                  array_agg(coalesce(k.recovered_cents, 0) ORDER BY f.rank) AS recovered
             FROM loans.funders f
             LEFT JOIN loans.loan_shares k ON k.loan_id = l.id AND k.funder_id = f.id
            WHERE borne_after IS NOT NULL AND f.fund_id = l.fund_id) f
     CROSS JOIN LATERAL (
           SELECT array_agg(m.funder_id) AS funders, array_agg(m.on_date) AS days,
                  array_agg(m.disbursed) AS disbursed, array_agg(m.outstanding) AS outstanding,
                  array_agg(m.lost) AS lost, array_agg(m.recovered) AS recovered
             FROM (SELECT p.funder_id, e.on_date,
                          sum(CASE WHEN p.account = 'loans' AND coalesce(e.restates, e.kind) = 'disbursement'
                                   THEN p.amount_cents ELSE 0 END)::bigint AS disbursed,
                          sum(CASE p.account WHEN 'loans' THEN p.amount_cents ELSE 0 END)::bigint
                              AS outstanding,
                          sum(CASE p.account WHEN 'losses' THEN p.amount_cents ELSE 0 END)::bigint AS lost,
                          -sum(CASE p.account WHEN 'recoveries' THEN p.amount_cents ELSE 0 END)::bigint
                              AS recovered
                     FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id
                    WHERE borne_after IS NOT NULL AND e.loan_id = l.id AND e.on_date > borne_after
                      AND p.account <> 'cash'
                    GROUP BY p.funder_id, e.on_date) m) b
     WHERE l.id = ANY (wanted)
    $$
"""
# A reader who sees no loan must be told what its figures are behind on; the first `most` after a loan, by id.
OF_STALE_LOANS = """
    CREATE FUNCTION loans.facts_of_stale_loans(in_regions text[], in_funds uuid[], hosted_by text[],
                                               of_cohorts integer[], fed_by text[], borne_after date,
                                               after uuid, most integer)
        RETURNS SETOF loans.facts_of_loan LANGUAGE plpgsql AS $$
    DECLARE caller text := current_setting('essor.role', true);
    DECLARE stale uuid[];
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        stale := ARRAY(
        SELECT l.id FROM loans.loans l
         WHERE l.figures_stale
           AND (after IS NULL OR l.id > after)
           AND (in_regions IS NULL OR l.region = ANY (in_regions))
           AND (in_funds IS NULL OR l.fund_id = ANY (in_funds))
           AND (of_cohorts IS NULL OR extract(year FROM l.disbursed_on) = ANY (of_cohorts))
           AND (hosted_by IS NULL OR EXISTS (
                SELECT FROM loans.cae_stays s WHERE s.loan_id = l.id AND s.cae_siren = ANY (hosted_by)))
           AND (fed_by IS NULL OR EXISTS (
                SELECT FROM loans.funders f WHERE f.fund_id = l.fund_id AND f.siren = ANY (fed_by)))
         ORDER BY l.id LIMIT most);
        IF cardinality(stale) > 0 THEN
            RETURN QUERY SELECT * FROM loans.facts_of_loans(stale, borne_after) found ORDER BY found.loan_id;
        END IF;
        PERFORM set_config('essor.role', caller, true);
    END $$
"""


def upgrade() -> None:
    for statement in (FACTS, OF_LOANS, OF_STALE_LOANS):
        op.execute(statement)
    op.execute("DROP FUNCTION loans.stale_loans")


def downgrade() -> None:
    op.execute("DROP FUNCTION loans.facts_of_stale_loans, loans.facts_of_loans")
    op.execute("DROP TYPE loans.facts_of_loan")
    op.execute(STALE_LOANS)


STALE_LOANS = """
    CREATE FUNCTION loans.stale_loans(in_regions text[], in_funds uuid[], of_cohorts integer[],
                                      hosted_by text[], fed_by text[])
        RETURNS TABLE (loan_id uuid) LANGUAGE plpgsql AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
        SELECT l.id FROM loans.loans l
         WHERE l.figures_stale
           AND (in_regions IS NULL OR l.region = ANY (in_regions))
           AND (in_funds IS NULL OR l.fund_id = ANY (in_funds))
           AND (of_cohorts IS NULL OR extract(year FROM l.disbursed_on) = ANY (of_cohorts))
           AND (hosted_by IS NULL OR EXISTS (
                SELECT FROM loans.cae_stays s WHERE s.loan_id = l.id AND s.cae_siren = ANY (hosted_by)))
           AND (fed_by IS NULL OR EXISTS (
                SELECT FROM loans.funders f WHERE f.fund_id = l.fund_id AND f.siren = ANY (fed_by)));
        PERFORM set_config('essor.role', caller, true);
    END $$
"""
