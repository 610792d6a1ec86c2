"""Who is told of events, and what became of each delivery."""

revision = "loans_0005"
down_revision = "loans_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
