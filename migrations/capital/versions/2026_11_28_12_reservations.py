"""A request may keep room before it is decided: in its own row, and in the counters."""

from alembic import op

from services.runtime.database.tenancy import IS_CAE, OF_CAE

revision = "capital_0018"
down_revision = "capital_0017"
branch_labels = None
depends_on = None

CHECKS = (
    ("reserved_within_scale", "reserved_cents > 0 AND reserved_cents <= entitlement_cents"),
    ("reserved_on_a_day", "(reserved_cents IS NULL) = (reserved_on IS NULL)"),
    ("reserved_while_requested", "reserved_cents IS NULL OR status = 'requested'"),
)
# Whose request keeps room counts it: in its own caps, and in the budget of the scheme that it asks.
OWN = {"cae_caps": f"{IS_CAE} AND {OF_CAE}", "scheme_budgets": IS_CAE}


def upgrade() -> None:
    added = ", ".join(f"ADD CONSTRAINT ck_top_ups_{name} CHECK ({rule})" for name, rule in CHECKS)
    op.execute(
        f"ALTER TABLE capital.top_ups ADD COLUMN reserved_cents BIGINT, ADD COLUMN reserved_on DATE, {added}"
    )
    for table, own in OWN.items():
        op.execute(f"CREATE POLICY keeps ON capital.{table} FOR INSERT WITH CHECK ({own})")
        op.execute(f"CREATE POLICY counts ON capital.{table} FOR UPDATE USING ({own}) WITH CHECK ({own})")


def downgrade() -> None:
    for table in OWN:
        op.execute(f"DROP POLICY counts ON capital.{table}")
        op.execute(f"DROP POLICY keeps ON capital.{table}")
    op.execute("ALTER TABLE capital.top_ups DROP COLUMN reserved_cents, DROP COLUMN reserved_on")
