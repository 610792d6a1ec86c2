"""Funds, their funders and contributions; applications and decisions."""

from alembic import op

revision = "loans_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE loans.funds (
        id UUID NOT NULL,
        region TEXT NOT NULL,
        name TEXT NOT NULL,
        opened_on DATE NOT NULL,
        min_amount_cents BIGINT,
        max_amount_cents BIGINT,
        min_months SMALLINT,
        max_months SMALLINT,
        max_grace_months SMALLINT,
        eligible_contracts TEXT[],
        max_outstanding_per_person_cents BIGINT,
        max_outstanding_per_cae_cents BIGINT,
        grace_included BOOLEAN NOT NULL,
        lend_in_arrears BOOLEAN NOT NULL,
        quorum SMALLINT NOT NULL,
        offer_days SMALLINT,
        committed_cents BIGINT DEFAULT 0 NOT NULL,
        next_loan_number BIGINT DEFAULT 1 NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_funds PRIMARY KEY (id),
        CONSTRAINT uq_funds_region_name UNIQUE (region, name),
        CONSTRAINT ck_funds_region_code CHECK (length(region) = 2),
        CONSTRAINT ck_funds_amounts_in_order CHECK (min_amount_cents <= max_amount_cents),
        CONSTRAINT ck_funds_months_in_order CHECK (min_months <= max_months),
        CONSTRAINT ck_funds_quorum_positive CHECK (quorum >= 1),
        CONSTRAINT ck_funds_offer_days_not_negative CHECK (offer_days >= 0),
        CONSTRAINT ck_funds_committed_not_negative CHECK (committed_cents >= 0),
        CONSTRAINT ck_funds_loan_number_positive CHECK (next_loan_number >= 1)
    )
    """,
    """
    CREATE TABLE loans.idempotency_keys (
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
        CONSTRAINT ck_idempotency_keys_fingerprint_is_sha256 CHECK (octet_length(fingerprint) = 32),
        CONSTRAINT ck_idempotency_keys_answer_with_status CHECK ((status IS NULL) = (answer IS NULL))
    )
    """,
    """
    CREATE TABLE loans.applications (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        number TEXT,
        email TEXT,
        phone TEXT,
        birth_date DATE,
        address TEXT,
        cape_started_on DATE,
        cape_ended_on DATE,
        bank_iban TEXT,
        bank_bic TEXT,
        bank_holder TEXT,
        asked_amount_cents BIGINT NOT NULL,
        asked_months SMALLINT NOT NULL,
        asked_grace_months SMALLINT NOT NULL,
        purpose TEXT NOT NULL,
        submitted_on DATE,
        status TEXT NOT NULL,
        signed_on DATE,
        ended_on DATE,
        ended_reason TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        cae_siret TEXT NOT NULL,
        cae_name TEXT NOT NULL,
        entrepreneur_id UUID NOT NULL,
        entrepreneur_reference TEXT NOT NULL,
        given_name TEXT NOT NULL,
        family_name TEXT NOT NULL,
        contract_kind TEXT NOT NULL,
        contract_started_on DATE NOT NULL,
        member_since DATE,
        CONSTRAINT pk_applications PRIMARY KEY (id),
        CONSTRAINT ck_applications_siren_of_siret CHECK (cae_siren = left(cae_siret, 9)),
        CONSTRAINT ck_applications_contract_known CHECK (contract_kind IN ('CAPE', 'CESA')),
        CONSTRAINT uq_applications_fund_id_number UNIQUE (fund_id, number),
        CONSTRAINT ck_applications_status_known
            CHECK (status IN (
                'submitted', 'under_review', 'approved', 'refused',
                'withdrawn', 'signed', 'declined', 'disbursed')),
        CONSTRAINT ck_applications_amount_positive CHECK (asked_amount_cents > 0),
        CONSTRAINT ck_applications_months_positive
            CHECK (asked_months > 0 AND asked_grace_months >= 0),
        CONSTRAINT ck_applications_bank_whole CHECK ((bank_iban IS NULL) = (bank_holder IS NULL)),
        CONSTRAINT ck_applications_cape_dates_in_order CHECK (cape_started_on <= cape_ended_on),
        CONSTRAINT ck_applications_ended_has_date
            CHECK ((status IN ('withdrawn', 'declined')) = (ended_on IS NOT NULL)),
        CONSTRAINT ck_applications_signed_has_date
            CHECK ((status IN ('signed', 'disbursed')) = (signed_on IS NOT NULL)),
        CONSTRAINT fk_applications_fund_id FOREIGN KEY (fund_id) REFERENCES loans.funds (id)
    )
    """,
    """
    CREATE TABLE loans.funders (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        siren TEXT,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        CONSTRAINT pk_funders PRIMARY KEY (id),
        CONSTRAINT uq_funders_fund_id_rank UNIQUE (fund_id, rank),
        CONSTRAINT uq_funders_fund_id_siren UNIQUE (fund_id, siren),
        CONSTRAINT ck_funders_kind_known
            CHECK (kind IN (
                'region', 'state', 'bpifrance', 'cdc',
                'france_active', 'local', 'other', 'undeclared')),
        CONSTRAINT ck_funders_siren_unless_undeclared CHECK ((siren IS NULL) = (kind = 'undeclared')),
        CONSTRAINT fk_funders_fund_id FOREIGN KEY (fund_id) REFERENCES loans.funds (id)
    )
    """,
    """
    CREATE TABLE loans.contributions (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        funder_id UUID NOT NULL,
        convention TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        paid_on DATE NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_contributions PRIMARY KEY (id),
        CONSTRAINT ck_contributions_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT fk_contributions_fund_id FOREIGN KEY (fund_id) REFERENCES loans.funds (id),
        CONSTRAINT fk_contributions_funder_id FOREIGN KEY (funder_id) REFERENCES loans.funders (id)
    )
    """,
    """
    CREATE TABLE loans.decisions (
        application_id UUID NOT NULL,
        outcome TEXT NOT NULL,
        held_on DATE NOT NULL,
        votes_for SMALLINT NOT NULL,
        votes_against SMALLINT NOT NULL,
        abstentions SMALLINT NOT NULL,
        granted_amount_cents BIGINT,
        granted_months SMALLINT,
        granted_grace_months SMALLINT,
        conditions TEXT[] NOT NULL,
        reason TEXT,
        recorded_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_decisions PRIMARY KEY (application_id),
        CONSTRAINT ck_decisions_outcome_known CHECK (outcome IN ('approved', 'refused')),
        CONSTRAINT ck_decisions_votes_counted
            CHECK (votes_for >= 0 AND votes_against >= 0 AND abstentions >= 0),
        CONSTRAINT ck_decisions_approval_has_majority
            CHECK (outcome <> 'approved' OR votes_for > votes_against),
        CONSTRAINT ck_decisions_approval_has_terms
            CHECK ((outcome = 'approved') = (granted_amount_cents IS NOT NULL)
            AND (granted_amount_cents IS NULL) = (granted_months IS NULL)
            AND (granted_amount_cents IS NULL) = (granted_grace_months IS NULL)),
        CONSTRAINT ck_decisions_amount_positive CHECK (granted_amount_cents > 0),
        CONSTRAINT fk_decisions_application_id
            FOREIGN KEY (application_id) REFERENCES loans.applications (id)
    )
    """,
    """
    CREATE TABLE loans.committee_members (
        application_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        name TEXT NOT NULL,
        organisation TEXT NOT NULL,
        siren TEXT,
        stood_aside BOOLEAN NOT NULL,
        CONSTRAINT pk_committee_members PRIMARY KEY (application_id, rank),
        CONSTRAINT fk_committee_members_application_id
            FOREIGN KEY (application_id) REFERENCES loans.decisions (application_id)
    )
    """,
)

INDEXES = (
    "CREATE INDEX ix_idempotency_keys_created_at ON loans.idempotency_keys (created_at)",
    "CREATE INDEX ix_applications_cae_siren_id ON loans.applications (cae_siren, id)",
    "CREATE INDEX ix_applications_entrepreneur_id ON loans.applications (entrepreneur_id)",
    "CREATE INDEX ix_applications_fund_id_id ON loans.applications (fund_id, id)",
    "CREATE INDEX ix_applications_region_id ON loans.applications (region, id)",
    "CREATE INDEX ix_funders_siren_fund_id ON loans.funders (siren, fund_id)",
    "CREATE UNIQUE INDEX uq_funders_undeclared ON loans.funders (fund_id) WHERE kind = 'undeclared'",
    "CREATE INDEX ix_contributions_fund_id_paid_on ON loans.contributions (fund_id, paid_on)",
)


def upgrade() -> None:
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(table.strip().split("(")[0].replace("CREATE", "DROP"))
