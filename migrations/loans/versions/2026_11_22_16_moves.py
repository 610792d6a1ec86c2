"""A dossier that goes to another CAE takes along all that belongs to it; what a fund promises of tranches."""

from alembic import op

revision = "loans_0016"
down_revision = "loans_0015"
branch_labels = None
depends_on = None

# Every key that repeats whose a dossier is follows it, in whichever table it stands.
KEYS_FOLLOW = """
    DO $$
    DECLARE held record;
    BEGIN
        FOR held IN
            SELECT c.conname AS name, c.conrelid::regclass AS held_by, pg_get_constraintdef(c.oid) AS said
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
             WHERE c.contype = 'f' AND c.connamespace = 'loans'::regnamespace AND a.attname = 'cae_siren'
        LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s ON UPDATE {rule}',
                           held.held_by, held.name, held.name,
                           replace(held.said, ' ON UPDATE CASCADE', ''));
        END LOOP;
    END $$
"""

# A key is what holds the new CAE to that of the dossier: another than its own is refused there.
FOLLOWS = "NEW.cae_siren <> OLD.cae_siren AND to_jsonb(NEW) - 'cae_siren' = to_jsonb(OLD) - 'cae_siren'"
FACTS_FOLLOW = f"""
    CREATE OR REPLACE FUNCTION loans.only_the_purge_empties() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('essor.role', true) = 'system'
           AND coalesce(to_jsonb(NEW) ->> TG_ARGV[0], '') = ''
           AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] THEN
            RETURN NEW;
        END IF;
        IF {FOLLOWS} THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'facts are never edited: UPDATE on % is refused', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
"""
JOURNAL_FOLLOWS = (
    f"""
    CREATE FUNCTION loans.only_the_cae_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {FOLLOWS} THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the journal is append-only: UPDATE on % is refused', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(
        statement
        for table in ("journal_entries", "postings")
        for statement in (
            f"DROP TRIGGER append_only ON loans.{table}",
            f"""
            CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON loans.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()
            """,
            f"""
            CREATE TRIGGER never_edited BEFORE UPDATE ON loans.{table}
                FOR EACH ROW EXECUTE FUNCTION loans.only_the_cae_follows()
            """,
        )
    ),
    # Postings have no key of whose they are: they follow their entry, and are held to it.
    """
    CREATE FUNCTION loans.postings_follow_their_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE loans.postings SET cae_siren = NEW.cae_siren WHERE entry_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER postings_follow AFTER UPDATE OF cae_siren ON loans.journal_entries
        FOR EACH ROW EXECUTE FUNCTION loans.postings_follow_their_entry()
    """,
    """
    CREATE TRIGGER postings_stay_of_their_entry AFTER UPDATE ON loans.postings
        REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION loans.postings_are_of_their_entry()
    """,
)

# Minutes say which CAE presented an applicant that day, and never change.
MINUTES_STAY = """
    ALTER TABLE loans.session_items
        DROP CONSTRAINT fk_session_items_application_id_region_cae_siren,
        ADD CONSTRAINT fk_session_items_application_id
            FOREIGN KEY (application_id) REFERENCES loans.applications (id)
"""

# Of a loan that leaves in tranches, what is still to leave is promised; what never will is not.
COMMITTED = (
    "CREATE INDEX ix_tranches_further ON loans.tranches (loan_id) WHERE recorded_rank > 1",
    """
    CREATE FUNCTION loans.committed_of_fund(in_fund uuid, as_of date) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT coalesce(sum(
                   CASE WHEN l.id IS NULL OR l.disbursed_on > as_of THEN d.granted_amount_cents
                        WHEN e.ended_on <= as_of THEN 0
                        ELSE l.granted_cents - (SELECT coalesce(sum(t.amount_cents), 0) FROM loans.tranches t
                                                 WHERE t.loan_id = l.id AND t.disbursed_on <= as_of)
                   END), 0)::bigint
          FROM loans.applications a
          JOIN loans.decisions d ON d.application_id = a.id
          LEFT JOIN loans.loans l ON l.application_id = a.id
          LEFT JOIN loans.tranche_ends e ON e.loan_id = l.id
         WHERE a.fund_id = in_fund AND d.outcome = 'approved' AND d.held_on <= as_of
           AND (a.ended_on IS NULL OR a.ended_on > as_of)
           AND (l.id IS NULL OR l.disbursed_on > as_of OR l.principal_cents < l.granted_cents
                OR l.id IN (SELECT t.loan_id FROM loans.tranches t WHERE t.recorded_rank > 1))
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION loans.promise_of_funder(in_fund uuid, as_of date)
        RETURNS TABLE (funder_id uuid, paid_in_cents bigint, committed_cents bigint)
        LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM FROM loans.funders f
          WHERE f.fund_id = in_fund AND f.siren = nullif(current_setting('essor.funder', true), '');
        IF NOT FOUND THEN
            RETURN;
        END IF;
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
        WITH paid_in AS (
            SELECT f.id, f.rank, sum(c.amount_cents) AS ever,
                   sum(c.amount_cents) FILTER (WHERE c.paid_on <= as_of) AS by_then
              FROM loans.funders f JOIN loans.contributions c ON c.funder_id = f.id
             WHERE f.fund_id = in_fund GROUP BY f.id
        )
        SELECT p.id, coalesce(p.by_then, p.ever)::bigint, loans.committed_of_fund(in_fund, as_of)
          FROM paid_in p
         WHERE p.by_then IS NOT NULL OR NOT EXISTS (SELECT FROM paid_in WHERE by_then IS NOT NULL)
         ORDER BY p.rank;
        PERFORM set_config('essor.role', caller, true);
    END $$
    """,
)


def upgrade() -> None:
    op.execute(MINUTES_STAY)
    op.execute(KEYS_FOLLOW.format(rule="CASCADE"))
    for statement in (FACTS_FOLLOW, *JOURNAL_FOLLOWS, *COMMITTED):
        op.execute(statement)


def downgrade() -> None:
    """Whoever moved stays where they are: nothing is lost. What a funder is told of promises stays as it is:
    where no loan has tranches, it is what it was.
    """
    op.execute("DROP TRIGGER postings_stay_of_their_entry ON loans.postings")
    op.execute("DROP TRIGGER postings_follow ON loans.journal_entries")
    for table in ("journal_entries", "postings"):
        op.execute(f"DROP TRIGGER never_edited ON loans.{table}")
        op.execute(f"DROP TRIGGER append_only ON loans.{table}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()"
        )
    op.execute("DROP FUNCTION loans.postings_follow_their_entry, loans.only_the_cae_follows")
    op.execute(KEYS_FOLLOW.format(rule="NO ACTION"))
    op.execute("DROP INDEX loans.ix_tranches_further")
