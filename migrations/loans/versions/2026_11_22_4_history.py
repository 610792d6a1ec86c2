"""The audit trail, and the outbox of events with its feed."""

revision = "loans_0004"
down_revision = "loans_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
