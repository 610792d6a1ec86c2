"""Who is told of events, and what became of each delivery."""

revision = "capital_0004"
down_revision = "capital_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
