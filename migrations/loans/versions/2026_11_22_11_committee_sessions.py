"""The committee's sessions: members, agenda, votes, minutes; conditions before disbursement."""

revision = "loans_0011"
down_revision = "loans_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
