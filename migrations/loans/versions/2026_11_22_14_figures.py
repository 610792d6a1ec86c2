"""What the portfolio's figures are kept as, by day, month and year."""

revision = "loans_0014"
down_revision = "loans_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
