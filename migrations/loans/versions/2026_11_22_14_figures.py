"""What the portfolio's figures are kept as, by day, month and year.

A movement only marks its loan, by a trigger that no writer can forget: two movements never wait for a figure
that they share. Whoever sums marked loans writes the figures, what each is summed for, and removes the mark.
"""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import FUNDER, OF_CAE, OF_REGION

revision = "loans_0014"
down_revision = "loans_0013"
branch_labels = None
depends_on = None

SUMMED = """
        due BIGINT NOT NULL,
        received_on_due BIGINT NOT NULL,
        disbursed BIGINT NOT NULL,
        outstanding BIGINT NOT NULL,
        arrears BIGINT NOT NULL,
        outstanding_late_over_30 BIGINT NOT NULL,
        outstanding_late_over_60 BIGINT NOT NULL,
        outstanding_late_over_90 BIGINT NOT NULL,
        written_off BIGINT NOT NULL,
        recovered BIGINT NOT NULL,
"""
# Small rows of a large table, updated in place: what is summed again stays on its page.
ROOMY = "WITH (fillfactor = 90)"

FIGURES = (
    f"""
    CREATE TABLE loans.funder_figures (
        funder_id UUID NOT NULL,
        span TEXT NOT NULL,
        starts_on DATE NOT NULL,
        cohort SMALLINT NOT NULL,
        region TEXT NOT NULL,
        {SUMMED}
        CONSTRAINT pk_funder_figures PRIMARY KEY (funder_id, span, starts_on, cohort),
        CONSTRAINT fk_funder_figures_funder_id_region
            FOREIGN KEY (funder_id, region) REFERENCES loans.funders (id, region),
        CONSTRAINT ck_funder_figures_span_known CHECK (span IN ('day', 'month', 'year'))
    ) {ROOMY}
    """,
    f"""
    CREATE TABLE loans.cae_figures (
        cae_siren TEXT NOT NULL,
        span TEXT NOT NULL,
        starts_on DATE NOT NULL,
        funder_id UUID NOT NULL,
        cohort SMALLINT NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        {SUMMED}
        CONSTRAINT pk_cae_figures PRIMARY KEY (cae_siren, span, starts_on, funder_id, cohort),
        CONSTRAINT fk_cae_figures_funder_id_region
            FOREIGN KEY (funder_id, region) REFERENCES loans.funders (id, region),
        CONSTRAINT ck_cae_figures_span_known CHECK (span IN ('day', 'month', 'year'))
    ) {ROOMY}
    """,
    """
    CREATE TABLE loans.loan_figures (
        loan_id UUID NOT NULL,
        changes JSON NOT NULL,
        CONSTRAINT pk_loan_figures PRIMARY KEY (loan_id),
        CONSTRAINT fk_loan_figures_loan_id FOREIGN KEY (loan_id) REFERENCES loans.loans (id)
    )
    """,
)

MARKS = (
    # What a position needs beside the figures: the few entries that are of no loan.
    """
    CREATE INDEX ix_journal_entries_of_no_loan ON loans.journal_entries (fund_id, on_date)
        WHERE loan_id IS NULL
    """,
    "ALTER TABLE loans.loans ADD COLUMN figures_stale BOOLEAN NOT NULL DEFAULT true",
    """
    CREATE INDEX ix_loans_figures_stale ON loans.loans (fund_id, disbursed_on, id) WHERE figures_stale
    """,
    """
    CREATE FUNCTION loans.figures_go_stale() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.figures_stale := true;
        RETURN NEW;
    END $$
    """,
    # Named columns: taking the mark off is an update too.
    """
    CREATE TRIGGER figures_go_stale
        BEFORE UPDATE OF principal_cents, repaid_cents, written_off_cents, recovered_cents, written_off_on,
                         schedule_version, disbursed_on, cae_siren, fund_id ON loans.loans
        FOR EACH ROW WHEN (NOT NEW.figures_stale) EXECUTE FUNCTION loans.figures_go_stale()
    """,
    # Who bears a loan and who hosts its borrower change without a movement of money.
    """
    CREATE FUNCTION loans.figures_of_loans_go_stale() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        UPDATE loans.loans l SET figures_stale = true FROM changed c
         WHERE l.id = c.loan_id AND NOT l.figures_stale;
        PERFORM set_config('essor.role', caller, true);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER figures_go_stale AFTER DELETE ON loans.loan_shares REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION loans.figures_of_loans_go_stale()
    """,
    """
    CREATE TRIGGER figures_go_stale_at_arrival AFTER INSERT ON loans.cae_stays
        REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION loans.figures_of_loans_go_stale()
    """,
    """
    CREATE TRIGGER figures_go_stale_at_departure AFTER UPDATE ON loans.cae_stays
        REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION loans.figures_of_loans_go_stale()
    """,
    # Whoever reads figures must know which loans they are behind on, though they see no loan: ids alone.
    """
    CREATE FUNCTION loans.stale_loans(in_regions text[], in_funds uuid[], of_cohorts integer[],
                                      hosted_by text[], fed_by text[])
        RETURNS TABLE (loan_id uuid) LANGUAGE plpgsql AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
        SELECT l.id FROM loans.loans l
         WHERE l.figures_stale
           AND (in_regions IS NULL OR l.region = ANY (in_regions))
           AND (in_funds IS NULL OR l.fund_id = ANY (in_funds))
           AND (of_cohorts IS NULL OR extract(year FROM l.disbursed_on) = ANY (of_cohorts))
           AND (hosted_by IS NULL OR EXISTS (
                SELECT FROM loans.cae_stays s WHERE s.loan_id = l.id AND s.cae_siren = ANY (hosted_by)))
           AND (fed_by IS NULL OR EXISTS (
                SELECT FROM loans.funders f WHERE f.fund_id = l.fund_id AND f.siren = ANY (fed_by)));
        PERFORM set_config('essor.role', caller, true);
    END $$
    """,
)

OWN = f"funder_id = ANY (ARRAY(SELECT id FROM loans.funders WHERE siren = {FUNDER}))"  # noqa: S608
READS = {
    "funder_figures": (OF_REGION, OWN),
    "cae_figures": (OF_REGION, OF_CAE, OWN),
    "loan_figures": (),
}


def upgrade() -> None:
    for statement in (*FIGURES, *MARKS):
        op.execute(statement)
    for table, reads in READS.items():
        for statement in tenancy.policies("loans", table, reads=reads, writes=()):
            op.execute(statement)


def downgrade() -> None:
    """Figures can be summed again from the facts."""
    op.execute("DROP TRIGGER figures_go_stale ON loans.loan_shares")
    op.execute("DROP TRIGGER figures_go_stale_at_arrival ON loans.cae_stays")
    op.execute("DROP TRIGGER figures_go_stale_at_departure ON loans.cae_stays")
    op.execute("DROP TRIGGER figures_go_stale ON loans.loans")
    op.execute("DROP FUNCTION loans.figures_go_stale, loans.figures_of_loans_go_stale, loans.stale_loans")
    op.execute("DROP INDEX loans.ix_journal_entries_of_no_loan")
    for table in READS:
        op.execute(f"DROP TABLE loans.{table}")
    op.execute("ALTER TABLE loans.loans DROP COLUMN figures_stale")
