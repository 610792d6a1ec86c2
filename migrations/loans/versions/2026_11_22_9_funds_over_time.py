"""A fund's dated settings; which version each dossier was looked at under."""

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


def upgrade() -> None:
    for statement in DATED_SETTINGS:
        op.execute(statement)
    for statement in tenancy.policies(
        "loans",
        "fund_settings",
        reads=(OF_REGION, IS_CAE, f"fund_id = ANY {FUNDS_THAT_IT_FEEDS}"),
        writes=(OPERATOR_OF_REGION,),
    ):
        op.execute(statement)


def downgrade() -> None:
    """A fund is left with the settings in force: it had no others."""
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
