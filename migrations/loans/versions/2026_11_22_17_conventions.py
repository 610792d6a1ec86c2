"""What funders pledge under conventions, pay in on their pledges, and take back down to what is free."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import FUNDER, IS_OPERATOR, OF_REGION

revision = "loans_0017"
down_revision = "loans_0016"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"

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
        )
        SELECT h.id, (CASE WHEN h.by_then > 0 THEN h.by_then ELSE h.ever END)::bigint,
               loans.committed_of_fund(in_fund, as_of)
          FROM held h
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
    for statement in (*CONVENTIONS, *PAID_ON_PLEDGES, MONEY_OF_FUND.format(withdrawn=WITHDRAWN)):
        op.execute(statement)
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
        for statement in tenancy.policies(
            "loans", table, reads=(OF_REGION, OWN), writes=(OPERATOR_OF_REGION,)
        ):
            op.execute(statement)


def downgrade() -> None:
    """No withdrawal may be in the journal."""
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
