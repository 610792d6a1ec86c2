"""De minimis aid: its rules by date, a counter for each company, and what others granted it."""

from alembic import op

from services.runtime.database.tenancy import (
    IS_CAE,
    IS_OPERATOR,
    OF_CAE,
    OF_REGION,
    REGIONS,
    ROLE,
    WRITES_EVERYWHERE,
    policies,
)

revision = "capital_0020"
down_revision = "capital_0019"
branch_labels = None
depends_on = None

OF_ANY_REGION = f"{IS_OPERATOR} AND {REGIONS} IS NOT NULL"
AS_THE_SYSTEM = "SELECT set_config('essor.role', 'system', true)"
AS_NOBODY = "SELECT set_config('essor.role', '', true)"

RULES = """
    CREATE TABLE capital.de_minimis_rules (
        valid_from DATE NOT NULL,
        regulation TEXT NOT NULL,
        ceiling_cents BIGINT NOT NULL,
        window_kind TEXT NOT NULL,
        window_years SMALLINT NOT NULL,
        source TEXT NOT NULL,
        CONSTRAINT pk_de_minimis_rules PRIMARY KEY (valid_from),
        CONSTRAINT ck_de_minimis_rules_window_kind_known CHECK (window_kind IN ('fiscal_years', 'rolling')),
        CONSTRAINT ck_de_minimis_rules_ceiling_not_negative CHECK (ceiling_cents >= 0),
        CONSTRAINT ck_de_minimis_rules_window_positive CHECK (window_years > 0)
    )
"""
SEEDS = """
    INSERT INTO capital.de_minimis_rules
           (valid_from, regulation, ceiling_cents, window_kind, window_years, source)
    VALUES ('2007-01-01', 'règlement (CE) 1998/2006', 20000000, 'fiscal_years', 3,
            'Règlement (CE) 1998/2006, art. 2, par. 2 : 200 000 EUR sur trois exercices fiscaux'),
           ('2014-01-01', 'règlement (UE) 1407/2013', 20000000, 'fiscal_years', 3,
            'Règlement (UE) 1407/2013, art. 3, par. 2 : 200 000 EUR sur trois exercices fiscaux'),
           ('2024-01-01', 'règlement (UE) 2023/2831', 30000000, 'rolling', 3,
            'Règlement (UE) 2023/2831, art. 3, par. 2, et considérant 11 : 300 000 EUR sur 3 ans glissants')
"""
COUNTERS = """
    CREATE TABLE capital.de_minimis_counters (
        cae_siren TEXT NOT NULL,
        counted_cents BIGINT NOT NULL,
        allowed_cents BIGINT NOT NULL,
        CONSTRAINT pk_de_minimis_counters PRIMARY KEY (cae_siren),
        CONSTRAINT ck_de_minimis_counters_counted_within_allowed
            CHECK (counted_cents BETWEEN 0 AND allowed_cents),
        CONSTRAINT ck_de_minimis_counters_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$')
    ) WITH (fillfactor = 50)
"""
# What was granted before takes nothing back, and leaves the room that the ceiling leaves.
GRANTED_ALREADY = """
    INSERT INTO capital.de_minimis_counters (cae_siren, counted_cents, allowed_cents)
    SELECT cae_siren, sum(award_cents), sum(award_cents) FROM capital.top_ups
     WHERE award_cents IS NOT NULL AND status <> 'cancelled' GROUP BY cae_siren
"""
DECLARATIONS = """
    CREATE TABLE capital.de_minimis_declarations (
        id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        granted_on DATE NOT NULL,
        amount_cents BIGINT NOT NULL,
        grantor TEXT NOT NULL,
        reference TEXT NOT NULL,
        declared_by TEXT NOT NULL,
        cancelled_on DATE,
        reason TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_de_minimis_declarations PRIMARY KEY (id),
        CONSTRAINT ck_de_minimis_declarations_declared_by_known CHECK (declared_by IN ('cae', 'operator')),
        CONSTRAINT ck_de_minimis_declarations_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_de_minimis_declarations_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT ck_de_minimis_declarations_cancelled_for_a_reason
            CHECK ((cancelled_on IS NULL) = (reason IS NULL))
    )
"""
INDEXES = (
    "CREATE INDEX ix_de_minimis_declarations_region_id ON capital.de_minimis_declarations (region, id)",
    "CREATE INDEX ix_de_minimis_declarations_cae_siren_id ON capital.de_minimis_declarations (cae_siren, id)",
    """CREATE UNIQUE INDEX uq_de_minimis_declarations_same_aid ON capital.de_minimis_declarations
       (cae_siren, granted_on, amount_cents, grantor, reference) WHERE cancelled_on IS NULL""",
)
# The ceiling is one for the whole Member State, and an operator reads the dossiers of its own regions: what
# the others granted is told to it as sums by day, without a scheme. A company is told all that it received.
AID = """
    CREATE FUNCTION capital.de_minimis_aid(asked text)
    RETURNS TABLE (granted_on date, source text, scheme_id uuid, cents bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE
        caller text := current_setting('essor.role', true);
        regions text[] := string_to_array(nullif(current_setting('essor.regions', true), ''), ',');
        is_shown boolean := caller IN ('admin', 'system')
            OR (caller = 'cae' AND asked = current_setting('essor.cae', true));
    BEGIN
        IF NOT coalesce(is_shown OR (caller = 'operator' AND regions IS NOT NULL), false) THEN
            RAISE EXCEPTION 'the aid of % is not this caller''s to know', asked
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
            SELECT aid.granted_on,
                   CASE WHEN shown.is_it THEN aid.source ELSE 'elsewhere' END,
                   CASE WHEN shown.is_it THEN aid.scheme_id END,
                   CAST(sum(aid.cents) AS bigint)
              FROM (SELECT top_up.decided_on AS granted_on, 'scheme' AS source, top_up.scheme_id,
                           top_up.region, top_up.award_cents AS cents
                      FROM capital.top_ups AS top_up
                     WHERE top_up.cae_siren = asked
                       AND top_up.award_cents IS NOT NULL AND top_up.status <> 'cancelled'
                    UNION ALL
                    SELECT declaration.granted_on, 'declared', NULL, declaration.region,
                           declaration.amount_cents
                      FROM capital.de_minimis_declarations AS declaration
                     WHERE declaration.cae_siren = asked AND declaration.cancelled_on IS NULL) AS aid
             CROSS JOIN LATERAL (SELECT is_shown OR coalesce(aid.region = ANY (regions), false) AS is_it)
                   AS shown
             GROUP BY 1, 2, 3;
        PERFORM set_config('essor.role', caller, true);
    END $$
"""


def upgrade() -> None:
    for statement in (RULES, SEEDS, COUNTERS, DECLARATIONS, *INDEXES, AID):
        op.execute(statement)
    op.execute(AS_THE_SYSTEM)
    op.execute(GRANTED_ALREADY)
    op.execute(AS_NOBODY)
    own = (f"{IS_OPERATOR} AND {OF_REGION}", f"{IS_CAE} AND {OF_CAE} AND declared_by = 'cae'")
    for statement in (
        *policies("capital", "de_minimis_rules", reads=(f"{ROLE} <> ''",), writes=()),
        *policies(
            "capital",
            "de_minimis_counters",
            reads=(OF_ANY_REGION, OF_CAE),
            writes=(OF_ANY_REGION, f"{IS_CAE} AND {OF_CAE}"),
        ),
        *policies("capital", "de_minimis_declarations", reads=(OF_REGION, OF_CAE), writes=own),
        f"ALTER POLICY deletes ON capital.de_minimis_declarations USING ({WRITES_EVERYWHERE})",
        f"ALTER POLICY deletes ON capital.de_minimis_counters USING ({WRITES_EVERYWHERE})",
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION capital.de_minimis_aid")
    for table in ("de_minimis_declarations", "de_minimis_counters", "de_minimis_rules"):
        op.execute(f"DROP TABLE capital.{table}")
