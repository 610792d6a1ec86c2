"""What was paid, what came back of it, and to whom it returned: the database keeps it as it was recorded."""

from alembic import op

revision = "capital_0027"
down_revision = "capital_0026"
branch_labels = None
depends_on = None

# For each, the one change that may still be made beside a succession's, which only says whose a row is.
_COMES_BACK = """
    OLD.reversal_id IS NULL AND NEW.reversal_id IS NOT NULL
    AND to_jsonb(NEW) - 'reversal_id' = to_jsonb(OLD) - 'reversal_id'
"""
_THE_PURGE_EMPTIES = """
    current_setting('essor.role', true) = 'system' AND NEW.reference = ''
    AND to_jsonb(NEW) - 'reference' = to_jsonb(OLD) - 'reference'
"""
MAY_BE = {
    "payments": "false",
    "payment_reversals": "false",
    "payment_lines": _COMES_BACK,
    "payment_parts": _COMES_BACK,
    "clawback_receipts": _THE_PURGE_EMPTIES,
    "clawback_parts": "false",
}


def upgrade() -> None:
    for table, change in MAY_BE.items():
        op.execute(
            f"CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON capital.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION capital.journal_is_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER only_the_cae_follows BEFORE UPDATE ON capital.{table} FOR EACH ROW"
            f" WHEN (({change}) IS NOT TRUE) EXECUTE FUNCTION capital.only_the_cae_follows()"
        )


def downgrade() -> None:
    for table in MAY_BE:
        op.execute(f"DROP TRIGGER only_the_cae_follows ON capital.{table}")
        op.execute(f"DROP TRIGGER append_only ON capital.{table}")
