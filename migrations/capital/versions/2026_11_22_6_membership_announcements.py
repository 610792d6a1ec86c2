"""Which membership deadlines were said to be near: each once for 6, 3 and 1 months before."""

from alembic import op

from services.runtime.database.tenancy import OF_CAE, OF_REGION, policies

revision = "capital_0006"
down_revision = "capital_0005"
branch_labels = None
depends_on = None

TABLE = """
    CREATE TABLE capital.membership_announcements (
        top_up_id UUID NOT NULL,
        months SMALLINT NOT NULL,
        announced_on DATE NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        CONSTRAINT pk_membership_announcements PRIMARY KEY (top_up_id, months),
        CONSTRAINT ck_membership_announcements_months_positive CHECK (months > 0),
        CONSTRAINT fk_membership_announcements_top_up_id
            FOREIGN KEY (top_up_id) REFERENCES capital.top_ups (id)
    )
"""


def upgrade() -> None:
    # The worker announces, for every tenant.
    own = policies("capital", "membership_announcements", reads=(OF_REGION, OF_CAE), writes=())
    for statement in (TABLE, *own):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE capital.membership_announcements")
