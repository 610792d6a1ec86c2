"""An award that was paid may come back, in whole or in part, and its follow-up ends."""

from alembic import op

revision = "capital_0013"
down_revision = "capital_0012"
branch_labels = None
depends_on = None

KNOWN_BEFORE = "'cancelled', 'expired', 'granted', 'paid', 'refused', 'requested', 'withdrawn'"
KNOWN = (
    "'cancelled', 'clawback_proposed', 'clawed_back', 'closed', 'expired', 'granted', 'paid', 'refused',"
    " 'requested', 'waived', 'withdrawn'"
)
AWARDED_BEFORE = "'granted', 'paid'"
AWARDED = "'clawback_proposed', 'clawed_back', 'closed', 'granted', 'paid', 'waived'"
CHECKS = (
    ("clawed_back_within_award", "clawed_back_cents BETWEEN 0 AND coalesce(award_cents, 0)"),
    (
        "clawed_back_when_proposed",
        "clawed_back_cents = 0 OR status IN ('clawback_proposed', 'clawed_back', 'waived')",
    ),
    ("clawed_back_by_cents", "status <> 'clawed_back' OR clawed_back_cents > 0"),
)


def upgrade() -> None:
    added = ", ".join(f"ADD CONSTRAINT ck_top_ups_{name} CHECK ({rule})" for name, rule in CHECKS)
    op.execute(f"ALTER TABLE capital.top_ups ADD COLUMN clawed_back_cents BIGINT DEFAULT 0 NOT NULL, {added}")
    _know(KNOWN, AWARDED)


def downgrade() -> None:
    _know(KNOWN_BEFORE, AWARDED_BEFORE)
    op.execute("ALTER TABLE capital.top_ups DROP COLUMN clawed_back_cents")


def _know(known: str, awarded: str) -> None:
    op.execute(f"""
        ALTER TABLE capital.top_ups
          DROP CONSTRAINT ck_top_ups_status_known,
          ADD CONSTRAINT ck_top_ups_status_known CHECK (status IN ({known})),
          DROP CONSTRAINT ck_top_ups_awarded_when_granted,
          ADD CONSTRAINT ck_top_ups_awarded_when_granted CHECK (
              (status IN ('cancelled', {awarded})) = (award_cents IS NOT NULL AND decided_on IS NOT NULL))
    """)
    op.execute("DROP INDEX capital.uq_top_ups_sole_award")
    op.execute(f"""
        CREATE UNIQUE INDEX uq_top_ups_sole_award ON capital.top_ups (scheme_id, entrepreneur_id)
         WHERE is_sole_award AND status IN ({awarded})
    """)
