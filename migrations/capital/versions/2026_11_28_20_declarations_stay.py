"""What was declared of de minimis aid stays: a mistake is cancelled once, and the row is kept."""

from alembic import op

revision = "capital_0026"
down_revision = "capital_0025"
branch_labels = None
depends_on = None

STAY = """
    CREATE FUNCTION capital.declarations_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'declaration % stays as it was recorded', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'declarations_stay';
    END $$
"""
# `cae_siren` is who has the aid now: it follows a succession.
DECLARED = (
    "id, region, beneficiary_siren, granted_on, amount_cents, grantor, reference, declared_by, created_at"
)
TRIGGERS = (
    f"""
    CREATE TRIGGER declarations_stay AFTER DELETE OR UPDATE OF {DECLARED}
        ON capital.de_minimis_declarations
        FOR EACH ROW EXECUTE FUNCTION capital.declarations_stay()
    """,
    """
    CREATE TRIGGER cancelled_once AFTER UPDATE OF cancelled_on, reason ON capital.de_minimis_declarations
        FOR EACH ROW WHEN (OLD.cancelled_on IS NOT NULL)
        EXECUTE FUNCTION capital.declarations_stay()
    """,
)


def upgrade() -> None:
    for statement in (STAY, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("cancelled_once", "declarations_stay"):
        op.execute(f"DROP TRIGGER {trigger} ON capital.de_minimis_declarations")
    op.execute("DROP FUNCTION capital.declarations_stay")
