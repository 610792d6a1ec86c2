"""Row-level security: whose each row is, and who reads and writes it."""

revision = "capital_0002"
down_revision = "capital_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
