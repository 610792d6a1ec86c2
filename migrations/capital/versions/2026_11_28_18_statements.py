"""What statements are made of: sums without a dossier, for who runs a scheme or bears a part of it."""

from alembic import op

revision = "capital_0024"
down_revision = "capital_0023"
branch_labels = None
depends_on = None

# Told as the owner, whom the policies hold too. Every fact counts from its own day; a payment that came back,
# from its reversal on, is none.
STATEMENT_FACTS = """
    CREATE FUNCTION capital.statement_facts(asked uuid, as_of date)
    RETURNS TABLE (figure text, payment_id uuid, version_id uuid, year integer, funder_siren text,
                   cents bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE
        caller text := current_setting('essor.role', true);
        regions text[] := string_to_array(nullif(current_setting('essor.regions', true), ''), ',');
        funder text := current_setting('essor.funder', true);
        may_read boolean;
    BEGIN
        PERFORM set_config('essor.role', 'system', true);
        SELECT CASE caller WHEN 'operator' THEN scheme.region = ANY (regions)
                           WHEN 'funder' THEN funder = ANY (scheme.funder_sirens)
                           ELSE caller IN ('admin', 'system') END
          INTO may_read FROM capital.schemes AS scheme WHERE scheme.id = asked;
        IF may_read THEN
            RETURN QUERY
                SELECT 'awarded', CAST(NULL AS uuid), top_up.version_id,
                       CAST(extract(year FROM top_up.decided_on) AS integer), CAST(NULL AS text),
                       CAST(sum(posting.amount_cents) AS bigint)
                  FROM capital.journal_entries AS entry
                  JOIN capital.postings AS posting ON posting.entry_id = entry.id
                  JOIN capital.top_ups AS top_up ON top_up.id = entry.top_up_id
                 WHERE entry.scheme_id = asked AND posting.account = 'awards' AND entry.entry_on <= as_of
                 GROUP BY 3, 4
                 UNION ALL
                SELECT 'paid', line.payment_id, line.version_id,
                       CAST(extract(year FROM top_up.decided_on) AS integer), NULL,
                       CAST(sum(line.amount_cents) AS bigint)
                  FROM capital.payments AS payment
                  JOIN capital.payment_lines AS line ON line.payment_id = payment.id
                  JOIN capital.top_ups AS top_up ON top_up.id = line.top_up_id
                  LEFT JOIN capital.payment_reversals AS reversal ON reversal.payment_id = payment.id
                 WHERE payment.scheme_id = asked AND payment.paid_on <= as_of
                   AND (reversal.id IS NULL OR reversal.reversed_on > as_of)
                 GROUP BY 2, 3, 4
                 UNION ALL
                SELECT 'clawed_back', NULL, receipt.version_id,
                       CAST(extract(year FROM top_up.decided_on) AS integer), part.funder_siren,
                       CAST(sum(part.amount_cents) AS bigint)
                  FROM capital.clawback_receipts AS receipt
                  JOIN capital.clawback_parts AS part ON part.receipt_id = receipt.id
                  JOIN capital.top_ups AS top_up ON top_up.id = receipt.top_up_id
                 WHERE receipt.scheme_id = asked AND receipt.received_on <= as_of
                 GROUP BY 3, 4, 5
                 UNION ALL
                SELECT 'to_come_back', NULL, clawback.version_id,
                       CAST(extract(year FROM top_up.decided_on) AS integer), NULL,
                       CAST(sum(CASE WHEN clawback.waived_on <= as_of THEN clawback.received_cents
                                     ELSE clawback.amount_cents END - received.cents) AS bigint)
                  FROM capital.clawbacks AS clawback
                  JOIN capital.top_ups AS top_up ON top_up.id = clawback.top_up_id
                 CROSS JOIN LATERAL (SELECT coalesce(sum(receipt.amount_cents), 0) AS cents
                                       FROM capital.clawback_receipts AS receipt
                                      WHERE receipt.clawback_id = clawback.id
                                        AND receipt.received_on <= as_of) AS received
                 WHERE clawback.scheme_id = asked AND clawback.confirmed_on <= as_of
                 GROUP BY 3, 4;
        END IF;
        PERFORM set_config('essor.role', caller, true);
    END $$
"""


def upgrade() -> None:
    op.execute(STATEMENT_FACTS)


def downgrade() -> None:
    op.execute("DROP FUNCTION capital.statement_facts")
