"""Who is told of events, and what became of each delivery."""

from alembic import op

from services.runtime.webhooks.tables import statements, undoing

revision = "capital_0004"
down_revision = "capital_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("capital"):
        op.execute(statement)


def downgrade() -> None:
    for statement in undoing("capital"):
        op.execute(statement)
