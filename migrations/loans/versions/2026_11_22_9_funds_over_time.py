"""A fund's dated settings, and what its funders pledge, pay in and take back."""

revision = "loans_0009"
down_revision = "loans_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
