"""Rules of a fund on persons and names; repayments that a CAE declares."""

revision = "loans_0006"
down_revision = "loans_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
