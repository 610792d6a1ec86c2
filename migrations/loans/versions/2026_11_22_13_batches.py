"""Remittances: one transfer of a CAE, and the repayments that it covers."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import IS_OPERATOR, OF_CAE, OF_REGION

revision = "loans_0013"
down_revision = "loans_0012"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"

TABLES = (
    """
    CREATE TABLE loans.remittances (
        id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        reference TEXT NOT NULL,
        received_on DATE NOT NULL,
        total_cents BIGINT NOT NULL,
        allocated_cents BIGINT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_remittances PRIMARY KEY (id),
        CONSTRAINT uq_remittances_id_region_cae_siren UNIQUE (id, region, cae_siren),
        CONSTRAINT uq_remittances_region_cae_siren_reference UNIQUE (region, cae_siren, reference),
        CONSTRAINT ck_remittances_total_positive CHECK (total_cents > 0),
        CONSTRAINT ck_remittances_allocated_within_total
            CHECK (allocated_cents BETWEEN 0 AND total_cents)
    )
    """,
    "CREATE INDEX ix_remittances_region_id ON loans.remittances (region, id)",
    "CREATE INDEX ix_remittances_cae_siren_id ON loans.remittances (cae_siren, id)",
    """
    CREATE TABLE loans.remitted_repayments (
        repayment_id UUID NOT NULL,
        remittance_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        CONSTRAINT pk_remitted_repayments PRIMARY KEY (repayment_id),
        CONSTRAINT fk_remitted_repayments_repayment_id
            FOREIGN KEY (repayment_id) REFERENCES loans.repayments (id),
        CONSTRAINT fk_remitted_repayments_remittance_id_region_cae_siren
            FOREIGN KEY (remittance_id, region, cae_siren)
            REFERENCES loans.remittances (id, region, cae_siren),
        CONSTRAINT ck_remitted_repayments_amount_positive CHECK (amount_cents > 0)
    )
    """,
    "CREATE INDEX ix_remitted_repayments_remittance_id ON loans.remitted_repayments (remittance_id)",
    # Only what is left of a remittance changes: what the transfer was is a fact.
    """
    CREATE FUNCTION loans.remittance_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'allocated_cents' <> to_jsonb(OLD) - 'allocated_cents' THEN
            RAISE EXCEPTION 'remittance % is a fact: only what is allocated of it changes', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER remittance_stays BEFORE UPDATE ON loans.remittances
        FOR EACH ROW EXECUTE FUNCTION loans.remittance_stays()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON loans.remittances
        FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans.remitted_repayments
        FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("remittances", "remitted_repayments"):
        for statement in tenancy.policies(
            "loans", table, reads=(OPERATOR_OF_REGION, OF_CAE), writes=(OPERATOR_OF_REGION,)
        ):
            op.execute(statement)


def downgrade() -> None:
    """The repayments stay; which transfer they came with is lost."""
    op.execute("DROP TABLE loans.remitted_repayments")
    op.execute("DROP TABLE loans.remittances")
    op.execute("DROP FUNCTION loans.remittance_stays")
