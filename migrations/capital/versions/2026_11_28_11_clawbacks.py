"""Clawbacks: asked of a paid award, received by parts, returned to the co-funders, or waived."""

from alembic import op

from services.runtime.database.tenancy import FUNDER, IS_OPERATOR, OF_CAE, OF_REGION, policies

revision = "capital_0017"
down_revision = "capital_0016"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE capital.clawbacks (
        id UUID NOT NULL,
        top_up_id UUID NOT NULL,
        payment_id UUID NOT NULL,
        scheme_id UUID NOT NULL,
        version_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        rule TEXT NOT NULL,
        paid_cents BIGINT NOT NULL,
        unearned_cents BIGINT NOT NULL,
        stayed_from DATE NOT NULL,
        stayed_until DATE NOT NULL,
        promised_until DATE,
        computed_cents BIGINT NOT NULL,
        amount_cents BIGINT NOT NULL,
        received_cents BIGINT DEFAULT 0 NOT NULL,
        reason TEXT NOT NULL,
        proposed_on DATE NOT NULL,
        proposed_by_client TEXT NOT NULL,
        proposed_by_person TEXT,
        confirmed_on DATE,
        waived_on DATE,
        waiver_reason TEXT,
        withdrawn_on DATE,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_clawbacks PRIMARY KEY (id),
        CONSTRAINT uq_clawbacks_id_top_up_id UNIQUE (id, top_up_id),
        CONSTRAINT ck_clawbacks_rule_known CHECK (rule IN ('pro_rata', 'whole')),
        CONSTRAINT ck_clawbacks_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_clawbacks_paid_positive CHECK (paid_cents > 0),
        CONSTRAINT ck_clawbacks_unearned_within_paid CHECK (unearned_cents BETWEEN 0 AND paid_cents),
        CONSTRAINT ck_clawbacks_computed_within_unearned CHECK (computed_cents BETWEEN 0 AND unearned_cents),
        CONSTRAINT ck_clawbacks_amount_within_paid CHECK (amount_cents BETWEEN 1 AND paid_cents),
        CONSTRAINT ck_clawbacks_received_within_amount CHECK (received_cents BETWEEN 0 AND amount_cents),
        CONSTRAINT ck_clawbacks_received_when_confirmed
            CHECK (received_cents = 0 OR confirmed_on IS NOT NULL),
        CONSTRAINT ck_clawbacks_withdrawn_before_confirmed
            CHECK (withdrawn_on IS NULL OR confirmed_on IS NULL),
        CONSTRAINT ck_clawbacks_ends_one_way CHECK (waived_on IS NULL OR withdrawn_on IS NULL),
        CONSTRAINT ck_clawbacks_waived_of_a_rest
            CHECK (waived_on IS NULL OR received_cents < amount_cents),
        CONSTRAINT ck_clawbacks_confirmed_after_proposed CHECK (confirmed_on >= proposed_on),
        CONSTRAINT ck_clawbacks_waived_after_proposed CHECK (waived_on >= proposed_on),
        CONSTRAINT fk_clawbacks_payment_id_top_up_id
            FOREIGN KEY (payment_id, top_up_id) REFERENCES capital.payment_lines (payment_id, top_up_id),
        CONSTRAINT fk_clawbacks_scheme_id FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id),
        CONSTRAINT fk_clawbacks_version_id
            FOREIGN KEY (version_id) REFERENCES capital.scheme_versions (id)
    )
    """,
    """
    CREATE TABLE capital.clawback_receipts (
        id UUID NOT NULL,
        clawback_id UUID NOT NULL,
        top_up_id UUID NOT NULL,
        payment_id UUID NOT NULL,
        scheme_id UUID NOT NULL,
        version_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        received_on DATE NOT NULL,
        reference TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_clawback_receipts PRIMARY KEY (id),
        CONSTRAINT ck_clawback_receipts_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_clawback_receipts_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT fk_clawback_receipts_clawback_id_top_up_id
            FOREIGN KEY (clawback_id, top_up_id) REFERENCES capital.clawbacks (id, top_up_id),
        CONSTRAINT fk_clawback_receipts_payment_id_top_up_id
            FOREIGN KEY (payment_id, top_up_id) REFERENCES capital.payment_lines (payment_id, top_up_id),
        CONSTRAINT fk_clawback_receipts_scheme_id FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id),
        CONSTRAINT fk_clawback_receipts_version_id
            FOREIGN KEY (version_id) REFERENCES capital.scheme_versions (id)
    )
    """,
    """
    CREATE TABLE capital.clawback_parts (
        receipt_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        funder_siren TEXT NOT NULL,
        funder_name TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        scheme_id UUID NOT NULL,
        CONSTRAINT pk_clawback_parts PRIMARY KEY (receipt_id, rank),
        CONSTRAINT ck_clawback_parts_amount_not_negative CHECK (amount_cents >= 0),
        CONSTRAINT ck_clawback_parts_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_clawback_parts_funder_siren_digits CHECK (funder_siren ~ '^[0-9]{9}$'),
        CONSTRAINT fk_clawback_parts_receipt_id
            FOREIGN KEY (receipt_id) REFERENCES capital.clawback_receipts (id)
    )
    """,
)
INDEXES = (
    "CREATE UNIQUE INDEX uq_clawbacks_top_up_id ON capital.clawbacks (top_up_id) WHERE withdrawn_on IS NULL",
    "CREATE INDEX ix_clawbacks_top_up_id ON capital.clawbacks (top_up_id)",
    "CREATE INDEX ix_clawback_receipts_clawback_id ON capital.clawback_receipts (clawback_id)",
    (
        "CREATE INDEX ix_clawback_receipts_payment_id_version_id"
        " ON capital.clawback_receipts (payment_id, version_id)"
    ),
    "CREATE INDEX ix_clawback_receipts_top_up_id ON capital.clawback_receipts (top_up_id)",
    (
        "CREATE INDEX ix_clawback_parts_funder_siren_scheme_id"
        " ON capital.clawback_parts (funder_siren, scheme_id)"
    ),
)
OWN_PART = f"funder_siren = {FUNDER}"
READS = {
    "clawbacks": (OF_REGION, OF_CAE),
    "clawback_receipts": (OF_REGION, OF_CAE),
    "clawback_parts": (OF_REGION, OF_CAE, OWN_PART),
}
OF_A_RECEIPT = "(kind = 'clawback_receipt') = (clawback_receipt_id IS NOT NULL)"
BEFORE = {
    "journal_entries": ("kind_known", "kind IN ('cancellation', 'grant', 'payment', 'payment_reversal')"),
    "postings": ("account_known", "account IN ('awards', 'cash', 'payable')"),
}
AFTER = {
    "journal_entries": (
        "kind_known",
        (
            "kind IN ('cancellation', 'clawback', 'clawback_receipt', 'clawback_waiver', 'grant', 'payment',"
            " 'payment_reversal')"
        ),
    ),
    "postings": ("account_known", "account IN ('awards', 'cash', 'clawbacks', 'payable', 'receivable')"),
}
RULES_BEFORE = (
    "valid_from, valid_until, floor_cents, ceiling_cents, match_ratio, below_floor, contribution_basis,"
    " priority_groups, cae_cap_cents, cap_period, partial_awards, once_per_person, budget_cents,"
    " budget_period, reserves_at, waiting_list, request_window_months, request_valid_days,"
    " min_membership_months, follow_up_months, clawback_rule"
)


def upgrade() -> None:
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
    for table, reads in READS.items():
        for statement in policies("capital", table, reads=reads, writes=(f"{IS_OPERATOR} AND {OF_REGION}",)):
            op.execute(statement)
    op.execute(f"""
        ALTER TABLE capital.journal_entries ADD COLUMN clawback_receipt_id UUID,
          ADD CONSTRAINT fk_journal_entries_clawback_receipt_id
              FOREIGN KEY (clawback_receipt_id) REFERENCES capital.clawback_receipts (id),
          ADD CONSTRAINT ck_journal_entries_receipt_of_a_clawback CHECK ({OF_A_RECEIPT})""")
    op.execute(
        "CREATE INDEX ix_journal_entries_clawback_receipt_id ON capital.journal_entries (clawback_receipt_id)"
    )
    _know(AFTER)
    op.execute(
        "ALTER TABLE capital.scheme_versions ADD COLUMN waiver_by_another BOOLEAN DEFAULT false NOT NULL"
    )
    _refuse_changes_of(f"{RULES_BEFORE}, waiver_by_another")


def downgrade() -> None:
    _refuse_changes_of(RULES_BEFORE)
    op.execute("ALTER TABLE capital.scheme_versions DROP COLUMN waiver_by_another")
    op.execute("ALTER TABLE capital.journal_entries DROP COLUMN clawback_receipt_id")
    _know(BEFORE)
    for table in ("clawback_parts", "clawback_receipts", "clawbacks"):
        op.execute(f"DROP TABLE capital.{table}")


def _know(rules: dict[str, tuple[str, str]]) -> None:
    for table, (name, rule) in rules.items():
        op.execute(f"""
            ALTER TABLE capital.{table}
              DROP CONSTRAINT ck_{table}_{name},
              ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})""")


def _refuse_changes_of(rules: str) -> None:
    op.execute("DROP TRIGGER version_in_use ON capital.scheme_versions")
    op.execute(
        f"CREATE TRIGGER version_in_use AFTER UPDATE OF {rules} ON capital.scheme_versions"
        " FOR EACH ROW EXECUTE FUNCTION capital.version_in_use()"
    )
