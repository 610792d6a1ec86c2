"""Schemes and their versions, top-ups under caps and budgets, payments, the journal."""

from alembic import op

from services.runtime.ledger import triggers

revision = "capital_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE capital.schemes (
        id UUID NOT NULL,
        region TEXT NOT NULL,
        name TEXT NOT NULL,
        authority_name TEXT,
        authority_siret TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_schemes PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE capital.scheme_versions (
        id UUID NOT NULL,
        scheme_id UUID NOT NULL,
        valid_from DATE NOT NULL,
        floor_cents BIGINT NOT NULL,
        ceiling_cents BIGINT NOT NULL,
        match_ratio NUMERIC(10, 4) NOT NULL,
        below_floor TEXT NOT NULL,
        cae_cap_cents BIGINT,
        cap_period TEXT NOT NULL,
        partial_awards BOOLEAN NOT NULL,
        once_per_person BOOLEAN NOT NULL,
        budget_cents BIGINT,
        budget_period TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_scheme_versions PRIMARY KEY (id),
        CONSTRAINT uq_scheme_versions_scheme_id_valid_from UNIQUE (scheme_id, valid_from),
        CONSTRAINT ck_scheme_versions_floor_under_ceiling
            CHECK (floor_cents >= 0 AND ceiling_cents >= floor_cents),
        CONSTRAINT ck_scheme_versions_match_ratio_positive CHECK (match_ratio > 0),
        CONSTRAINT ck_scheme_versions_cae_cap_not_negative CHECK (cae_cap_cents >= 0),
        CONSTRAINT ck_scheme_versions_budget_not_negative CHECK (budget_cents >= 0),
        CONSTRAINT ck_scheme_versions_below_floor_known
            CHECK (below_floor IN ('floor', 'nothing')),
        CONSTRAINT ck_scheme_versions_cap_period_known
            CHECK (cap_period IN ('calendar_year', 'scheme')),
        CONSTRAINT ck_scheme_versions_budget_period_known
            CHECK (budget_period IN ('calendar_year', 'scheme')),
        CONSTRAINT fk_scheme_versions_scheme_id
            FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id)
    )
    """,
    """
    CREATE TABLE capital.version_funders (
        version_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        siren TEXT NOT NULL,
        name TEXT NOT NULL,
        share_percent NUMERIC(7, 4) NOT NULL,
        CONSTRAINT pk_version_funders PRIMARY KEY (version_id, rank),
        CONSTRAINT uq_version_funders_version_id_siren UNIQUE (version_id, siren),
        CONSTRAINT ck_version_funders_siren_digits CHECK (siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_version_funders_share_percent_range
            CHECK (share_percent > 0 AND share_percent <= 100),
        CONSTRAINT fk_version_funders_version_id
            FOREIGN KEY (version_id) REFERENCES capital.scheme_versions (id)
    )
    """,
    """
    CREATE TABLE capital.cae_caps (
        scheme_id UUID NOT NULL,
        cae_siren TEXT NOT NULL,
        period TEXT NOT NULL,
        used_cents BIGINT NOT NULL,
        cap_cents BIGINT NOT NULL,
        CONSTRAINT pk_cae_caps PRIMARY KEY (scheme_id, cae_siren, period),
        CONSTRAINT ck_cae_caps_used_within_cap CHECK (used_cents BETWEEN 0 AND cap_cents),
        CONSTRAINT ck_cae_caps_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT fk_cae_caps_scheme_id
            FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE capital.scheme_budgets (
        scheme_id UUID NOT NULL,
        period TEXT NOT NULL,
        used_cents BIGINT NOT NULL,
        budget_cents BIGINT NOT NULL,
        CONSTRAINT pk_scheme_budgets PRIMARY KEY (scheme_id, period),
        CONSTRAINT ck_scheme_budgets_used_within_budget
            CHECK (used_cents BETWEEN 0 AND budget_cents),
        CONSTRAINT fk_scheme_budgets_scheme_id
            FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE capital.top_ups (
        id UUID NOT NULL,
        scheme_id UUID NOT NULL,
        version_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        cae_siret TEXT NOT NULL,
        cae_name TEXT NOT NULL,
        entrepreneur_id UUID NOT NULL,
        entrepreneur_reference TEXT NOT NULL,
        given_name TEXT NOT NULL,
        family_name TEXT NOT NULL,
        email TEXT,
        phone TEXT,
        birth_date DATE,
        address TEXT,
        contract_kind TEXT NOT NULL,
        contract_started_on DATE NOT NULL,
        cape_started_on DATE,
        cape_ended_on DATE,
        member_since DATE,
        membership_due_on DATE,
        subscribed_cents BIGINT NOT NULL,
        paid_up_cents BIGINT NOT NULL,
        paid_up_on DATE NOT NULL,
        admitted_on DATE,
        requested_on DATE,
        status TEXT NOT NULL,
        entitlement_cents BIGINT NOT NULL,
        award_cents BIGINT,
        is_sole_award BOOLEAN DEFAULT false NOT NULL,
        decided_on DATE,
        decision_reference TEXT,
        reason TEXT,
        revision INTEGER DEFAULT 1 NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_top_ups PRIMARY KEY (id),
        CONSTRAINT ck_top_ups_status_known
            CHECK (status IN ('cancelled', 'granted', 'paid', 'refused', 'requested')),
        CONSTRAINT ck_top_ups_contract_kind_known CHECK (contract_kind IN ('CAPE', 'CESA')),
        CONSTRAINT ck_top_ups_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_top_ups_cae_siret_digits CHECK (cae_siret ~ '^[0-9]{14}$'),
        CONSTRAINT ck_top_ups_siret_of_siren CHECK (left(cae_siret, 9) = cae_siren),
        CONSTRAINT ck_top_ups_contribution_not_negative
            CHECK (subscribed_cents >= 0 AND paid_up_cents >= 0),
        CONSTRAINT ck_top_ups_award_within_scale
            CHECK (award_cents > 0 AND award_cents <= entitlement_cents),
        CONSTRAINT ck_top_ups_awarded_when_granted
            CHECK ((status IN ('cancelled', 'granted', 'paid'))
                = (award_cents IS NOT NULL AND decided_on IS NOT NULL)),
        CONSTRAINT fk_top_ups_scheme_id
            FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id),
        CONSTRAINT fk_top_ups_version_id
            FOREIGN KEY (version_id) REFERENCES capital.scheme_versions (id)
    )
    """,
    """
    CREATE TABLE capital.payments (
        id UUID NOT NULL,
        scheme_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        paid_on DATE NOT NULL,
        reference TEXT NOT NULL,
        total_cents BIGINT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT ck_payments_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_payments_total_positive CHECK (total_cents > 0),
        CONSTRAINT fk_payments_scheme_id
            FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id)
    )
    """,
    """
    CREATE TABLE capital.payment_lines (
        payment_id UUID NOT NULL,
        top_up_id UUID NOT NULL,
        version_id UUID NOT NULL,
        amount_cents BIGINT NOT NULL,
        CONSTRAINT pk_payment_lines PRIMARY KEY (payment_id, top_up_id),
        CONSTRAINT uq_payment_lines_top_up_id UNIQUE (top_up_id),
        CONSTRAINT ck_payment_lines_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT fk_payment_lines_payment_id
            FOREIGN KEY (payment_id) REFERENCES capital.payments (id),
        CONSTRAINT fk_payment_lines_top_up_id
            FOREIGN KEY (top_up_id) REFERENCES capital.top_ups (id),
        CONSTRAINT fk_payment_lines_version_id
            FOREIGN KEY (version_id) REFERENCES capital.scheme_versions (id)
    )
    """,
    """
    CREATE TABLE capital.payment_parts (
        payment_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        funder_siren TEXT NOT NULL,
        funder_name TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        CONSTRAINT pk_payment_parts PRIMARY KEY (payment_id, rank),
        CONSTRAINT ck_payment_parts_amount_not_negative CHECK (amount_cents >= 0),
        CONSTRAINT ck_payment_parts_funder_siren_digits CHECK (funder_siren ~ '^[0-9]{9}$'),
        CONSTRAINT fk_payment_parts_payment_id
            FOREIGN KEY (payment_id) REFERENCES capital.payments (id)
    )
    """,
    """
    CREATE TABLE capital.journal_entries (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        entry_on DATE NOT NULL,
        scheme_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        top_up_id UUID,
        payment_id UUID,
        recorded_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_journal_entries PRIMARY KEY (id),
        CONSTRAINT ck_journal_entries_kind_known
            CHECK (kind IN ('cancellation', 'grant', 'payment')),
        CONSTRAINT ck_journal_entries_about_one_thing
            CHECK ((kind = 'payment') = (payment_id IS NOT NULL)
                AND (kind = 'payment') = (top_up_id IS NULL)),
        CONSTRAINT fk_journal_entries_scheme_id
            FOREIGN KEY (scheme_id) REFERENCES capital.schemes (id),
        CONSTRAINT fk_journal_entries_top_up_id
            FOREIGN KEY (top_up_id) REFERENCES capital.top_ups (id),
        CONSTRAINT fk_journal_entries_payment_id
            FOREIGN KEY (payment_id) REFERENCES capital.payments (id)
    )
    """,
    """
    CREATE TABLE capital.postings (
        entry_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        account TEXT NOT NULL,
        funder_siren TEXT,
        amount_cents BIGINT NOT NULL,
        CONSTRAINT pk_postings PRIMARY KEY (entry_id, rank),
        CONSTRAINT ck_postings_account_known CHECK (account IN ('awards', 'cash', 'payable')),
        CONSTRAINT ck_postings_amount_not_zero CHECK (amount_cents <> 0),
        CONSTRAINT ck_postings_cash_by_funder
            CHECK ((account = 'cash') = (funder_siren IS NOT NULL)),
        CONSTRAINT fk_postings_entry_id
            FOREIGN KEY (entry_id) REFERENCES capital.journal_entries (id)
    )
    """,
    """
    CREATE TABLE capital.idempotency_keys (
        client TEXT NOT NULL,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint BYTEA NOT NULL,
        role TEXT NOT NULL,
        regions TEXT[] NOT NULL,
        siren TEXT,
        status SMALLINT,
        answer BYTEA,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (client, method, path, key),
        CONSTRAINT ck_idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 200),
        CONSTRAINT ck_idempotency_keys_fingerprint_is_sha256
            CHECK (octet_length(fingerprint) = 32),
        CONSTRAINT ck_idempotency_keys_answer_with_status
            CHECK ((status IS NULL) = (answer IS NULL))
    )
    """,
)

INDEXES = (
    "CREATE INDEX ix_schemes_region_id ON capital.schemes (region, id)",
    "CREATE INDEX ix_version_funders_siren ON capital.version_funders (siren)",
    "CREATE INDEX ix_top_ups_cae_siren_id ON capital.top_ups (cae_siren, id)",
    "CREATE INDEX ix_top_ups_entrepreneur_id_scheme_id ON capital.top_ups (entrepreneur_id, scheme_id)",
    (
        "CREATE INDEX ix_top_ups_membership_due ON capital.top_ups (region, membership_due_on)"
        " WHERE admitted_on IS NULL AND membership_due_on IS NOT NULL"
    ),
    "CREATE INDEX ix_top_ups_region_id ON capital.top_ups (region, id)",
    "CREATE INDEX ix_top_ups_scheme_cae ON capital.top_ups (scheme_id, cae_siren, id)",
    (
        "CREATE UNIQUE INDEX uq_top_ups_sole_award ON capital.top_ups (scheme_id, entrepreneur_id)"
        " WHERE is_sole_award AND status IN ('granted', 'paid')"
    ),
    "CREATE INDEX ix_payments_region_id ON capital.payments (region, id)",
    "CREATE INDEX ix_payments_scheme_cae ON capital.payments (scheme_id, cae_siren, id)",
    "CREATE INDEX ix_payment_parts_funder_siren ON capital.payment_parts (funder_siren)",
    "CREATE INDEX ix_journal_entries_payment_id ON capital.journal_entries (payment_id)",
    "CREATE INDEX ix_journal_entries_region_id ON capital.journal_entries (region, id)",
    ("CREATE INDEX ix_journal_entries_scheme_id_cae_siren ON capital.journal_entries (scheme_id, cae_siren)"),
    "CREATE INDEX ix_journal_entries_top_up_id ON capital.journal_entries (top_up_id)",
    "CREATE INDEX ix_idempotency_keys_created_at ON capital.idempotency_keys (created_at)",
)


def upgrade() -> None:
    for statement in (*TABLES, *INDEXES, *triggers("capital")):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(table.strip().split("(")[0].replace("CREATE", "DROP"))
    op.execute("DROP FUNCTION capital.postings_add_up, capital.journal_is_append_only")
