"""How long personal data is kept."""

from alembic import op

from services.runtime.privacy import retention
from services.runtime.privacy.personal_data import Category

revision = "capital_0005"
down_revision = "capital_0004"
branch_labels = None
depends_on = None

CATEGORIES = (
    Category.IDENTITY,
    Category.REFERENCE,
    Category.CONTACT,
    Category.BIRTH,
    Category.CAREER,
    Category.FREE_TEXT,
)


def upgrade() -> None:
    for statement in retention.statements("capital", CATEGORIES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE capital.retention_periods")
