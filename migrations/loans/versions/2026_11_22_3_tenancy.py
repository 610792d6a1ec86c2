"""Row-level security: whose each row is, and who reads and writes it.

A row says by itself whose it is: policies compare its columns and look nowhere else. What says so is copied
from the dossier, and foreign keys (for postings a trigger) keep each copy equal to it.
"""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import FUNDER, IS_CAE, IS_OPERATOR, OF_CAE, OF_REGION

revision = "loans_0003"
down_revision = "loans_0002"
branch_labels = None
depends_on = None

COPIED = {
    "funders": ("region",),
    "decisions": ("region", "cae_siren"),
    "committee_members": ("region", "cae_siren"),
    "instalments": ("region", "cae_siren"),
    "loan_shares": ("region", "cae_siren"),
    "postings": ("region", "cae_siren"),
}
# Money that a funder pays in is no CAE's.
NULLABLE = {("postings", "cae_siren")}

BACKFILLS = (
    "UPDATE loans.funders c SET region = f.region FROM loans.funds f WHERE f.id = c.fund_id",
    """
    UPDATE loans.decisions c SET region = a.region, cae_siren = a.cae_siren
      FROM loans.applications a WHERE a.id = c.application_id
    """,
    """
    UPDATE loans.committee_members c SET region = a.region, cae_siren = a.cae_siren
      FROM loans.applications a WHERE a.id = c.application_id
    """,
    """
    UPDATE loans.instalments c SET region = l.region, cae_siren = l.cae_siren
      FROM loans.loans l WHERE l.id = c.loan_id
    """,
    """
    UPDATE loans.loan_shares c SET region = l.region, cae_siren = l.cae_siren
      FROM loans.loans l WHERE l.id = c.loan_id
    """,
    "ALTER TABLE loans.postings DISABLE TRIGGER append_only",
    """
    UPDATE loans.postings c SET region = e.region, cae_siren = e.cae_siren
      FROM loans.journal_entries e WHERE e.id = c.entry_id
    """,
    "ALTER TABLE loans.postings ENABLE TRIGGER append_only",
)

TENANTS = (
    ("funds", "id, region"),
    ("funders", "id, region"),
    ("applications", "id, region, cae_siren"),
    ("decisions", "application_id, region, cae_siren"),
    ("loans", "id, region, cae_siren"),
)
# Each key and the one that takes its place: the same number of checks, of the tenant too.
KEYS = (
    ("funders", "fund_id", "fund_id, region", "funds", "id, region"),
    ("contributions", "fund_id", "fund_id, region", "funds", "id, region"),
    ("contributions", "funder_id", "funder_id, region", "funders", "id, region"),
    ("applications", "fund_id", "fund_id, region", "funds", "id, region"),
    (
        "decisions",
        "application_id",
        "application_id, region, cae_siren",
        "applications",
        "id, region, cae_siren",
    ),
    (
        "committee_members",
        "application_id",
        "application_id, region, cae_siren",
        "decisions",
        "application_id, region, cae_siren",
    ),
    ("loans", "fund_id", "fund_id, region", "funds", "id, region"),
    ("loans", "application_id", "application_id, region, cae_siren", "applications", "id, region, cae_siren"),
    ("instalments", "loan_id", "loan_id, region, cae_siren", "loans", "id, region, cae_siren"),
    ("loan_shares", "loan_id", "loan_id, region, cae_siren", "loans", "id, region, cae_siren"),
    ("repayments", "loan_id", "loan_id, region, cae_siren", "loans", "id, region, cae_siren"),
    ("reversals", "loan_id", "loan_id, region, cae_siren", "loans", "id, region, cae_siren"),
    ("recoveries", "loan_id", "loan_id, region, cae_siren", "loans", "id, region, cae_siren"),
    ("journal_entries", "fund_id", "fund_id, region", "funds", "id, region"),
    ("journal_entries", "loan_id", "loan_id, region, cae_siren", "loans", "id, region, cae_siren"),
)
# A key of several columns is not checked where one of them is null.
CAE_OF_LOAN = """
    ALTER TABLE loans.journal_entries ADD CONSTRAINT ck_journal_entries_cae_of_loan
        CHECK ((loan_id IS NULL) = (cae_siren IS NULL))
"""

# For postings one look at all that a statement wrote costs less than a wider key: that needs an index more
# on the largest table but one, and would leave contributions, which have no CAE, unchecked.
POSTINGS = (
    """
    CREATE FUNCTION loans.postings_are_of_their_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE foreign_posting uuid;
    BEGIN
        SELECT w.entry_id INTO foreign_posting
          FROM written w LEFT JOIN loans.journal_entries e ON e.id = w.entry_id
         WHERE w.region IS DISTINCT FROM e.region OR w.cae_siren IS DISTINCT FROM e.cae_siren LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a posting of journal entry % is of another region or CAE', foreign_posting
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER postings_are_of_their_entry AFTER INSERT ON loans.postings
        REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION loans.postings_are_of_their_entry()
    """,
)

# What a caller's own rows cannot tell it. Forced policies bind the owner too, so SECURITY DEFINER would see
# no more: for one statement each of these functions speaks as the system, and answers one narrow question.
PROMISES_SEEN_WHOLE = """
    CREATE OR REPLACE FUNCTION loans.fund_promises_what_it_has() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        free bigint;
        caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        SELECT coalesce((SELECT sum(amount_cents) FROM loans.contributions WHERE fund_id = NEW.id), 0)
             + coalesce((SELECT sum(repaid_cents + recovered_cents - principal_cents)
                           FROM loans.loans WHERE fund_id = NEW.id), 0)
             - NEW.committed_cents
          INTO free;
        PERFORM set_config('essor.role', caller, true);
        IF free < 0 THEN
            RAISE EXCEPTION 'fund % would promise % cents more than it has', NEW.id, -free
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
SEEING_BEYOND = (
    PROMISES_SEEN_WHOLE,
    # A CAE writes no fund, but what was promised to it is free again once it has declined.
    """
    CREATE FUNCTION loans.free_promise(declined_id uuid) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        promise record;
        caller text := current_setting('essor.role', true);
    BEGIN
        SELECT a.fund_id, d.granted_amount_cents AS cents INTO STRICT promise
          FROM loans.applications a JOIN loans.decisions d ON d.application_id = a.id
         WHERE a.id = declined_id AND a.status = 'declined' AND d.outcome = 'approved';
        PERFORM set_config('essor.role', 'system', true);
        UPDATE loans.funds SET committed_cents = committed_cents - promise.cents WHERE id = promise.fund_id;
        PERFORM set_config('essor.role', caller, true);
    END $$
    """,
    # A number is its loan's alone in a fund, whichever CAE's the loan is.
    """
    CREATE FUNCTION loans.is_number_taken(in_fund uuid, wanted text) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
        is_taken boolean;
        caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        is_taken := EXISTS (SELECT FROM loans.loans WHERE fund_id = in_fund AND number = wanted);
        PERFORM set_config('essor.role', caller, true);
        RETURN is_taken;
    END $$
    """,
    # What a funder's figures need of the loans that it bears a part of: no name, no reference, no reason.
    """
    CREATE FUNCTION loans.standings_of_funder(as_of date)
        RETURNS TABLE (loan_id uuid, fund_id uuid, region text, cae_siren text, principal_cents bigint,
                       preceding_cents bigint, is_lost boolean, due_cents bigint, repaid_cents bigint,
                       recovered_cents bigint, unpaid_since date)
        LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE
        own uuid[] := ARRAY(SELECT f.id FROM loans.funders f
                             WHERE f.siren = nullif(current_setting('essor.funder', true), ''));
        caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
        SELECT l.id, l.fund_id, l.region, l.cae_siren, l.principal_cents,
               (SELECT coalesce(sum(other.principal_cents), 0)::bigint
                  FROM loans.loan_shares other JOIN loans.funders f ON f.id = other.funder_id
                 WHERE other.loan_id = l.id AND f.rank < holder.rank),
               coalesce(l.written_off_on <= as_of, false), due.cents, received.repaid, received.recovered,
               due.unpaid_since
          FROM loans.loan_shares s
          JOIN loans.funders holder ON holder.id = s.funder_id
          JOIN loans.loans l ON l.id = s.loan_id
         CROSS JOIN LATERAL (
               SELECT coalesce((SELECT sum(r.amount_cents) FROM loans.repayments r
                                 WHERE r.loan_id = l.id AND r.paid_on <= as_of), 0)::bigint
                    - coalesce((SELECT sum(v.amount_cents) FROM loans.reversals v
                                 WHERE v.loan_id = l.id AND v.reversed_on <= as_of), 0)::bigint AS repaid,
                      coalesce((SELECT sum(c.amount_cents) FROM loans.recoveries c
                                 WHERE c.loan_id = l.id AND c.received_on <= as_of), 0)::bigint AS recovered
               OFFSET 0) received
         CROSS JOIN LATERAL (
               SELECT coalesce(max(i.cumulative_cents), 0) AS cents,
                      min(i.due_on) FILTER (WHERE i.cumulative_cents > received.repaid) AS unpaid_since
                 FROM loans.instalments i
                WHERE i.loan_id = l.id AND i.version = l.schedule_version AND i.due_on <= as_of) due
         WHERE s.funder_id = ANY (own) AND l.disbursed_on <= as_of;
        PERFORM set_config('essor.role', caller, true);
    END $$
    """,
    # What a fund has promised, and by what its funders have paid in it is shared: no application, no name.
    """
    CREATE FUNCTION loans.promise_of_funder(in_fund uuid, as_of date)
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
        ), committed AS (
            SELECT coalesce(sum(d.granted_amount_cents), 0)::bigint AS cents
              FROM loans.applications a
              JOIN loans.decisions d ON d.application_id = a.id
              LEFT JOIN loans.loans l ON l.application_id = a.id
             WHERE a.fund_id = in_fund AND d.outcome = 'approved' AND d.held_on <= as_of
               AND (l.id IS NULL OR l.disbursed_on > as_of)
               AND (a.ended_on IS NULL OR a.ended_on > as_of)
        )
        SELECT p.id, coalesce(p.by_then, p.ever)::bigint, committed.cents
          FROM paid_in p CROSS JOIN committed
         WHERE p.by_then IS NOT NULL OR NOT EXISTS (SELECT FROM paid_in WHERE by_then IS NOT NULL)
         ORDER BY p.rank;
        PERFORM set_config('essor.role', caller, true);
    END $$
    """,
)

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
# Sub-selects that depend on no row: worked out once for a statement.
FUNDS_THAT_IT_FEEDS = f"(ARRAY(SELECT fund_id FROM loans.funders WHERE siren = {FUNDER}))"  # noqa: S608
OWN = f"funder_id = ANY (ARRAY(SELECT id FROM loans.funders WHERE siren = {FUNDER}))"  # noqa: S608

# Who reads; beside them the administrator and the system.
READS = {
    "funds": (OF_REGION, IS_CAE, f"id = ANY {FUNDS_THAT_IT_FEEDS}"),
    "funders": (OF_REGION, f"siren = {FUNDER}"),
    "contributions": (OF_REGION, OWN),
    "applications": (OF_REGION, OF_CAE),
    "decisions": (OF_REGION, OF_CAE),
    "committee_members": (OF_REGION, OF_CAE),
    "loans": (OF_REGION, OF_CAE),
    "instalments": (OF_REGION, OF_CAE),
    "loan_shares": (OF_REGION, OF_CAE, OWN),
    "repayments": (OF_REGION, OF_CAE),
    "reversals": (OF_REGION, OF_CAE),
    "recoveries": (OF_REGION, OF_CAE),
    "journal_entries": (OF_REGION, OF_CAE, f"fund_id = ANY {FUNDS_THAT_IT_FEEDS}"),
    "postings": (OF_REGION, OF_CAE, OWN),
}
WRITTEN_BY_CAES = {"applications": f"{IS_CAE} AND {OF_CAE}"}


def upgrade() -> None:
    _copy_tenants()
    _hold_copies_to_originals()
    for statement in SEEING_BEYOND:
        op.execute(statement)
    for table, reads in READS.items():
        writes = [OPERATOR_OF_REGION, *filter(None, [WRITTEN_BY_CAES.get(table)])]
        for statement in tenancy.policies("loans", table, reads=reads, writes=writes):
            op.execute(statement)
    for statement in tenancy.policies_of_idempotency_keys("loans"):
        op.execute(statement)


def _copy_tenants() -> None:
    """Before the policies: an owner who is no superuser is held to them too."""
    copies = [(table, column) for table, columns in COPIED.items() for column in columns]
    for table, column in copies:
        op.execute(f"ALTER TABLE loans.{table} ADD COLUMN {column} TEXT")
    for statement in BACKFILLS:
        op.execute(statement)
    for table, column in copies:
        if (table, column) not in NULLABLE:
            op.execute(f"ALTER TABLE loans.{table} ALTER COLUMN {column} SET NOT NULL")


def _hold_copies_to_originals() -> None:
    for table, columns in TENANTS:
        name = f"uq_{table}_{columns.replace(', ', '_')}"
        op.execute(f"ALTER TABLE loans.{table} ADD CONSTRAINT {name} UNIQUE ({columns})")
    for table, before, columns, parent, target in KEYS:
        name = f"fk_{table}_{columns.replace(', ', '_')}"
        op.execute(
            f"ALTER TABLE loans.{table} DROP CONSTRAINT fk_{table}_{before},"
            f" ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES loans.{parent} ({target})"
        )
    for statement in (CAE_OF_LOAN, *POSTINGS):
        op.execute(statement)


def downgrade() -> None:
    """The promise's trigger stays: where nothing is hidden, it does what the one before it did."""
    for table in (*READS, "idempotency_keys"):
        for statement in tenancy.without_policies("loans", table):
            op.execute(statement)
    op.execute("DROP FUNCTION loans.free_promise, loans.is_number_taken")
    op.execute("DROP FUNCTION loans.standings_of_funder, loans.promise_of_funder")
    op.execute("DROP TRIGGER postings_are_of_their_entry ON loans.postings")
    op.execute("DROP FUNCTION loans.postings_are_of_their_entry")
    op.execute("ALTER TABLE loans.journal_entries DROP CONSTRAINT ck_journal_entries_cae_of_loan")
    for table, before, columns, parent, target in KEYS:
        name = f"fk_{table}_{columns.replace(', ', '_')}"
        op.execute(
            f"ALTER TABLE loans.{table} DROP CONSTRAINT {name}, ADD CONSTRAINT fk_{table}_{before}"
            f" FOREIGN KEY ({before}) REFERENCES loans.{parent} ({target.split(',')[0]})"
        )
    for table, columns in TENANTS:
        op.execute(f"ALTER TABLE loans.{table} DROP CONSTRAINT uq_{table}_{columns.replace(', ', '_')}")
    for table, columns in COPIED.items():
        for column in columns:
            op.execute(f"ALTER TABLE loans.{table} DROP COLUMN {column}")
