"""The facts that change a loan's schedule, its versions, and what is kept so that one repayment is quick."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import IS_OPERATOR, OF_CAE, OF_REGION

revision = "loans_0008"
down_revision = "loans_0007"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
AS_THE_SYSTEM = "SELECT set_config('essor.role', 'system', true)"

OF_LOAN = """
    FOREIGN KEY (loan_id, region, cae_siren) REFERENCES loans.loans (id, region, cae_siren)
"""

KEPT_OF_LOANS = (
    """
    ALTER TABLE loans.loans
        ADD COLUMN granted_cents BIGINT,
        ADD COLUMN instalment_count SMALLINT,
        ADD COLUMN next_due_on DATE,
        ADD COLUMN in_order_from DATE,
        ADD COLUMN written_off_cause TEXT
    """,
    """
    UPDATE loans.loans l
       SET granted_cents = principal_cents,
           instalment_count = (SELECT count(*) FROM loans.instalments i
                                WHERE i.loan_id = l.id AND i.version = 1),
           next_due_on = CASE WHEN written_off_on IS NULL THEN
               (SELECT min(i.due_on) FROM loans.instalments i
                 WHERE i.loan_id = l.id AND i.version = l.schedule_version
                   AND i.cumulative_cents > l.repaid_cents) END,
           written_off_cause = CASE WHEN written_off_on IS NOT NULL THEN 'uncollectable' END,
           in_order_from = greatest(disbursed_on,
               (SELECT max(r.paid_on) FROM loans.repayments r WHERE r.loan_id = l.id),
               (SELECT max(v.reversed_on) FROM loans.reversals v WHERE v.loan_id = l.id))
    """,
    """
    ALTER TABLE loans.loans
        ALTER COLUMN granted_cents SET NOT NULL,
        ALTER COLUMN instalment_count SET NOT NULL,
        ALTER COLUMN in_order_from SET NOT NULL,
        ADD CONSTRAINT ck_loans_principal_within_grant CHECK (principal_cents <= granted_cents),
        ADD CONSTRAINT ck_loans_instalments_positive CHECK (instalment_count > 0),
        ADD CONSTRAINT ck_loans_loss_cause_known
            CHECK (written_off_cause IN ('uncollectable', 'death', 'insolvency')),
        ADD CONSTRAINT ck_loans_loss_has_a_cause
            CHECK ((written_off_on IS NULL) = (written_off_cause IS NULL)),
        DROP CONSTRAINT ck_loans_repaid_is_whole,
        ADD CONSTRAINT ck_loans_repaid_is_whole
            CHECK ((status = 'repaid') = (repaid_cents = principal_cents)),
        DROP CONSTRAINT ck_loans_loss_is_whole,
        ADD CONSTRAINT ck_loans_loss_is_whole
            CHECK ((status = 'written_off') = (written_off_cents > 0)
                   AND (written_off_on IS NOT NULL OR written_off_cents = 0)
                   AND (written_off_on IS NULL OR repaid_cents + written_off_cents = principal_cents))
    """,
    "ALTER TABLE loans.loan_shares ADD COLUMN weight_cents BIGINT",
    "UPDATE loans.loan_shares SET weight_cents = principal_cents",
    """
    ALTER TABLE loans.loan_shares
        ALTER COLUMN weight_cents SET NOT NULL,
        DROP CONSTRAINT ck_loan_shares_principal_positive,
        ADD CONSTRAINT ck_loan_shares_principal_positive CHECK (principal_cents >= 0 AND weight_cents > 0),
        ADD CONSTRAINT ck_loan_shares_principal_within_weight CHECK (principal_cents <= weight_cents)
    """,
    """
    ALTER TABLE loans.repayments
        ADD COLUMN early TEXT,
        ADD CONSTRAINT ck_repayments_early_known CHECK (early IN ('shorten', 'lower'))
    """,
    """
    ALTER TABLE loans.repayment_declarations
        ADD COLUMN early TEXT,
        ADD CONSTRAINT ck_repayment_declarations_early_known CHECK (early IN ('shorten', 'lower'))
    """,
    "ALTER TABLE loans.journal_entries DROP CONSTRAINT ck_journal_entries_kind_known",
    "ALTER TABLE loans.journal_entries DROP CONSTRAINT ck_journal_entries_restates_known",
)

# A later revision that adds a kind of movement makes the constraint again.
KINDS = (
    "'contribution', 'disbursement', 'repayment', 'reversal', 'write_off', 'write_off_reduction', "
    "'recovery', 'declaration'"
)
KINDS_KNOWN = f"""
    ALTER TABLE loans.journal_entries
        ADD CONSTRAINT ck_journal_entries_kind_known CHECK (kind IN ({KINDS})),
        ADD CONSTRAINT ck_journal_entries_restates_known CHECK (restates IN ({KINDS}))
"""

FACTS = (
    f"""
    CREATE TABLE loans.tranches (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        recorded_rank SMALLINT NOT NULL,
        amount_cents BIGINT NOT NULL,
        disbursed_on DATE NOT NULL,
        reference TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_tranches PRIMARY KEY (id),
        CONSTRAINT fk_tranches_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT uq_tranches_loan_id_recorded_rank UNIQUE (loan_id, recorded_rank),
        CONSTRAINT ck_tranches_amount_positive CHECK (amount_cents > 0)
    )
    """,
    # A loan of before has left at once; that one tranche may be named as its loan is.
    """
    INSERT INTO loans.tranches
           (id, loan_id, region, cae_siren, recorded_rank, amount_cents, disbursed_on, reference, created_at)
    SELECT id, id, region, cae_siren, 1, principal_cents, disbursed_on, reference, created_at
      FROM loans.loans
    """,
    f"""
    CREATE TABLE loans.schedule_changes (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        recorded_rank SMALLINT NOT NULL,
        kind TEXT NOT NULL,
        effective_on DATE NOT NULL,
        months SMALLINT,
        noticed_on DATE,
        is_plan BOOLEAN DEFAULT false NOT NULL,
        reason TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_schedule_changes PRIMARY KEY (id),
        CONSTRAINT fk_schedule_changes_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT uq_schedule_changes_loan_id_recorded_rank UNIQUE (loan_id, recorded_rank),
        CONSTRAINT uq_schedule_changes_loan_id_effective_on UNIQUE (loan_id, effective_on),
        CONSTRAINT ck_schedule_changes_kind_known
            CHECK (kind IN ('rescheduling', 'suspension', 'acceleration')),
        CONSTRAINT ck_schedule_changes_months_unless_acceleration
            CHECK ((kind = 'acceleration') = (months IS NULL)),
        CONSTRAINT ck_schedule_changes_months_positive CHECK (months > 0),
        CONSTRAINT ck_schedule_changes_notice_comes_first CHECK (noticed_on <= effective_on)
    )
    """,
    f"""
    CREATE TABLE loans.schedule_versions (
        loan_id UUID NOT NULL,
        version SMALLINT NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        effective_on DATE NOT NULL,
        cause TEXT NOT NULL,
        fact_id UUID,
        CONSTRAINT pk_schedule_versions PRIMARY KEY (loan_id, version),
        CONSTRAINT fk_schedule_versions_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT ck_schedule_versions_cause_known
            CHECK (cause IN ('disbursement', 'rescheduling', 'suspension', 'acceleration',
                             'early_repayment', 'reversal')),
        CONSTRAINT ck_schedule_versions_version_positive CHECK (version > 0),
        CONSTRAINT ck_schedule_versions_first_is_of_the_disbursement
            CHECK ((version = 1) = (cause = 'disbursement')),
        CONSTRAINT ck_schedule_versions_fact_named CHECK ((cause = 'disbursement') = (fact_id IS NULL))
    )
    """,
    """
    INSERT INTO loans.schedule_versions (loan_id, version, region, cae_siren, effective_on, cause)
    SELECT id, 1, region, cae_siren, disbursed_on, 'disbursement' FROM loans.loans
    """,
)
LIVES = (
    f"""
    CREATE TABLE loans.tranche_ends (
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        ended_on DATE NOT NULL,
        reason TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_tranche_ends PRIMARY KEY (loan_id),
        CONSTRAINT fk_tranche_ends_loan_id_region_cae_siren {OF_LOAN}
    )
    """,
    f"""
    CREATE TABLE loans.borrower_events (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        kind TEXT NOT NULL,
        occurred_on DATE NOT NULL,
        note TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_borrower_events PRIMARY KEY (id),
        CONSTRAINT fk_borrower_events_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT uq_borrower_events_loan_id_kind UNIQUE (loan_id, kind),
        CONSTRAINT ck_borrower_events_kind_known CHECK (kind IN ('death', 'insolvency'))
    )
    """,
    # A stay is of the CAE that hosted, which a loan that has moved is no longer of.
    """
    CREATE TABLE loans.cae_stays (
        loan_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        cae_siret TEXT NOT NULL,
        cae_name TEXT NOT NULL,
        entrepreneur_id UUID NOT NULL,
        from_on DATE NOT NULL,
        until_on DATE,
        ended_by TEXT,
        reason TEXT,
        CONSTRAINT pk_cae_stays PRIMARY KEY (loan_id, rank),
        CONSTRAINT fk_cae_stays_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id),
        CONSTRAINT ck_cae_stays_end_known CHECK (ended_by IN ('departure', 'move')),
        CONSTRAINT ck_cae_stays_siren_of_siret CHECK (cae_siren = left(cae_siret, 9)),
        CONSTRAINT ck_cae_stays_rank_positive CHECK (rank > 0),
        CONSTRAINT ck_cae_stays_ends_after_it_starts CHECK (until_on >= from_on),
        CONSTRAINT ck_cae_stays_end_has_a_cause CHECK ((until_on IS NULL) = (ended_by IS NULL))
    )
    """,
    "CREATE INDEX ix_cae_stays_cae_siren_from_on ON loans.cae_stays (cae_siren, from_on)",
    "CREATE INDEX ix_cae_stays_entrepreneur_id ON loans.cae_stays (entrepreneur_id)",
    "CREATE UNIQUE INDEX uq_cae_stays_open ON loans.cae_stays (loan_id) WHERE until_on IS NULL",
    """
    INSERT INTO loans.cae_stays
           (loan_id, rank, region, cae_siren, cae_siret, cae_name, entrepreneur_id, from_on)
    SELECT id, 1, region, cae_siren, cae_siret, cae_name, entrepreneur_id, disbursed_on FROM loans.loans
    """,
    """
    CREATE FUNCTION loans.stays_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.until_on IS NULL
           AND to_jsonb(NEW) - ARRAY['until_on', 'ended_by', 'reason']
             = to_jsonb(OLD) - ARRAY['until_on', 'ended_by', 'reason'] THEN
            RETURN NEW;
        END IF;
        IF current_setting('essor.role', true) = 'system' AND NEW.reason IS NULL
           AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a stay only ends: this UPDATE of loan % is refused', OLD.loan_id
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER stays_only_end BEFORE UPDATE ON loans.cae_stays
        FOR EACH ROW EXECUTE FUNCTION loans.stays_only_end()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON loans.cae_stays
        FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()
    """,
    # No key of two columns is kept for the region alone: it is looked at where a stay is written.
    """
    CREATE FUNCTION loans.stays_are_of_their_region() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM written w JOIN loans.loans l ON l.id = w.loan_id WHERE l.region <> w.region
        ) THEN
            RAISE EXCEPTION 'a stay is of another region than its loan'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER stays_are_of_their_region AFTER INSERT ON loans.cae_stays
        REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION loans.stays_are_of_their_region()
    """,
)
FACTS_WITH_WORDS = {
    "tranches": "reference",
    "schedule_changes": "reason",
    "tranche_ends": "reason",
    "borrower_events": "note",
}
SEEN_BY_REGION_AND_CAE = (
    "tranches",
    "schedule_changes",
    "schedule_versions",
    "tranche_ends",
    "borrower_events",
    "cae_stays",
)


def upgrade() -> None:
    op.execute(AS_THE_SYSTEM)
    for statement in (*KEPT_OF_LOANS, KINDS_KNOWN, *FACTS, *LIVES):
        op.execute(statement)
    for table, column in FACTS_WITH_WORDS.items():
        op.execute(
            f"CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON loans.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER never_edited BEFORE UPDATE ON loans.{table}"
            f" FOR EACH ROW EXECUTE FUNCTION loans.only_the_purge_empties('{column}')"
        )
    for table in SEEN_BY_REGION_AND_CAE:
        writes = [OPERATOR_OF_REGION]
        for statement in tenancy.policies("loans", table, reads=[OF_REGION, OF_CAE], writes=writes):
            op.execute(statement)


def downgrade() -> None:
    """Facts of these kinds are lost: a loan that has any must be gone first, or its balances would lie."""
    for table in reversed(SEEN_BY_REGION_AND_CAE):
        op.execute(f"DROP TABLE loans.{table}")
    op.execute("DROP FUNCTION loans.stays_only_end, loans.stays_are_of_their_region")
    op.execute(
        "ALTER TABLE loans.loans DROP COLUMN granted_cents, DROP COLUMN instalment_count,"
        " DROP COLUMN next_due_on, DROP COLUMN in_order_from, DROP COLUMN written_off_cause"
    )
    op.execute("ALTER TABLE loans.loan_shares DROP COLUMN weight_cents")
    for table in ("repayments", "repayment_declarations"):
        op.execute(f"ALTER TABLE loans.{table} DROP COLUMN early")
