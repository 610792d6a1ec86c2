"""The measured path of one repayment."""

from alembic import op

revision = "loans_0015"
down_revision = "loans_0014"
branch_labels = None
depends_on = None

# Each statement of a function has a snapshot of its own: what is read after the lock is as the movement
# before left it, which no single statement could tell.
LOCK_KEPT_LOAN = """
    CREATE FUNCTION loans.lock_kept_loan(of_id uuid, of_regions text[], of_cae text)
        RETURNS TABLE (loan loans.loans, ranks smallint[], due_on date[], amounts bigint[],
                       cumulative bigint[], funder_ids uuid[], principals bigint[], weights bigint[],
                       credited bigint[], lost bigint[], recovered bigint[], repayments int)
        LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    BEGIN
        SELECT l.* INTO loan FROM loans.loans l
         WHERE l.id = of_id AND (of_regions IS NULL OR l.region = ANY (of_regions))
           AND (of_cae IS NULL OR l.cae_siren = of_cae)
           FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT array_agg(i.rank ORDER BY i.rank), array_agg(i.due_on ORDER BY i.rank),
               array_agg(i.amount_cents ORDER BY i.rank), array_agg(i.cumulative_cents ORDER BY i.rank)
          INTO ranks, due_on, amounts, cumulative
          FROM loans.instalments i WHERE i.loan_id = of_id AND i.version = loan.schedule_version;
        SELECT array_agg(s.funder_id ORDER BY f.rank), array_agg(s.principal_cents ORDER BY f.rank),
               array_agg(s.weight_cents ORDER BY f.rank), array_agg(s.credited_cents ORDER BY f.rank),
               array_agg(s.lost_cents ORDER BY f.rank), array_agg(s.recovered_cents ORDER BY f.rank)
          INTO funder_ids, principals, weights, credited, lost, recovered
          FROM loans.loan_shares s JOIN loans.funders f ON f.id = s.funder_id WHERE s.loan_id = of_id;
        SELECT coalesce(max(r.recorded_rank), 0) INTO repayments
          FROM loans.repayments r WHERE r.loan_id = of_id;
        RETURN NEXT;
    END $$
"""


def upgrade() -> None:
    op.execute(LOCK_KEPT_LOAN)


def downgrade() -> None:
    op.execute("DROP FUNCTION loans.lock_kept_loan")
