"""Row-level security: whose each row is, and who reads and writes it."""

from alembic import op

from services.runtime.database.tenancy import (
    CAE,
    FUNDER,
    IS_CAE,
    IS_OPERATOR,
    OF_CAE,
    OF_REGION,
    policies,
    policies_of_idempotency_keys,
    without_policies,
)

revision = "capital_0002"
down_revision = "capital_0001"
branch_labels = None
depends_on = None

CO_FUNDED = f"{FUNDER} = ANY (funder_sirens)"
OWN_PART = f"funder_siren = {FUNDER}"
ANY_CAE = f"{CAE} IS NOT NULL"
BY_ITS_OPERATOR = f"{IS_OPERATOR} AND {OF_REGION}"

# Any CAE may ask from any scheme, so it reads the rules of all, and what is left of their budgets.
READS = {
    "schemes": (OF_REGION, ANY_CAE, CO_FUNDED),
    "scheme_versions": (OF_REGION, ANY_CAE, CO_FUNDED),
    "version_funders": (OF_REGION, ANY_CAE, CO_FUNDED),
    "scheme_budgets": (OF_REGION, ANY_CAE),
    "cae_caps": (OF_REGION, OF_CAE),
    "top_ups": (OF_REGION, OF_CAE),
    "payments": (OF_REGION, OF_CAE),
    "payment_lines": (OF_REGION, OF_CAE),
    "payment_parts": (OF_REGION, OF_CAE, OWN_PART),
    "journal_entries": (OF_REGION, OF_CAE),
    "postings": (OF_REGION, OF_CAE, OWN_PART),
}
# Who asks keeps new rules waiting: it locks the scheme, which it may not change.
HOLDS = {"schemes": (ANY_CAE,)}

OF_ITS_SCHEME = {
    "scheme_versions": ("region", "funder_sirens"),
    "cae_caps": ("region",),
    "scheme_budgets": ("region",),
}
OF_ITS_PAYMENT = {
    "payment_lines": ("region", "cae_siren"),
    "payment_parts": ("region", "cae_siren", "scheme_id"),
}
TYPES = {"region": "TEXT", "cae_siren": "TEXT", "scheme_id": "UUID", "funder_sirens": "TEXT[]"}
ADDED = {
    "schemes": ("funder_sirens",),
    **OF_ITS_SCHEME,
    "version_funders": ("region", "funder_sirens"),
    **OF_ITS_PAYMENT,
    "postings": ("region", "cae_siren"),
}

FUNDERS_OF_SCHEMES = """
    UPDATE capital.schemes AS scheme
       SET funder_sirens = (SELECT array_agg(DISTINCT funder.siren ORDER BY funder.siren)
                              FROM capital.scheme_versions AS version
                              JOIN capital.version_funders AS funder ON funder.version_id = version.id
                             WHERE version.scheme_id = scheme.id)
"""
REQUESTS = f"""
    CREATE POLICY requests ON capital.top_ups FOR INSERT
      WITH CHECK ({IS_CAE} AND {OF_CAE} AND status = 'requested')
"""
# A co-funder sees no dossier, and is told the sums of its own schemes: added up for it, as the owner, whom
# the policies hold too.
TO_PAY_BY_VERSION = """
    CREATE FUNCTION capital.to_pay_by_version(asked uuid) RETURNS TABLE (version_id uuid, cents bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
            SELECT top_up.version_id, CAST(sum(top_up.award_cents) AS bigint)
              FROM capital.schemes AS scheme
              JOIN capital.top_ups AS top_up ON top_up.scheme_id = scheme.id
             WHERE scheme.id = asked AND top_up.status = 'granted'
               AND current_setting('essor.funder', true) = ANY (scheme.funder_sirens)
             GROUP BY top_up.version_id;
        PERFORM set_config('essor.role', caller, true);
    END $$
"""


def upgrade() -> None:
    for table, columns in ADDED.items():
        op.execute(f"ALTER TABLE capital.{table} {_listed('ADD COLUMN {} {}', columns)}")
    # Before the policies: an owner who is no superuser is held to them too.
    for statement in _filling():
        op.execute(statement)
    for table, columns in ADDED.items():
        op.execute(f"ALTER TABLE capital.{table} {_listed('ALTER COLUMN {} SET NOT NULL', columns)}")
    op.execute("DROP INDEX capital.ix_payment_parts_funder_siren")
    op.execute(
        "CREATE INDEX ix_payment_parts_funder_siren_scheme_id"
        " ON capital.payment_parts (funder_siren, scheme_id)"
    )
    for table, reads in READS.items():
        for statement in policies(
            "capital", table, reads=reads, writes=(BY_ITS_OPERATOR,), holds=HOLDS.get(table, ())
        ):
            op.execute(statement)
    for statement in (REQUESTS, TO_PAY_BY_VERSION, *policies_of_idempotency_keys("capital")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION capital.to_pay_by_version")
    op.execute("DROP POLICY requests ON capital.top_ups")
    for table in (*READS, "idempotency_keys"):
        for statement in without_policies("capital", table):
            op.execute(statement)
    op.execute("DROP INDEX capital.ix_payment_parts_funder_siren_scheme_id")
    op.execute("CREATE INDEX ix_payment_parts_funder_siren ON capital.payment_parts (funder_siren)")
    for table, columns in ADDED.items():
        op.execute(f"ALTER TABLE capital.{table} {_listed('DROP COLUMN {}', columns)}")


def _filling() -> list[str]:
    """The journal's rows are filled too: append-only is for what they say, not for whose they are."""
    return [
        FUNDERS_OF_SCHEMES,
        *(_taken(table, columns, "schemes", "scheme_id") for table, columns in OF_ITS_SCHEME.items()),
        _taken("version_funders", ADDED["version_funders"], "scheme_versions", "version_id"),
        *(_taken(table, columns, "payments", "payment_id") for table, columns in OF_ITS_PAYMENT.items()),
        "ALTER TABLE capital.postings DISABLE TRIGGER append_only",
        _taken("postings", ADDED["postings"], "journal_entries", "entry_id"),
        "ALTER TABLE capital.postings ENABLE TRIGGER append_only",
    ]


def _taken(table: str, columns: tuple[str, ...], parent: str, key: str) -> str:
    taken = ", ".join(f"{column} = parent.{column}" for column in columns)
    return f"""
        UPDATE capital.{table} AS child SET {taken}
          FROM capital.{parent} AS parent WHERE parent.id = child.{key}"""  # noqa: S608 - names of ours


def _listed(clause: str, columns: tuple[str, ...]) -> str:
    return ", ".join(clause.format(column, TYPES[column]) for column in columns)
