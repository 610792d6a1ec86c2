"""A request may be withdrawn by its CAE, or expire."""

from alembic import op

from services.runtime.database.tenancy import IS_CAE, OF_CAE

revision = "capital_0012"
down_revision = "capital_0011"
branch_labels = None
depends_on = None

BEFORE = "status IN ('cancelled', 'granted', 'paid', 'refused', 'requested')"
AFTER = "status IN ('cancelled', 'expired', 'granted', 'paid', 'refused', 'requested', 'withdrawn')"
# Of its own dossiers a CAE changes one thing: what is still a request, it gives up.
WITHDRAWALS = f"""
    CREATE POLICY withdrawals ON capital.top_ups FOR UPDATE
      USING ({IS_CAE} AND {OF_CAE} AND status = 'requested')
      WITH CHECK ({IS_CAE} AND {OF_CAE} AND status = 'withdrawn')
"""


def upgrade() -> None:
    _know(AFTER)
    op.execute(WITHDRAWALS)


def downgrade() -> None:
    op.execute("DROP POLICY withdrawals ON capital.top_ups")
    _know(BEFORE)


def _know(statuses: str) -> None:
    op.execute("ALTER TABLE capital.top_ups DROP CONSTRAINT ck_top_ups_status_known")
    op.execute(f"ALTER TABLE capital.top_ups ADD CONSTRAINT ck_top_ups_status_known CHECK ({statuses})")
