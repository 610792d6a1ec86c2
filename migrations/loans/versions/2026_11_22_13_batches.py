"""Remittances and batches of repayments."""

revision = "loans_0013"
down_revision = "loans_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
