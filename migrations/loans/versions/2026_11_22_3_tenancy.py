"""Row-level security: whose each row is, and who reads and writes it."""

revision = "loans_0003"
down_revision = "loans_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
