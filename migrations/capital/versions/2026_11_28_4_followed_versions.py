"""A version in use is refused after who writes was checked, as what other rows hold to is refused."""

from alembic import op

revision = "capital_0010"
down_revision = "capital_0009"
branch_labels = None
depends_on = None

# Before a row is written nobody has asked whose it is: a stranger must be told of that and of nothing else.
IN_USE = """
    CREATE OR REPLACE FUNCTION capital.version_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE followed uuid;
    BEGIN
        IF TG_TABLE_NAME = 'scheme_versions' THEN
            followed := OLD.id;
        ELSIF TG_OP = 'INSERT' THEN
            followed := NEW.version_id;
        ELSE
            followed := OLD.version_id;
        END IF;
        IF EXISTS (SELECT FROM capital.scheme_versions AS version
                     JOIN capital.top_ups AS top_up
                       ON top_up.scheme_id = version.scheme_id AND top_up.version_id = version.id
                    WHERE version.id = followed)
        THEN
            RAISE EXCEPTION 'version % is followed by requests', followed
                USING ERRCODE = '{code}', CONSTRAINT = 'version_in_use';
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$
"""
RULES = (
    "valid_from, valid_until, floor_cents, ceiling_cents, match_ratio, below_floor, contribution_basis,"
    " priority_groups, cae_cap_cents, cap_period, partial_awards, once_per_person, budget_cents,"
    " budget_period, reserves_at, waiting_list, request_window_months, request_valid_days,"
    " min_membership_months, follow_up_months, clawback_rule"
)
PARTS = "siren, siret, name, share_percent, rank"


def upgrade() -> None:
    _refuse("AFTER", "foreign_key_violation")


def downgrade() -> None:
    _refuse("BEFORE", "check_violation")


def _refuse(moment: str, code: str) -> None:
    op.execute(IN_USE.format(code=code))
    for table, changes in (
        ("scheme_versions", f"UPDATE OF {RULES}"),
        ("version_funders", f"INSERT OR DELETE OR UPDATE OF {PARTS}"),
    ):
        op.execute(f"DROP TRIGGER version_in_use ON capital.{table}")
        op.execute(
            f"CREATE TRIGGER version_in_use {moment} {changes} ON capital.{table}"
            " FOR EACH ROW EXECUTE FUNCTION capital.version_in_use()"
        )
