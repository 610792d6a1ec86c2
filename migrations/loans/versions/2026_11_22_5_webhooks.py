"""Who is told of events, and what became of each delivery."""

from alembic import op

from services.runtime.webhooks.tables import statements, undoing

revision = "loans_0005"
down_revision = "loans_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("loans"):
        op.execute(statement)


def downgrade() -> None:
    for statement in undoing("loans"):
        op.execute(statement)
