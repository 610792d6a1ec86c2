"""Of the capital kept, only what somebody saw is counted: `least` passes over a NULL."""

from alembic import op

revision = "capital_0021"
down_revision = "capital_0020"
branch_labels = None
depends_on = None

PROOF = """
    CREATE OR REPLACE FUNCTION capital.proof_of_use(asked uuid, as_of date)
    RETURNS TABLE (cae_siren text, cae_name text, months smallint, due bigint, proven bigint, ended bigint,
                   awarded_cents bigint, proven_cents bigint, brought_cents bigint, kept_cents bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
        SELECT top_up.cae_siren, max(top_up.cae_name), milestone.months, count(*),
               count(*) FILTER (WHERE seen.is_proof), count(*) FILTER (WHERE NOT seen.is_proof),
               CAST(sum(top_up.award_cents) AS bigint),
               CAST(coalesce(sum(top_up.award_cents) FILTER (WHERE seen.is_proof), 0) AS bigint),
               CAST(coalesce(sum(brought.cents) FILTER (WHERE seen.is_proof IS NOT NULL), 0) AS bigint),
               CAST(coalesce(sum(CASE WHEN seen.is_proof AND NOT seen.in_place THEN brought.cents
                                      ELSE least(seen.capital_kept_cents, brought.cents) END){counted}, 0)
                    AS bigint)
          FROM capital.top_ups AS top_up
          JOIN capital.payment_lines AS line ON line.top_up_id = top_up.id AND line.reversal_id IS NULL
          JOIN capital.payments AS payment ON payment.id = line.payment_id
          JOIN capital.scheme_versions AS version ON version.id = top_up.version_id
         CROSS JOIN LATERAL unnest(version.follow_up_months) AS milestone (months)
         CROSS JOIN LATERAL (SELECT CASE version.contribution_basis WHEN 'subscribed'
                                    THEN top_up.subscribed_cents ELSE top_up.paid_up_cents END AS cents)
               AS brought
          LEFT JOIN LATERAL (
                SELECT answer.proven_months >= milestone.months AS is_proof, answer.capital_kept_cents,
                       answer.still_member AND NOT answer.ended_early AS in_place
                  FROM capital.follow_ups AS answer
                 WHERE answer.top_up_id = top_up.id AND answer.corrected_by IS NULL
                   AND answer.checked_on <= as_of
                   AND (answer.ended_early OR answer.proven_months >= milestone.months)
                 ORDER BY is_proof DESC, answer.checked_on LIMIT 1) AS seen ON true
         WHERE top_up.scheme_id = asked
           AND top_up.status IN ('clawback_proposed', 'clawed_back', 'closed', 'paid', 'waived')
           AND CAST(payment.paid_on + make_interval(months => milestone.months) AS date) <= as_of
         GROUP BY top_up.cae_siren, milestone.months
    $$
"""
SEEN = " FILTER (WHERE seen.is_proof IS NOT NULL)"


def upgrade() -> None:
    op.execute(PROOF.replace("{counted}", SEEN))


def downgrade() -> None:
    op.execute(PROOF.replace("{counted}", ""))
