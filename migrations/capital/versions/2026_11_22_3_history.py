"""The audit trail, and the outbox of events with its feed."""

revision = "capital_0003"
down_revision = "capital_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
