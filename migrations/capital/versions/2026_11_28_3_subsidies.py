"""What a co-funder is told of the awards that it bears a part of: it reads no dossier."""

from alembic import op

revision = "capital_0009"
down_revision = "capital_0008"
branch_labels = None
depends_on = None

# Told as the owner, whom the policies hold too. No column of it is about the person.
AWARDS_OF_FUNDER = """
    CREATE FUNCTION capital.awards_of_funder(asked uuid, of_year integer)
    RETURNS TABLE (id uuid, scheme_id uuid, version_id uuid, cae_siren text, cae_siret text, cae_name text,
                   award_cents bigint, decided_on date, decision_reference text, paid_on date)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE caller text := current_setting('essor.role', true);
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        RETURN QUERY
            SELECT top_up.id, top_up.scheme_id, top_up.version_id, top_up.cae_siren, top_up.cae_siret,
                   top_up.cae_name, top_up.award_cents, top_up.decided_on, top_up.decision_reference,
                   CASE WHEN top_up.status <> 'granted' THEN
                       (SELECT max(payment.paid_on)
                          FROM capital.payment_lines AS line
                          JOIN capital.payments AS payment ON payment.id = line.payment_id
                         WHERE line.top_up_id = top_up.id) END
              FROM capital.schemes AS scheme
              JOIN capital.top_ups AS top_up ON top_up.scheme_id = scheme.id
             WHERE current_setting('essor.funder', true) = ANY (scheme.funder_sirens)
               AND (asked IS NULL OR scheme.id = asked)
               AND top_up.award_cents IS NOT NULL AND top_up.status <> 'cancelled'
               AND top_up.decided_on BETWEEN make_date(of_year, 1, 1) AND make_date(of_year, 12, 31);
        PERFORM set_config('essor.role', caller, true);
    END $$
"""


def upgrade() -> None:
    op.execute(AWARDS_OF_FUNDER)


def downgrade() -> None:
    op.execute("DROP FUNCTION capital.awards_of_funder")
