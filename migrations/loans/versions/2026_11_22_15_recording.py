"""The measured path of one repayment."""

revision = "loans_0015"
down_revision = "loans_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
