"""Rules of a fund on persons and names; repayments that a CAE declares."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import IS_CAE, IS_OPERATOR, OF_CAE, OF_REGION, WRITES_EVERYWHERE

revision = "loans_0006"
down_revision = "loans_0005"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
OWN_CAE = f"{IS_CAE} AND {OF_CAE}"

RULES_OF_FUNDS = (
    """
    ALTER TABLE loans.funds
        ADD COLUMN partners_see_names BOOLEAN DEFAULT false NOT NULL,
        ADD COLUMN second_person_for TEXT[] DEFAULT '{}' NOT NULL,
        ADD CONSTRAINT ck_funds_second_person_known
            CHECK (second_person_for <@ ARRAY['disbursement', 'write_off'])
    """,
    """
    ALTER TABLE loans.decisions
        ADD COLUMN decided_by_person TEXT,
        ADD COLUMN decided_by_client TEXT
    """,
)

DECLARATIONS = (
    """
    CREATE TABLE loans.repayment_declarations (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        paid_on DATE NOT NULL,
        method TEXT NOT NULL,
        reference TEXT,
        status TEXT NOT NULL,
        repayment_id UUID,
        ended_at TIMESTAMPTZ,
        ended_reason TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_repayment_declarations PRIMARY KEY (id),
        CONSTRAINT fk_repayment_declarations_loan_id_region_cae_siren
            FOREIGN KEY (loan_id, region, cae_siren) REFERENCES loans.loans (id, region, cae_siren),
        CONSTRAINT fk_repayment_declarations_repayment_id
            FOREIGN KEY (repayment_id) REFERENCES loans.repayments (id),
        CONSTRAINT ck_repayment_declarations_method_known CHECK
            (method IN ('direct_debit', 'transfer', 'cheque', 'cash', 'payroll', 'other')),
        CONSTRAINT ck_repayment_declarations_status_known CHECK
            (status IN ('declared', 'confirmed', 'rejected', 'withdrawn')),
        CONSTRAINT ck_repayment_declarations_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT ck_repayment_declarations_confirmed_has_repayment
            CHECK ((status = 'confirmed') = (repayment_id IS NOT NULL)),
        CONSTRAINT ck_repayment_declarations_ended_has_instant
            CHECK ((status = 'declared') = (ended_at IS NULL)),
        CONSTRAINT ck_repayment_declarations_rejected_has_reason
            CHECK (status <> 'rejected' OR ended_reason IS NOT NULL)
    )
    """,
    "CREATE INDEX ix_repayment_declarations_region_id ON loans.repayment_declarations (region, id)",
    "CREATE INDEX ix_repayment_declarations_cae_siren_id ON loans.repayment_declarations (cae_siren, id)",
    "CREATE INDEX ix_repayment_declarations_loan_id_id ON loans.repayment_declarations (loan_id, id)",
    """
    CREATE UNIQUE INDEX uq_repayment_declarations_repayment_id
        ON loans.repayment_declarations (repayment_id) WHERE repayment_id IS NOT NULL
    """,
)

# A CAE says what it collected, and may take its word back; that it counts is the operator's to say.
WHO_SAYS_WHAT = (
    f"""
    CREATE POLICY declared_by_its_cae ON loans.repayment_declarations AS RESTRICTIVE FOR INSERT
        WITH CHECK (({WRITES_EVERYWHERE}) OR ({IS_CAE} AND status = 'declared'))
    """,
    f"""
    CREATE POLICY ended_by_whom_it_is_for ON loans.repayment_declarations AS RESTRICTIVE FOR UPDATE
        USING (true)
        WITH CHECK (({WRITES_EVERYWHERE}) OR (({IS_CAE}) = (status = 'withdrawn')))
    """,
)


def upgrade() -> None:
    policies = tenancy.policies(
        "loans",
        "repayment_declarations",
        reads=(OPERATOR_OF_REGION, OF_CAE),
        writes=(OPERATOR_OF_REGION, OWN_CAE),
    )
    for statement in (*RULES_OF_FUNDS, *DECLARATIONS, *policies, *WHO_SAYS_WHAT):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE loans.repayment_declarations")
    op.execute("ALTER TABLE loans.decisions DROP COLUMN decided_by_person, DROP COLUMN decided_by_client")
    op.execute(
        "ALTER TABLE loans.funds DROP CONSTRAINT ck_funds_second_person_known,"
        " DROP COLUMN partners_see_names, DROP COLUMN second_person_for"
    )
