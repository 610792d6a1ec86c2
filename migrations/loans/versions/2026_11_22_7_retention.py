"""How long personal data is kept."""

revision = "loans_0007"
down_revision = "loans_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
