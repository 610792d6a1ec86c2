"""All that a region decides in a version of its scheme, and what a request says for its priority."""

from alembic import op

revision = "capital_0007"
down_revision = "capital_0006"
branch_labels = None
depends_on = None

# Versions and dossiers of before are what they were: paid-up capital, no priority, no window.
COLUMNS = {
    "scheme_versions": (
        ("valid_until", "DATE"),
        ("contribution_basis", "TEXT DEFAULT 'paid_up' NOT NULL"),
        ("priority_groups", "JSONB DEFAULT '[]' NOT NULL"),
        ("reserves_at", "TEXT DEFAULT 'grant' NOT NULL"),
        ("waiting_list", "BOOLEAN DEFAULT false NOT NULL"),
        ("request_window_months", "SMALLINT"),
        ("request_valid_days", "SMALLINT"),
        ("min_membership_months", "SMALLINT"),
        ("follow_up_months", "SMALLINT[] DEFAULT '{12,24,36}' NOT NULL"),
        ("clawback_rule", "TEXT DEFAULT 'whole' NOT NULL"),
    ),
    "version_funders": (("siret", "TEXT"),),
    "top_ups": (("priority_criterion", "TEXT"), ("priority_evidence", "TEXT")),
}
CHECKS = {
    "scheme_versions": (
        ("ends_after_it_starts", "valid_until >= valid_from"),
        ("priority_groups_listed", "jsonb_typeof(priority_groups) = 'array'"),
        (
            "priority_over_ceiling",
            (
                "NOT jsonb_path_exists(priority_groups, '$[*] ? (!(@.ceiling_cents >= $least))',"
                " jsonb_build_object('least', ceiling_cents))"
            ),
        ),
        (
            "priority_named",
            (
                "NOT jsonb_path_exists(priority_groups,"
                """ '$[*] ? (!(@.criterion like_regex "^[a-z0-9]+(-[a-z0-9]+)*$"))')"""
            ),
        ),
        ("request_window_positive", "request_window_months > 0"),
        ("request_valid_days_positive", "request_valid_days > 0"),
        ("min_membership_not_negative", "min_membership_months >= 0"),
        ("follow_up_months_positive", "0 < ALL (follow_up_months)"),
        ("contribution_basis_known", "contribution_basis IN ('paid_up', 'subscribed')"),
        ("reserves_at_known", "reserves_at IN ('grant', 'request')"),
        ("clawback_rule_known", "clawback_rule IN ('pro_rata', 'whole')"),
    ),
    "version_funders": (
        ("siret_digits", "siret ~ '^[0-9]{14}$'"),
        ("siret_of_siren", "left(siret, 9) = siren"),
    ),
    "top_ups": (
        ("priority_with_its_evidence", "(priority_criterion IS NULL) = (priority_evidence IS NULL)"),
    ),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        added = [f"ADD COLUMN {name} {kind}" for name, kind in columns]
        added += [f"ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})" for name, rule in CHECKS[table]]
        op.execute(f"ALTER TABLE capital.{table} {', '.join(added)}")


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        dropped = ", ".join(f"DROP COLUMN {name}" for name, _ in columns)
        op.execute(f"ALTER TABLE capital.{table} {dropped}")
