"""The audit trail, and the outbox of events with its feed."""

from alembic import op

from services.runtime.history.tables import statements, undoing

revision = "loans_0004"
down_revision = "loans_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("loans"):
        op.execute(statement)


def downgrade() -> None:
    for statement in undoing("loans"):
        op.execute(statement)
