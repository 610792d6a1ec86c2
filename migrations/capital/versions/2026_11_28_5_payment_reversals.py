"""A paid batch that came back: a row linked to it, and its top-ups may be paid again."""

from alembic import op

from services.runtime.database.tenancy import IS_OPERATOR, OF_CAE, OF_REGION, policies

revision = "capital_0011"
down_revision = "capital_0010"
branch_labels = None
depends_on = None

TABLE = """
    CREATE TABLE capital.payment_reversals (
        id UUID NOT NULL,
        payment_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        reversed_on DATE NOT NULL,
        reason TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_payment_reversals PRIMARY KEY (id),
        CONSTRAINT uq_payment_reversals_payment_id UNIQUE (payment_id),
        CONSTRAINT uq_payment_reversals_id_payment_id UNIQUE (id, payment_id),
        CONSTRAINT ck_payment_reversals_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT fk_payment_reversals_payment_id
            FOREIGN KEY (payment_id) REFERENCES capital.payments (id)
    )
"""
KINDS = "kind IN ('cancellation', 'grant', 'payment', 'payment_reversal')"
ABOUT_ONE_THING = """
    (kind IN ('payment', 'payment_reversal')) = (payment_id IS NOT NULL)
    AND (payment_id IS NULL) = (top_up_id IS NOT NULL)"""
KINDS_BEFORE = "kind IN ('cancellation', 'grant', 'payment')"
ABOUT_ONE_THING_BEFORE = """
    (kind = 'payment') = (payment_id IS NOT NULL) AND (kind = 'payment') = (top_up_id IS NULL)"""


def upgrade() -> None:
    own = policies(
        "capital",
        "payment_reversals",
        reads=(OF_REGION, OF_CAE),
        writes=(f"{IS_OPERATOR} AND {OF_REGION}",),
    )
    for statement in (TABLE, *own):
        op.execute(statement)
    for table in ("payment_lines", "payment_parts"):
        op.execute(f"""
            ALTER TABLE capital.{table} ADD COLUMN reversal_id UUID,
              ADD CONSTRAINT fk_{table}_reversal_id FOREIGN KEY (reversal_id, payment_id)
                  REFERENCES capital.payment_reversals (id, payment_id)""")
    op.execute("ALTER TABLE capital.payment_lines DROP CONSTRAINT uq_payment_lines_top_up_id")
    op.execute(
        "CREATE UNIQUE INDEX uq_payment_lines_top_up_id ON capital.payment_lines (top_up_id)"
        " WHERE reversal_id IS NULL"
    )
    op.execute("CREATE INDEX ix_payment_lines_top_up_id ON capital.payment_lines (top_up_id)")
    _say_of_entries(KINDS, ABOUT_ONE_THING)


def downgrade() -> None:
    _say_of_entries(KINDS_BEFORE, ABOUT_ONE_THING_BEFORE)
    op.execute("DROP INDEX capital.ix_payment_lines_top_up_id")
    op.execute("DROP INDEX capital.uq_payment_lines_top_up_id")
    op.execute(
        "ALTER TABLE capital.payment_lines ADD CONSTRAINT uq_payment_lines_top_up_id UNIQUE (top_up_id)"
    )
    for table in ("payment_lines", "payment_parts"):
        op.execute(f"ALTER TABLE capital.{table} DROP COLUMN reversal_id")
    op.execute("DROP TABLE capital.payment_reversals")


def _say_of_entries(kinds: str, about_one_thing: str) -> None:
    for name, rule in (("kind_known", kinds), ("about_one_thing", about_one_thing)):
        op.execute(f"""
            ALTER TABLE capital.journal_entries
              DROP CONSTRAINT ck_journal_entries_{name},
              ADD CONSTRAINT ck_journal_entries_{name} CHECK ({rule})""")
