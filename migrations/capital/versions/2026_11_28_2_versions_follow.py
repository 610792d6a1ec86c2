"""Versions follow each other day by day, and one that a request follows is never changed."""

from alembic import op

revision = "capital_0008"
down_revision = "capital_0007"
branch_labels = None
depends_on = None

# Whoever writes a version holds the scheme's row alone: no other version is written meanwhile.
SUCCESSION = """
    CREATE FUNCTION capital.versions_succeed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM (SELECT valid_until, lead(valid_from) OVER (ORDER BY valid_from) AS next_from
                                  FROM capital.scheme_versions WHERE scheme_id = NEW.scheme_id) AS version
                    WHERE valid_until IS NOT NULL AND next_from IS NOT NULL AND next_from <> valid_until + 1)
        THEN
            RAISE EXCEPTION 'versions of scheme % overlap, or leave days without rules', NEW.scheme_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'versions_succeed';
        END IF;
        RETURN NULL;
    END $$
"""
# Whose rows they are may be filled in at any time; what they say, only before a request follows it.
IN_USE = """
    CREATE FUNCTION capital.version_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
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
                USING ERRCODE = 'check_violation', CONSTRAINT = 'version_in_use';
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
TRIGGERS = (
    """
    CREATE TRIGGER versions_succeed AFTER INSERT OR UPDATE OF valid_from, valid_until
        ON capital.scheme_versions FOR EACH ROW EXECUTE FUNCTION capital.versions_succeed()
    """,
    f"""
    CREATE TRIGGER version_in_use BEFORE UPDATE OF {RULES} ON capital.scheme_versions
        FOR EACH ROW EXECUTE FUNCTION capital.version_in_use()
    """,
    """
    CREATE TRIGGER version_in_use BEFORE INSERT OR DELETE OR UPDATE OF siren, siret, name, share_percent, rank
        ON capital.version_funders FOR EACH ROW EXECUTE FUNCTION capital.version_in_use()
    """,
)


def upgrade() -> None:
    for statement in (SUCCESSION, IN_USE, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER version_in_use ON capital.version_funders")
    op.execute("DROP TRIGGER version_in_use ON capital.scheme_versions")
    op.execute("DROP TRIGGER versions_succeed ON capital.scheme_versions")
    op.execute("DROP FUNCTION capital.version_in_use, capital.versions_succeed")
