"""A fund's dated settings, and what its funders pledge, pay in and take back."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import FUNDER, IS_CAE, IS_OPERATOR, OF_REGION

revision = "loans_0009"
down_revision = "loans_0008"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
FUNDS_THAT_IT_FEEDS = f"(ARRAY(SELECT fund_id FROM loans.funders WHERE siren = {FUNDER}))"  # noqa: S608

# What stood on the fund, and stands on each version from now on; with what a downgrade gives it back as.
SETTINGS = {
    "min_amount_cents": "BIGINT",
    "max_amount_cents": "BIGINT",
    "min_months": "SMALLINT",
    "max_months": "SMALLINT",
    "max_grace_months": "SMALLINT",
    "eligible_contracts": "TEXT[]",
    "max_outstanding_per_person_cents": "BIGINT",
    "max_outstanding_per_cae_cents": "BIGINT",
    "grace_included": "BOOLEAN",
    "lend_in_arrears": "BOOLEAN",
    "quorum": "SMALLINT",
    "offer_days": "SMALLINT",
}
REQUIRED = ("grace_included", "lend_in_arrears", "quorum")
CHECKS = {
    "amounts_in_order": "min_amount_cents <= max_amount_cents",
    "months_in_order": "min_months <= max_months",
    "quorum_positive": "quorum >= 1",
    "offer_days_not_negative": "offer_days >= 0",
}

DATED_SETTINGS = (
    """
    CREATE TABLE loans.fund_settings (
        fund_id UUID NOT NULL,
        version SMALLINT NOT NULL,
        region TEXT NOT NULL,
        valid_from DATE NOT NULL,
        min_amount_cents BIGINT,
        max_amount_cents BIGINT,
        min_months SMALLINT,
        max_months SMALLINT,
        max_grace_months SMALLINT,
        eligible_contracts TEXT[],
        max_outstanding_per_person_cents BIGINT,
        max_outstanding_per_cae_cents BIGINT,
        grace_included BOOLEAN NOT NULL,
        lend_in_arrears BOOLEAN NOT NULL,
        quorum SMALLINT NOT NULL,
        offer_days SMALLINT,
        target_shares JSONB DEFAULT '[]' NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_fund_settings PRIMARY KEY (fund_id, version),
        CONSTRAINT uq_fund_settings_fund_id_valid_from UNIQUE (fund_id, valid_from),
        CONSTRAINT fk_fund_settings_fund_id_region
            FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region),
        CONSTRAINT ck_fund_settings_version_from_one CHECK (version >= 1),
        CONSTRAINT ck_fund_settings_amounts_in_order CHECK (min_amount_cents <= max_amount_cents),
        CONSTRAINT ck_fund_settings_months_in_order CHECK (min_months <= max_months),
        CONSTRAINT ck_fund_settings_quorum_positive CHECK (quorum >= 1),
        CONSTRAINT ck_fund_settings_offer_days_not_negative CHECK (offer_days >= 0),
        CONSTRAINT ck_fund_settings_grace_not_negative CHECK (max_grace_months >= 0),
        CONSTRAINT ck_fund_settings_limits_positive
            CHECK (min_amount_cents > 0 AND max_amount_cents > 0 AND min_months > 0 AND max_months > 0
            AND max_outstanding_per_person_cents > 0 AND max_outstanding_per_cae_cents > 0),
        CONSTRAINT ck_fund_settings_eligible_contracts_known
            CHECK (eligible_contracts <@ ARRAY['CAPE', 'CESA', 'MEMBER']),
        CONSTRAINT ck_fund_settings_target_shares_listed CHECK (jsonb_typeof(target_shares) = 'array')
    )
    """,
    f"""
    INSERT INTO loans.fund_settings (fund_id, version, region, valid_from, created_at, {", ".join(SETTINGS)})
    SELECT id, 1, region, opened_on, created_at, {", ".join(SETTINGS)} FROM loans.funds
    """,  # noqa: S608
    f"ALTER TABLE loans.funds {', '.join(f'DROP COLUMN {column}' for column in SETTINGS)}",
    # Versions follow each other, and one that holds stays as it is: dossiers were decided under it.
    """
    CREATE FUNCTION loans.settings_follow_each_other() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.version > 1 AND NOT EXISTS (
            SELECT FROM loans.fund_settings
             WHERE fund_id = NEW.fund_id AND version = NEW.version - 1 AND valid_from < NEW.valid_from
        ) THEN
            RAISE EXCEPTION 'version % of fund % does not follow the last one', NEW.version, NEW.fund_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER settings_follow_each_other AFTER INSERT ON loans.fund_settings
        FOR EACH ROW EXECUTE FUNCTION loans.settings_follow_each_other()
    """,
    """
    CREATE FUNCTION loans.settings_in_force_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.valid_from > (now() AT TIME ZONE 'Europe/Paris')::date
           AND (NEW.fund_id, NEW.version, NEW.region, NEW.valid_from)
             = (OLD.fund_id, OLD.version, OLD.region, OLD.valid_from) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'version % of fund % holds: it is never edited', OLD.version, OLD.fund_id
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER settings_in_force_stay BEFORE UPDATE ON loans.fund_settings
        FOR EACH ROW EXECUTE FUNCTION loans.settings_in_force_stay()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON loans.fund_settings
        FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()
    """,
    # Which version each dossier was looked at under: until now there was one.
    """
    ALTER TABLE loans.applications
        ADD COLUMN submission_settings_version SMALLINT,
        ADD CONSTRAINT fk_applications_fund_id_submission_settings_version
            FOREIGN KEY (fund_id, submission_settings_version)
            REFERENCES loans.fund_settings (fund_id, version)
    """,
    "UPDATE loans.applications SET submission_settings_version = 1",
    """
    ALTER TABLE loans.decisions ADD COLUMN settings_version SMALLINT DEFAULT 1 NOT NULL,
        ADD CONSTRAINT ck_decisions_settings_version_from_one CHECK (settings_version >= 1)
    """,
    "ALTER TABLE loans.decisions ALTER COLUMN settings_version DROP DEFAULT",
    """
    ALTER TABLE loans.loans
        ADD COLUMN settings_version SMALLINT,
        ADD CONSTRAINT fk_loans_fund_id_settings_version
            FOREIGN KEY (fund_id, settings_version) REFERENCES loans.fund_settings (fund_id, version)
    """,
    "UPDATE loans.loans SET settings_version = 1 WHERE application_id IS NOT NULL",
    """
    ALTER TABLE loans.loans ADD CONSTRAINT ck_loans_settings_unless_imported
        CHECK ((settings_version IS NULL) = (application_id IS NULL))
    """,
)


CONVENTIONS = (
    """
    CREATE TABLE loans.pledges (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        funder_id UUID NOT NULL,
        convention TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        paid_cents BIGINT DEFAULT 0 NOT NULL,
        signed_on DATE NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_pledges PRIMARY KEY (id),
        CONSTRAINT uq_pledges_id_region UNIQUE (id, region),
        CONSTRAINT uq_pledges_funder_id_convention UNIQUE (funder_id, convention),
        CONSTRAINT fk_pledges_fund_id_region
            FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region),
        CONSTRAINT fk_pledges_funder_id_region
            FOREIGN KEY (funder_id, region) REFERENCES loans.funders (id, region),
        CONSTRAINT ck_pledges_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT ck_pledges_paid_within_pledge CHECK (paid_cents BETWEEN 0 AND amount_cents)
    )
    """,
    "CREATE INDEX ix_pledges_fund_id_id ON loans.pledges (fund_id, id)",
    """
    CREATE TABLE loans.planned_payments (
        pledge_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        region TEXT NOT NULL,
        funder_id UUID NOT NULL,
        due_on DATE NOT NULL,
        amount_cents BIGINT NOT NULL,
        CONSTRAINT pk_planned_payments PRIMARY KEY (pledge_id, rank),
        CONSTRAINT fk_planned_payments_pledge_id_region
            FOREIGN KEY (pledge_id, region) REFERENCES loans.pledges (id, region),
        CONSTRAINT fk_planned_payments_funder_id_region
            FOREIGN KEY (funder_id, region) REFERENCES loans.funders (id, region),
        CONSTRAINT ck_planned_payments_amount_positive CHECK (amount_cents > 0)
    )
    """,
    """
    CREATE TABLE loans.withdrawals (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        funder_id UUID NOT NULL,
        amount_cents BIGINT NOT NULL,
        withdrawn_on DATE NOT NULL,
        reference TEXT NOT NULL,
        reason TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_withdrawals PRIMARY KEY (id),
        CONSTRAINT fk_withdrawals_fund_id_region
            FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region),
        CONSTRAINT fk_withdrawals_funder_id_region
            FOREIGN KEY (funder_id, region) REFERENCES loans.funders (id, region),
        CONSTRAINT ck_withdrawals_amount_positive CHECK (amount_cents > 0)
    )
    """,
    "CREATE INDEX ix_withdrawals_fund_id_withdrawn_on ON loans.withdrawals (fund_id, withdrawn_on)",
)
ADDED_ONLY = {
    "pledges": "DELETE OR TRUNCATE",  # what is paid on it is kept beside
    "planned_payments": "UPDATE OR DELETE OR TRUNCATE",
    "withdrawals": "UPDATE OR DELETE OR TRUNCATE",
}

# What is paid on a pledge is worked out again whenever a contribution comes, under its funder's lock: neither
# two payments at once nor a payment beside its own pledge miss each other. The CHECK bounds it.
PAID_ON_PLEDGES = (
    """
    CREATE FUNCTION loans.paid_under(of_funder uuid, under text) RETURNS bigint LANGUAGE sql AS $$
        SELECT coalesce(sum(amount_cents), 0)::bigint FROM loans.contributions
         WHERE funder_id = of_funder AND convention = under
    $$
    """,
    """
    CREATE FUNCTION loans.contribution_is_paid_on_its_pledge() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM loans.funders WHERE id = NEW.funder_id FOR NO KEY UPDATE;
        UPDATE loans.pledges SET paid_cents = loans.paid_under(NEW.funder_id, NEW.convention)
         WHERE funder_id = NEW.funder_id AND convention = NEW.convention;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER paid_on_its_pledge AFTER INSERT ON loans.contributions
        FOR EACH ROW EXECUTE FUNCTION loans.contribution_is_paid_on_its_pledge()
    """,
    """
    CREATE FUNCTION loans.pledge_counts_what_is_paid() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM FROM loans.funders WHERE id = NEW.funder_id FOR NO KEY UPDATE;
        ELSIF to_jsonb(NEW) - 'paid_cents' <> to_jsonb(OLD) - 'paid_cents' THEN
            RAISE EXCEPTION 'facts are never edited: UPDATE on pledges is refused'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        NEW.paid_cents := loans.paid_under(NEW.funder_id, NEW.convention);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER counts_what_is_paid BEFORE INSERT OR UPDATE ON loans.pledges
        FOR EACH ROW EXECUTE FUNCTION loans.pledge_counts_what_is_paid()
    """,
)

# What leaves the fund must be there, and be its funder's: the domain decides day by day, under the fund's
# lock; this is the last line, of today.
MONEY_OF_FUND = """
    CREATE OR REPLACE FUNCTION loans.money_of_fund(in_fund uuid) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        money bigint;
        caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        SELECT coalesce((SELECT sum(amount_cents) FROM loans.contributions WHERE fund_id = in_fund), 0)
             - {withdrawn}
             + coalesce((SELECT sum(repaid_cents + recovered_cents - principal_cents)
                           FROM loans.loans WHERE fund_id = in_fund), 0)
          INTO money;
        PERFORM set_config('essor.role', caller, true);
        RETURN money;
    END $$
"""
WITHDRAWN = "coalesce((SELECT sum(amount_cents) FROM loans.withdrawals WHERE fund_id = in_fund), 0)"
WITHDRAWALS_HELD = (
    """
    CREATE OR REPLACE FUNCTION loans.fund_promises_what_it_has() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE free bigint := loans.money_of_fund(NEW.id) - NEW.committed_cents;
    BEGIN
        IF free < 0 THEN
            RAISE EXCEPTION 'fund % would promise % cents more than it has', NEW.id, -free
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION loans.withdrawal_is_of_free_money() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE free bigint;
    BEGIN
        SELECT committed_cents INTO free FROM loans.funds WHERE id = NEW.fund_id FOR NO KEY UPDATE;
        free := loans.money_of_fund(NEW.fund_id) - free;
        IF free < 0 THEN
            RAISE EXCEPTION 'fund % would be withdrawn % cents more than it has', NEW.fund_id, -free
                USING ERRCODE = 'check_violation';
        END IF;
        IF (SELECT coalesce(sum(amount_cents), 0) FROM loans.contributions WHERE funder_id = NEW.funder_id)
         < (SELECT coalesce(sum(amount_cents), 0) FROM loans.withdrawals WHERE funder_id = NEW.funder_id) THEN
            RAISE EXCEPTION 'funder % would withdraw more than it has paid in', NEW.funder_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER of_free_money AFTER INSERT ON loans.withdrawals
        FOR EACH ROW EXECUTE FUNCTION loans.withdrawal_is_of_free_money()
    """,
)

KINDS = (
    "'contribution', 'disbursement', 'repayment', 'reversal', 'write_off', 'write_off_reduction', "
    "'recovery', 'declaration'{more}"
)
CHECKS_OF_ENTRIES = """
    ALTER TABLE loans.journal_entries
        DROP CONSTRAINT ck_journal_entries_kind_known,
        DROP CONSTRAINT ck_journal_entries_restates_known,
        DROP CONSTRAINT ck_journal_entries_loan_unless_contribution,
        ADD CONSTRAINT ck_journal_entries_kind_known CHECK (kind IN ({kinds})),
        ADD CONSTRAINT ck_journal_entries_restates_known CHECK (restates IN ({kinds})),
        ADD CONSTRAINT ck_journal_entries_loan_unless_contribution
            CHECK ((kind IN ({of_no_loan})) = (loan_id IS NULL))
"""

# The same as before, but that what was taken back weighs no more.
PROMISE_OF_FUNDER = """
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
        WITH stakes AS (
            SELECT c.funder_id AS id, c.paid_on AS moved_on, c.amount_cents FROM loans.contributions c
             WHERE c.fund_id = in_fund
            {taken_back}
        ), held AS (
            SELECT f.id, f.rank, sum(s.amount_cents) AS ever,
                   sum(s.amount_cents) FILTER (WHERE s.moved_on <= as_of) AS by_then
              FROM loans.funders f JOIN stakes s ON s.id = f.id GROUP BY f.id
        ), committed AS (
            SELECT coalesce(sum(d.granted_amount_cents), 0)::bigint AS cents
              FROM loans.applications a
              JOIN loans.decisions d ON d.application_id = a.id
              LEFT JOIN loans.loans l ON l.application_id = a.id
             WHERE a.fund_id = in_fund AND d.outcome = 'approved' AND d.held_on <= as_of
               AND (l.id IS NULL OR l.disbursed_on > as_of)
               AND (a.ended_on IS NULL OR a.ended_on > as_of)
        )
        SELECT h.id, (CASE WHEN h.by_then > 0 THEN h.by_then ELSE h.ever END)::bigint, committed.cents
          FROM held h CROSS JOIN committed
         WHERE h.by_then > 0 OR (h.ever > 0 AND NOT EXISTS (SELECT FROM held WHERE by_then > 0))
         ORDER BY h.rank;
        PERFORM set_config('essor.role', caller, true);
    END $$
"""

TAKEN_BACK = """
            UNION ALL
            SELECT w.funder_id, w.withdrawn_on, -w.amount_cents FROM loans.withdrawals w
             WHERE w.fund_id = in_fund
"""

# By its number a loan is known to whoever bears a part of it, and by nothing else.
NUMBERS_OF_BORNE_LOANS = """
    CREATE FUNCTION loans.numbers_of_borne_loans(wanted uuid[])
        RETURNS TABLE (loan_id uuid, number text) LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE
        caller text := current_setting('essor.role', true);
        own uuid[] := ARRAY(SELECT f.id FROM loans.funders f
                             WHERE f.siren = nullif(current_setting('essor.funder', true), ''));
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
        SELECT l.id, l.number FROM loans.loans l
         WHERE l.id = ANY (wanted) AND EXISTS (
               SELECT FROM loans.loan_shares s WHERE s.loan_id = l.id AND s.funder_id = ANY (own));
        PERFORM set_config('essor.role', caller, true);
    END $$
"""
OWN = f"funder_id = ANY (ARRAY(SELECT id FROM loans.funders WHERE siren = {FUNDER}))"  # noqa: S608


def upgrade() -> None:
    for statement in (*DATED_SETTINGS, *CONVENTIONS, *PAID_ON_PLEDGES):
        op.execute(statement)
    op.execute(MONEY_OF_FUND.format(withdrawn=WITHDRAWN))
    for statement in WITHDRAWALS_HELD:
        op.execute(statement)
    op.execute(
        CHECKS_OF_ENTRIES.format(
            kinds=KINDS.format(more=", 'withdrawal'"), of_no_loan="'contribution', 'withdrawal'"
        )
    )
    op.execute(PROMISE_OF_FUNDER.format(taken_back=TAKEN_BACK))
    op.execute(NUMBERS_OF_BORNE_LOANS)
    for table, events in ADDED_ONLY.items():
        op.execute(
            f"CREATE TRIGGER append_only BEFORE {events} ON loans.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()"
        )
    reads = {
        "fund_settings": (OF_REGION, IS_CAE, f"fund_id = ANY {FUNDS_THAT_IT_FEEDS}"),
        **dict.fromkeys(ADDED_ONLY, (OF_REGION, OWN)),
    }
    for table, who in reads.items():
        for statement in tenancy.policies("loans", table, reads=who, writes=(OPERATOR_OF_REGION,)):
            op.execute(statement)


def downgrade() -> None:
    """A fund is left with the settings in force: it had no others. No withdrawal may be in the journal."""
    op.execute("DROP FUNCTION loans.numbers_of_borne_loans")
    op.execute(CHECKS_OF_ENTRIES.format(kinds=KINDS.format(more=""), of_no_loan="'contribution'"))
    op.execute("DROP TRIGGER paid_on_its_pledge ON loans.contributions")
    op.execute(MONEY_OF_FUND.format(withdrawn="0"))
    op.execute(PROMISE_OF_FUNDER.format(taken_back=""))
    for table in ("withdrawals", "planned_payments", "pledges"):
        op.execute(f"DROP TABLE loans.{table}")
    op.execute(
        "DROP FUNCTION loans.contribution_is_paid_on_its_pledge, loans.pledge_counts_what_is_paid,"
        " loans.withdrawal_is_of_free_money, loans.paid_under"
    )
    op.execute("ALTER TABLE loans.loans DROP COLUMN settings_version")
    op.execute("ALTER TABLE loans.decisions DROP COLUMN settings_version")
    op.execute("ALTER TABLE loans.applications DROP COLUMN submission_settings_version")
    op.execute(
        f"ALTER TABLE loans.funds {', '.join(f'ADD COLUMN {name} {kind}' for name, kind in SETTINGS.items())}"
    )
    op.execute(
        f"""
        UPDATE loans.funds SET ({", ".join(SETTINGS)}) = (
            SELECT {", ".join(SETTINGS)} FROM loans.fund_settings s
             WHERE s.fund_id = funds.id
             ORDER BY s.valid_from > (now() AT TIME ZONE 'Europe/Paris')::date, s.version DESC LIMIT 1)
        """  # noqa: S608
    )
    for name in REQUIRED:
        op.execute(f"ALTER TABLE loans.funds ALTER COLUMN {name} SET NOT NULL")
    for name, condition in CHECKS.items():
        op.execute(f"ALTER TABLE loans.funds ADD CONSTRAINT ck_funds_{name} CHECK ({condition})")
    op.execute("DROP TABLE loans.fund_settings")
    op.execute("DROP FUNCTION loans.settings_follow_each_other, loans.settings_in_force_stay")
