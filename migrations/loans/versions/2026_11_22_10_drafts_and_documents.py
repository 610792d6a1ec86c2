"""Drafts of applications, their documents, and questions and answers about them."""

revision = "loans_0010"
down_revision = "loans_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
