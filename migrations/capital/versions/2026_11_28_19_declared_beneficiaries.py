"""Aid is known by the company that it was granted to, whoever took that company over."""

from alembic import op

revision = "capital_0025"
down_revision = "capital_0024"
branch_labels = None
depends_on = None

SAME_AID = """
    CREATE UNIQUE INDEX uq_de_minimis_declarations_same_aid ON capital.de_minimis_declarations
    ({}, granted_on, amount_cents, grantor, reference) WHERE cancelled_on IS NULL
"""


def upgrade() -> None:
    op.execute("SELECT set_config('essor.role', 'system', true)")
    op.execute("ALTER TABLE capital.de_minimis_declarations ADD COLUMN beneficiary_siren TEXT")
    op.execute("UPDATE capital.de_minimis_declarations SET beneficiary_siren = cae_siren")
    op.execute("""
        ALTER TABLE capital.de_minimis_declarations ALTER COLUMN beneficiary_siren SET NOT NULL,
          ADD CONSTRAINT ck_de_minimis_declarations_beneficiary_siren_digits
              CHECK (beneficiary_siren ~ '^[0-9]{9}$')""")
    op.execute("DROP INDEX capital.uq_de_minimis_declarations_same_aid")
    op.execute(SAME_AID.format("beneficiary_siren"))
    op.execute("SELECT set_config('essor.role', '', true)")


def downgrade() -> None:
    op.execute("DROP INDEX capital.uq_de_minimis_declarations_same_aid")
    op.execute("ALTER TABLE capital.de_minimis_declarations DROP COLUMN beneficiary_siren")
    op.execute(SAME_AID.format("cae_siren"))
