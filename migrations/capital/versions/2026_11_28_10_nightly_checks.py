"""What the worker finds each night when it compares counters with awards."""

from alembic import op

from services.runtime.database.tenancy import policies

revision = "capital_0016"
down_revision = "capital_0015"
branch_labels = None
depends_on = None

TABLE = """
    CREATE TABLE capital.nightly_checks (
        checked_on DATE NOT NULL,
        checked_at TIMESTAMPTZ NOT NULL,
        counters BIGINT NOT NULL,
        awards BIGINT NOT NULL,
        differences JSONB DEFAULT '[]' NOT NULL,
        CONSTRAINT pk_nightly_checks PRIMARY KEY (checked_on),
        CONSTRAINT ck_nightly_checks_compared_not_negative CHECK (counters >= 0 AND awards >= 0),
        CONSTRAINT ck_nightly_checks_differences_listed CHECK (jsonb_typeof(differences) = 'array')
    )
"""


def upgrade() -> None:
    # About every tenant at once: the worker's to write, the administrator's to read.
    for statement in (TABLE, *policies("capital", "nightly_checks", reads=(), writes=())):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE capital.nightly_checks")
