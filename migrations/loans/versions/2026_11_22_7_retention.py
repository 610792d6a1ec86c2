"""How long personal data is kept, and what the purge may empty of facts that are otherwise never edited."""

from alembic import op

from services.runtime.privacy import retention
from services.runtime.privacy.personal_data import Category

revision = "loans_0007"
down_revision = "loans_0006"
branch_labels = None
depends_on = None

CATEGORIES = (
    Category.IDENTITY,
    Category.REFERENCE,
    Category.CONTACT,
    Category.BIRTH,
    Category.BANK,
    Category.CAREER,
    Category.FREE_TEXT,
    Category.COMMITTEE,
    Category.OFFICER,
)

# The one column of each that may hold words: of a bank, of an officer.
FACTS_WITH_WORDS = {"repayments": "reference", "reversals": "reason", "recoveries": "reference"}

# By the system alone, which no token ever names; to nothing; and with every other column as it was.
ONLY_THE_PURGE_EMPTIES = """
    CREATE FUNCTION loans.only_the_purge_empties() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('essor.role', true) = 'system'
           AND coalesce(to_jsonb(NEW) ->> TG_ARGV[0], '') = ''
           AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'facts are never edited: UPDATE on % is refused', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
"""


def upgrade() -> None:
    for statement in retention.statements("loans", CATEGORIES):
        op.execute(statement)
    op.execute(ONLY_THE_PURGE_EMPTIES)
    for table, column in FACTS_WITH_WORDS.items():
        op.execute(f"DROP TRIGGER append_only ON loans.{table}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON loans.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER never_edited BEFORE UPDATE ON loans.{table}"
            f" FOR EACH ROW EXECUTE FUNCTION loans.only_the_purge_empties('{column}')"
        )


def downgrade() -> None:
    for table in FACTS_WITH_WORDS:
        op.execute(f"DROP TRIGGER never_edited ON loans.{table}")
        op.execute(f"DROP TRIGGER append_only ON loans.{table}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()"
        )
    op.execute("DROP FUNCTION loans.only_the_purge_empties")
    op.execute("DROP TABLE loans.retention_periods")
