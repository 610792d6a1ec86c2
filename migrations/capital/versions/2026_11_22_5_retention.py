"""How long personal data is kept."""

revision = "capital_0005"
down_revision = "capital_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
