"""The facts that change a loan's schedule, its versions, and where its borrower is hosted."""

revision = "loans_0008"
down_revision = "loans_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
