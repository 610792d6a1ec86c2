"""Documents that prove what a top-up's dossier says."""

from alembic import op

from services.runtime.database.tenancy import IS_CAE, IS_OPERATOR, OF_CAE, OF_REGION, SYSTEM, policies
from services.runtime.privacy import retention
from services.runtime.privacy.personal_data import Category

revision = "capital_0014"
down_revision = "capital_0013"
branch_labels = None
depends_on = None

TABLE = """
    CREATE TABLE capital.documents (
        id UUID NOT NULL,
        top_up_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        kind TEXT NOT NULL,
        label TEXT,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size_bytes BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        removed_on DATE,
        CONSTRAINT pk_documents PRIMARY KEY (id),
        CONSTRAINT fk_documents_top_up_id FOREIGN KEY (top_up_id) REFERENCES capital.top_ups (id),
        CONSTRAINT ck_documents_kind_known CHECK (kind IN ('admission', 'clawback', 'contract', 'follow_up',
            'other', 'payment_of_shares', 'priority', 'subscription')),
        CONSTRAINT ck_documents_size_positive CHECK (size_bytes > 0),
        CONSTRAINT ck_documents_sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$')
    )
"""
INDEX = "CREATE INDEX ix_documents_top_up_id_id ON capital.documents (top_up_id, id)"

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
OWN_CAE = f"{IS_CAE} AND {OF_CAE}"

# Who attaches holds the dossier, and changes nothing of it: two at once are counted one after the other.
HOLDS = f"""
    CREATE POLICY holds ON capital.top_ups FOR UPDATE USING ({OWN_CAE}) WITH CHECK (false)
"""
# Policies add up: a row that may be held might be written as withdrawn too. Only a request is ever withdrawn.
ONLY_REQUESTS = (
    """
    CREATE FUNCTION capital.only_a_request_is_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'top-up % is no request: it is not withdrawn', OLD.id
            USING ERRCODE = 'check_violation';
    END $$
    """,
    """
    CREATE TRIGGER only_a_request_is_withdrawn BEFORE UPDATE OF status ON capital.top_ups FOR EACH ROW
        WHEN (NEW.status = 'withdrawn' AND OLD.status NOT IN ('requested', 'waiting', 'withdrawn'))
        EXECUTE FUNCTION capital.only_a_request_is_withdrawn()
    """,
)


def upgrade() -> None:
    # A partner reads dossiers, and none of these ever.
    sides = (OPERATOR_OF_REGION, OWN_CAE)
    own = policies("capital", "documents", reads=sides, writes=sides)
    for statement in (TABLE, INDEX, *own, HOLDS, *ONLY_REQUESTS):
        op.execute(statement)
    # The owner is held to the policies of this table too.
    op.execute(f"SELECT set_config('essor.role', '{SYSTEM}', true)")
    for statement in retention.more_categories("capital", (Category.DOCUMENT,)):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"SELECT set_config('essor.role', '{SYSTEM}', true)")
    op.execute("DELETE FROM capital.retention_periods WHERE category = 'document'")
    op.execute("DROP TRIGGER only_a_request_is_withdrawn ON capital.top_ups")
    op.execute("DROP FUNCTION capital.only_a_request_is_withdrawn")
    op.execute("DROP POLICY holds ON capital.top_ups")
    op.execute("DROP TABLE capital.documents")
