"""A request waits in line where room is short."""

from alembic import op

from services.runtime.database.tenancy import IS_CAE, OF_CAE

revision = "capital_0022"
down_revision = "capital_0021"
branch_labels = None
depends_on = None

BEFORE = (
    "'cancelled', 'clawback_proposed', 'clawed_back', 'closed', 'expired', 'granted', 'paid', 'refused',"
    " 'requested', 'waived', 'withdrawn'"
)
KNOWN = f"{BEFORE}, 'waiting'"
CHECKS = (
    ("waiting_with_its_number", "(status = 'waiting') = (waiting_number IS NOT NULL)"),
    ("promoted_once_waited", "promoted_on IS NULL OR status <> 'waiting'"),
)
WAITING = """
    CREATE UNIQUE INDEX uq_top_ups_waiting ON capital.top_ups (scheme_id, waiting_number)
     WHERE status = 'waiting'
"""
RESERVED = """
    CREATE INDEX ix_top_ups_reserved ON capital.top_ups (reserved_on, scheme_id)
     WHERE reserved_cents IS NOT NULL
"""
WAITS_ONLY_WHERE_IT_RESERVES = """
    ALTER TABLE capital.scheme_versions ADD CONSTRAINT ck_scheme_versions_waiting_list_reserves
    CHECK (NOT waiting_list OR reserves_at = 'request')
"""
NUMBERS = (
    "CREATE SEQUENCE capital.waiting_numbers",
    """
    CREATE FUNCTION capital.next_waiting_numbers(wanted integer) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT nextval('capital.waiting_numbers') FROM generate_series(1, wanted)
    $$
    """,
)
# A CAE sees no other's dossier, and must know whether it may pass: of others it is told yes or no. First of
# each CAE: who does not fit in its cap keeps nobody else waiting, who does waits for the budget. What was
# kept in a year that is over comes before all who wait.
LINE = """
    CREATE FUNCTION capital.line_of_scheme(asked uuid, sirens text[], on_day date,
                                           OUT waiting_sirens text[], OUT is_for_budget boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        WITH first AS (
            SELECT DISTINCT ON (top_up.cae_siren) top_up.cae_siren, top_up.entitlement_cents, version.*
              FROM capital.top_ups AS top_up
              JOIN capital.scheme_versions AS version ON version.id = top_up.version_id
             WHERE top_up.scheme_id = asked
               AND (top_up.status = 'waiting'
                    OR (top_up.reserved_on < date_trunc('year', on_day) AND version.waiting_list
                        AND ((version.cap_period = 'calendar_year' AND version.cae_cap_cents IS NOT NULL)
                             OR (version.budget_period = 'calendar_year'
                                 AND version.budget_cents IS NOT NULL))))
             ORDER BY top_up.cae_siren, top_up.waiting_number NULLS FIRST, top_up.id),
        room AS (
            SELECT first.*, first.cae_cap_cents - coalesce(
                       (SELECT cap.used_cents FROM capital.cae_caps AS cap
                         WHERE cap.scheme_id = asked AND cap.cae_siren = first.cae_siren
                           AND cap.period = CASE first.cap_period WHEN 'scheme' THEN 'scheme'
                                            ELSE CAST(extract(year FROM on_day) AS text) END), 0)
                   AS left_cents
              FROM first)
        SELECT coalesce(array_agg(room.cae_siren) FILTER (WHERE room.cae_siren = ANY (sirens)), '{}'),
               coalesce(bool_or(room.budget_cents IS NOT NULL AND (
                   room.cae_cap_cents IS NULL OR room.entitlement_cents <= room.left_cents
                   OR (room.partial_awards AND room.left_cents > 0
                       AND room.left_cents >= room.floor_cents))), false)
          INTO waiting_sirens, is_for_budget FROM room;
        PERFORM set_config('essor.role', caller, true);
    END $$
"""
PLACES = """
    CREATE FUNCTION capital.places_in_line(asked uuid[]) RETURNS TABLE (id uuid, place bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
            SELECT top_up.id, (SELECT count(*) FROM capital.top_ups AS other
                                WHERE other.scheme_id = top_up.scheme_id AND other.status = 'waiting'
                                  AND other.waiting_number <= top_up.waiting_number)
              FROM capital.top_ups AS top_up
             WHERE top_up.id = ANY (asked) AND top_up.status = 'waiting';
        PERFORM set_config('essor.role', caller, true);
    END $$
"""


def upgrade() -> None:
    added = ", ".join(f"ADD CONSTRAINT ck_top_ups_{name} CHECK ({rule})" for name, rule in CHECKS)
    op.execute(
        "ALTER TABLE capital.top_ups ADD COLUMN waiting_number BIGINT, ADD COLUMN promoted_on DATE,"
        f" {_known(KNOWN)}, {added}"
    )
    for statement in (WAITING, RESERVED, WAITS_ONLY_WHERE_IT_RESERVES, *NUMBERS, LINE, PLACES):
        op.execute(statement)
    _open_to_caes("'requested', 'waiting'")


def downgrade() -> None:
    _open_to_caes("'requested'")
    for function in ("places_in_line", "line_of_scheme", "next_waiting_numbers"):
        op.execute(f"DROP FUNCTION capital.{function}")
    op.execute("DROP SEQUENCE capital.waiting_numbers")
    op.execute("ALTER TABLE capital.scheme_versions DROP CONSTRAINT ck_scheme_versions_waiting_list_reserves")
    op.execute("DROP INDEX capital.ix_top_ups_reserved")
    op.execute(
        f"ALTER TABLE capital.top_ups DROP COLUMN waiting_number, DROP COLUMN promoted_on, {_known(BEFORE)}"
    )


def _known(statuses: str) -> str:
    return (
        "DROP CONSTRAINT ck_top_ups_status_known,"
        f" ADD CONSTRAINT ck_top_ups_status_known CHECK (status IN ({statuses}))"
    )


def _open_to_caes(statuses: str) -> None:
    """Its own dossiers that a CAE adds, and those that it gives up."""
    op.execute("DROP POLICY requests ON capital.top_ups")
    op.execute("DROP POLICY withdrawals ON capital.top_ups")
    op.execute(
        "CREATE POLICY requests ON capital.top_ups FOR INSERT"
        f" WITH CHECK ({IS_CAE} AND {OF_CAE} AND status IN ({statuses}))"
    )
    op.execute(
        "CREATE POLICY withdrawals ON capital.top_ups FOR UPDATE"
        f" USING ({IS_CAE} AND {OF_CAE} AND status IN ({statuses}))"
        f" WITH CHECK ({IS_CAE} AND {OF_CAE} AND status = 'withdrawn')"
    )
