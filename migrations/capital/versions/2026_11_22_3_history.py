"""The audit trail, and the outbox of events with its feed."""

from alembic import op

from services.runtime.history.tables import statements, undoing

revision = "capital_0003"
down_revision = "capital_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("capital"):
        op.execute(statement)


def downgrade() -> None:
    for statement in undoing("capital"):
        op.execute(statement)
