"""A CAE merges into another, which takes its dossiers along."""

from alembic import op

from services.runtime.database.tenancy import CAE, IS_OPERATOR, OF_CAE, OF_REGION, policies

revision = "capital_0023"
down_revision = "capital_0022"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE capital.successions (
        id UUID NOT NULL,
        region TEXT NOT NULL,
        from_siren TEXT NOT NULL,
        to_siren TEXT NOT NULL,
        to_siret TEXT NOT NULL,
        to_name TEXT NOT NULL,
        effective_on DATE NOT NULL,
        reason TEXT NOT NULL,
        top_ups BIGINT NOT NULL,
        taken_cents BIGINT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_successions PRIMARY KEY (id),
        CONSTRAINT uq_successions_region_from_siren UNIQUE (region, from_siren),
        CONSTRAINT ck_successions_from_siren_digits CHECK (from_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_successions_to_siren_digits CHECK (to_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_successions_to_siret_digits CHECK (to_siret ~ '^[0-9]{14}$'),
        CONSTRAINT ck_successions_siret_of_siren CHECK (left(to_siret, 9) = to_siren),
        CONSTRAINT ck_successions_by_another CHECK (from_siren <> to_siren),
        CONSTRAINT ck_successions_taken_not_negative CHECK (top_ups >= 0 AND taken_cents >= 0)
    )
    """,
    "CREATE INDEX ix_successions_to_siren ON capital.successions (to_siren)",
    """
    CREATE TABLE capital.former_caes (
        top_up_id UUID NOT NULL,
        succession_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        former_siret TEXT NOT NULL,
        former_name TEXT NOT NULL,
        effective_on DATE NOT NULL,
        CONSTRAINT pk_former_caes PRIMARY KEY (top_up_id, succession_id),
        CONSTRAINT ck_former_caes_former_siret_digits CHECK (former_siret ~ '^[0-9]{14}$'),
        CONSTRAINT fk_former_caes_top_up_id FOREIGN KEY (top_up_id) REFERENCES capital.top_ups (id),
        CONSTRAINT fk_former_caes_succession_id
            FOREIGN KEY (succession_id) REFERENCES capital.successions (id)
    )
    """,
)

# The journal is append-only for what it says, not for whose it is.
JOURNAL_FOLLOWS = (
    """
    CREATE FUNCTION capital.only_the_cae_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'cae_siren' = to_jsonb(OLD) - 'cae_siren' AND EXISTS (
            SELECT FROM capital.successions
             WHERE region = OLD.region AND from_siren = OLD.cae_siren AND to_siren = NEW.cae_siren) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the journal is append-only: UPDATE on % is refused', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(
        statement
        for table in ("journal_entries", "postings")
        for statement in (
            f"DROP TRIGGER append_only ON capital.{table}",
            f"""
            CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON capital.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION capital.journal_is_append_only()
            """,
            f"""
            CREATE TRIGGER only_the_cae_follows BEFORE UPDATE ON capital.{table}
                FOR EACH ROW EXECUTE FUNCTION capital.only_the_cae_follows()
            """,
        )
    ),
    # The services' role changes nothing of the journal, nor an operator what the worker announces: the owner
    # does, of a succession that the caller sees, and nothing but whose a row is.
    """
    CREATE FUNCTION capital.rows_follow(asked uuid, tables text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE
        caller text := current_setting('essor.role', true);
        recorded capital.successions;
        name text;
    BEGIN
        SELECT * INTO STRICT recorded FROM capital.successions WHERE id = asked;
        PERFORM set_config('essor.role', 'system', true);
        FOREACH name IN ARRAY tables LOOP
            EXECUTE format('UPDATE capital.%I SET cae_siren = $1 WHERE region = $2 AND cae_siren = $3', name)
              USING recorded.to_siren, recorded.region, recorded.from_siren;
        END LOOP;
        PERFORM set_config('essor.role', caller, true);
    END $$
    """,
)

TOLD = """
    id uuid, scheme_id uuid, version_id uuid, cae_siren text, cae_siret text, cae_name text,
    award_cents bigint, decided_on date, decision_reference text, paid_on date"""


def awards_of_funder(cae: str, former: str) -> str:
    """As the migration of subsidies makes it; `cae` is who was awarded, `former` whose the dossier was."""
    return f"""
    CREATE OR REPLACE FUNCTION capital.awards_of_funder(asked uuid, of_year integer)
    RETURNS TABLE ({TOLD})
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
            SELECT top_up.id, top_up.scheme_id, top_up.version_id, {cae},
                   top_up.award_cents, top_up.decided_on, top_up.decision_reference,
                   CASE WHEN top_up.status <> 'granted' THEN
                       (SELECT max(payment.paid_on)
                          FROM capital.payment_lines AS line
                          JOIN capital.payments AS payment ON payment.id = line.payment_id
                         WHERE line.top_up_id = top_up.id) END
              FROM capital.schemes AS scheme
              JOIN capital.top_ups AS top_up ON top_up.scheme_id = scheme.id
              {former}
             WHERE current_setting('essor.funder', true) = ANY (scheme.funder_sirens)
               AND (asked IS NULL OR scheme.id = asked)
               AND top_up.award_cents IS NOT NULL AND top_up.status <> 'cancelled'
               AND top_up.decided_on BETWEEN make_date(of_year, 1, 1) AND make_date(of_year, 12, 31);
        PERFORM set_config('essor.role', caller, true);
    END $$
    """  # noqa: S608 - words of ours


NOW = ("top_up.cae_siren, top_up.cae_siret, top_up.cae_name", "")
THEN = (
    """left(coalesce(former.siret, top_up.cae_siret), 9), coalesce(former.siret, top_up.cae_siret),
                   coalesce(former.name, top_up.cae_name)""",
    """LEFT JOIN LATERAL (
                   SELECT former_siret AS siret, former_name AS name FROM capital.former_caes
                    WHERE top_up_id = top_up.id AND effective_on > top_up.decided_on
                    ORDER BY effective_on, succession_id LIMIT 1) AS former ON true""",
)


def upgrade() -> None:
    by_operator = f"{IS_OPERATOR} AND {OF_REGION}"
    both = f"{CAE} IN (from_siren, to_siren)"
    of_successions = policies("capital", "successions", reads=(OF_REGION, both), writes=(by_operator,))
    of_former = policies("capital", "former_caes", reads=(OF_REGION, OF_CAE), writes=(by_operator,))
    for statement in (*TABLES, *of_successions, *of_former, *JOURNAL_FOLLOWS, awards_of_funder(*THEN)):
        op.execute(statement)


def downgrade() -> None:
    """Whoever was taken along stays where they are: nothing is lost but whose they were before."""
    op.execute(awards_of_funder(*NOW))
    op.execute("DROP FUNCTION capital.rows_follow")
    for table in ("journal_entries", "postings"):
        op.execute(f"DROP TRIGGER only_the_cae_follows ON capital.{table}")
        op.execute(f"DROP TRIGGER append_only ON capital.{table}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON capital.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION capital.journal_is_append_only()"
        )
    op.execute("DROP FUNCTION capital.only_the_cae_follows")
    op.execute("DROP TABLE capital.former_caes, capital.successions")
