"""What follows a missed instalment: reminders, contacts, promises to pay, and the daily close."""

revision = "loans_0012"
down_revision = "loans_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
