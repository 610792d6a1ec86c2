"""Loans, their shares, schedules and repayments; the journal, and what the database itself refuses."""

from alembic import op

from services.runtime.ledger import triggers

revision = "loans_0002"
down_revision = "loans_0001"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE loans.loans (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        application_id UUID,
        number TEXT NOT NULL,
        principal_cents BIGINT NOT NULL,
        months SMALLINT NOT NULL,
        grace_months SMALLINT NOT NULL,
        disbursed_on DATE NOT NULL,
        reference TEXT,
        schedule_version SMALLINT DEFAULT 1 NOT NULL,
        status TEXT NOT NULL,
        repaid_cents BIGINT DEFAULT 0 NOT NULL,
        written_off_cents BIGINT DEFAULT 0 NOT NULL,
        recovered_cents BIGINT DEFAULT 0 NOT NULL,
        written_off_on DATE,
        written_off_reason TEXT,
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
        CONSTRAINT pk_loans PRIMARY KEY (id),
        CONSTRAINT ck_loans_siren_of_siret CHECK (cae_siren = left(cae_siret, 9)),
        CONSTRAINT ck_loans_contract_known CHECK (contract_kind IN ('CAPE', 'CESA')),
        CONSTRAINT uq_loans_fund_id_number UNIQUE (fund_id, number),
        CONSTRAINT ck_loans_status_known CHECK (status IN ('active', 'repaid', 'written_off')),
        CONSTRAINT ck_loans_principal_positive CHECK (principal_cents > 0),
        CONSTRAINT ck_loans_months_positive CHECK (months > 0 AND grace_months >= 0),
        CONSTRAINT ck_loans_balances_not_negative
            CHECK (repaid_cents >= 0 AND written_off_cents >= 0),
        CONSTRAINT ck_loans_never_below_zero
            CHECK (repaid_cents + written_off_cents <= principal_cents),
        CONSTRAINT ck_loans_recovered_within_loss
            CHECK (recovered_cents BETWEEN 0 AND written_off_cents),
        CONSTRAINT ck_loans_repaid_is_whole
            CHECK ((status = 'repaid') = (repaid_cents = principal_cents AND written_off_on IS NULL)),
        CONSTRAINT ck_loans_loss_is_whole
            CHECK ((status = 'written_off') = (written_off_on IS NOT NULL)
            AND (written_off_on IS NULL) = (written_off_cents = 0)
            AND (written_off_on IS NULL OR repaid_cents + written_off_cents = principal_cents)),
        CONSTRAINT ck_loans_loss_after_disbursement CHECK (written_off_on >= disbursed_on),
        CONSTRAINT fk_loans_fund_id FOREIGN KEY (fund_id) REFERENCES loans.funds (id),
        CONSTRAINT uq_loans_application_id UNIQUE (application_id),
        CONSTRAINT fk_loans_application_id
            FOREIGN KEY (application_id) REFERENCES loans.applications (id)
    )
    """,
    """
    CREATE TABLE loans.instalments (
        loan_id UUID NOT NULL,
        version SMALLINT NOT NULL,
        rank SMALLINT NOT NULL,
        due_on DATE NOT NULL,
        amount_cents BIGINT NOT NULL,
        cumulative_cents BIGINT NOT NULL,
        CONSTRAINT pk_instalments PRIMARY KEY (loan_id, version, rank),
        CONSTRAINT ck_instalments_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT ck_instalments_cumulative_includes_amount CHECK (cumulative_cents >= amount_cents),
        CONSTRAINT fk_instalments_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id)
    )
    """,
    """
    CREATE TABLE loans.loan_shares (
        loan_id UUID NOT NULL,
        funder_id UUID NOT NULL,
        principal_cents BIGINT NOT NULL,
        credited_cents BIGINT DEFAULT 0 NOT NULL,
        lost_cents BIGINT DEFAULT 0 NOT NULL,
        recovered_cents BIGINT DEFAULT 0 NOT NULL,
        CONSTRAINT pk_loan_shares PRIMARY KEY (loan_id, funder_id),
        CONSTRAINT ck_loan_shares_principal_positive CHECK (principal_cents > 0),
        CONSTRAINT ck_loan_shares_credited_within_part
            CHECK (credited_cents BETWEEN 0 AND principal_cents),
        CONSTRAINT ck_loan_shares_lost_within_credited
            CHECK (lost_cents BETWEEN 0 AND credited_cents),
        CONSTRAINT ck_loan_shares_recovered_within_lost
            CHECK (recovered_cents BETWEEN 0 AND lost_cents),
        CONSTRAINT fk_loan_shares_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id),
        CONSTRAINT fk_loan_shares_funder_id FOREIGN KEY (funder_id) REFERENCES loans.funders (id)
    )
    """,
    """
    CREATE TABLE loans.recoveries (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        received_on DATE NOT NULL,
        reference TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_recoveries PRIMARY KEY (id),
        CONSTRAINT ck_recoveries_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT fk_recoveries_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id)
    )
    """,
    """
    CREATE TABLE loans.repayments (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        recorded_rank SMALLINT NOT NULL,
        amount_cents BIGINT NOT NULL,
        paid_on DATE NOT NULL,
        method TEXT NOT NULL,
        reference TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_repayments PRIMARY KEY (id),
        CONSTRAINT uq_repayments_loan_id_recorded_rank UNIQUE (loan_id, recorded_rank),
        CONSTRAINT ck_repayments_method_known
            CHECK (method IN ('direct_debit', 'transfer', 'cheque', 'cash', 'payroll', 'other')),
        CONSTRAINT ck_repayments_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT fk_repayments_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id)
    )
    """,
    """
    CREATE TABLE loans.journal_entries (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT,
        loan_id UUID,
        kind TEXT NOT NULL,
        on_date DATE NOT NULL,
        repayment_id UUID,
        reverses UUID,
        restates TEXT,
        recorded_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_journal_entries PRIMARY KEY (id),
        CONSTRAINT ck_journal_entries_kind_known
            CHECK (kind IN (
                'contribution', 'disbursement', 'repayment', 'reversal',
                'write_off', 'recovery', 'declaration')),
        CONSTRAINT ck_journal_entries_restates_known
            CHECK (restates IN (
                'contribution', 'disbursement', 'repayment', 'reversal',
                'write_off', 'recovery', 'declaration')),
        CONSTRAINT ck_journal_entries_loan_unless_contribution
            CHECK ((kind = 'contribution') = (loan_id IS NULL)),
        CONSTRAINT ck_journal_entries_repayment_named
            CHECK ((kind IN ('repayment', 'reversal')) = (repayment_id IS NOT NULL)),
        CONSTRAINT ck_journal_entries_reversal_names_original
            CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
        CONSTRAINT ck_journal_entries_declaration_restates
            CHECK ((kind = 'declaration') = (restates IS NOT NULL)),
        CONSTRAINT fk_journal_entries_fund_id FOREIGN KEY (fund_id) REFERENCES loans.funds (id),
        CONSTRAINT fk_journal_entries_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id),
        CONSTRAINT fk_journal_entries_repayment_id
            FOREIGN KEY (repayment_id) REFERENCES loans.repayments (id),
        CONSTRAINT fk_journal_entries_reverses
            FOREIGN KEY (reverses) REFERENCES loans.journal_entries (id)
    )
    """,
    """
    CREATE TABLE loans.reversals (
        id UUID NOT NULL,
        repayment_id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        amount_cents BIGINT NOT NULL,
        reversed_on DATE NOT NULL,
        reason TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_reversals PRIMARY KEY (id),
        CONSTRAINT ck_reversals_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT uq_reversals_repayment_id UNIQUE (repayment_id),
        CONSTRAINT fk_reversals_repayment_id
            FOREIGN KEY (repayment_id) REFERENCES loans.repayments (id),
        CONSTRAINT fk_reversals_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id)
    )
    """,
    """
    CREATE TABLE loans.postings (
        entry_id UUID NOT NULL,
        rank SMALLINT NOT NULL,
        account TEXT NOT NULL,
        funder_id UUID NOT NULL,
        amount_cents BIGINT NOT NULL,
        CONSTRAINT pk_postings PRIMARY KEY (entry_id, rank),
        CONSTRAINT ck_postings_account_known
            CHECK (account IN ('cash', 'capital', 'loans', 'losses', 'recoveries')),
        CONSTRAINT ck_postings_amount_not_zero CHECK (amount_cents <> 0),
        CONSTRAINT fk_postings_entry_id FOREIGN KEY (entry_id) REFERENCES loans.journal_entries (id),
        CONSTRAINT fk_postings_funder_id FOREIGN KEY (funder_id) REFERENCES loans.funders (id)
    )
    """,
)

INDEXES = (
    "CREATE INDEX ix_loans_cae_siren_id ON loans.loans (cae_siren, id)",
    "CREATE INDEX ix_loans_entrepreneur_id ON loans.loans (entrepreneur_id)",
    "CREATE INDEX ix_loans_fund_id_id ON loans.loans (fund_id, id)",
    "CREATE INDEX ix_loans_region_id ON loans.loans (region, id)",
    "CREATE INDEX ix_loan_shares_funder_id ON loans.loan_shares (funder_id)",
    "CREATE INDEX ix_recoveries_loan_id ON loans.recoveries (loan_id)",
    "CREATE INDEX ix_journal_entries_fund_id_on_date ON loans.journal_entries (fund_id, on_date)",
    "CREATE INDEX ix_journal_entries_loan_id ON loans.journal_entries (loan_id)",
    (
        "CREATE UNIQUE INDEX uq_journal_entries_reverses ON loans.journal_entries (reverses)"
        " WHERE reverses IS NOT NULL"
    ),
    "CREATE INDEX ix_reversals_loan_id ON loans.reversals (loan_id)",
)

# What a fund promises must be there: the domain decides under the fund's lock, and this is the last line.
# It looks when a promise grows only: a bounced repayment may leave less than what was promised.
PROMISES = (
    """
    CREATE FUNCTION loans.fund_promises_what_it_has() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE free bigint;
    BEGIN
        SELECT coalesce((SELECT sum(amount_cents) FROM loans.contributions WHERE fund_id = NEW.id), 0)
             + coalesce((SELECT sum(repaid_cents + recovered_cents - principal_cents)
                           FROM loans.loans WHERE fund_id = NEW.id), 0)
             - NEW.committed_cents
          INTO free;
        IF free < 0 THEN
            RAISE EXCEPTION 'fund % would promise % cents more than it has', NEW.id, -free
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER promises_what_it_has BEFORE UPDATE OF committed_cents ON loans.funds
        FOR EACH ROW WHEN (NEW.committed_cents > OLD.committed_cents)
        EXECUTE FUNCTION loans.fund_promises_what_it_has()
    """,
)

# Facts are never edited or deleted: what corrects them is another row.
FACTS = ("contributions", "repayments", "reversals", "recoveries")


def upgrade() -> None:
    for statement in (*TABLES, *INDEXES, *triggers("loans"), *PROMISES):
        op.execute(statement)
    for table in FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION loans.journal_is_append_only()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER promises_what_it_has ON loans.funds")
    op.execute("DROP TRIGGER append_only ON loans.contributions")
    for table in reversed(TABLES):
        op.execute(table.strip().split("(")[0].replace("CREATE", "DROP"))
    op.execute("DROP FUNCTION loans.fund_promises_what_it_has")
    op.execute("DROP FUNCTION loans.postings_add_up, loans.journal_is_append_only")
