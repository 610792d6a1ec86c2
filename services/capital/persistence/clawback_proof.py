"""What must be true of clawbacks: the journal, the dossiers and the co-funders' parts say the same."""

CHECKS = {
    "clawback-receipts-add-up": """
        SELECT CAST(clawback.id AS text) AS subject, clawback.received_cents AS expected,
               coalesce(sum(receipt.amount_cents), 0) AS found
          FROM capital.clawbacks AS clawback
          LEFT JOIN capital.clawback_receipts AS receipt ON receipt.clawback_id = clawback.id
         GROUP BY clawback.id
        HAVING coalesce(sum(receipt.amount_cents), 0) <> clawback.received_cents
    """,
    "clawback-parts-add-up": """
        SELECT CAST(receipt.id AS text) AS subject, receipt.amount_cents AS expected,
               coalesce(sum(part.amount_cents), 0) AS found
          FROM capital.clawback_receipts AS receipt
          LEFT JOIN capital.clawback_parts AS part ON part.receipt_id = receipt.id
         GROUP BY receipt.id HAVING coalesce(sum(part.amount_cents), 0) <> receipt.amount_cents
    """,
    "clawed-back-equals-its-receipts": """
        SELECT CAST(top_up.id AS text) AS subject, coalesce(clawback.received_cents, 0) AS expected,
               top_up.clawed_back_cents AS found
          FROM capital.top_ups AS top_up
          LEFT JOIN capital.clawbacks AS clawback
            ON clawback.top_up_id = top_up.id AND clawback.withdrawn_on IS NULL
         WHERE coalesce(clawback.received_cents, 0) <> top_up.clawed_back_cents
    """,
    "clawback-says-its-status": """
        SELECT CAST(top_up.id AS text) AS subject, 1 AS expected, 0 AS found
          FROM capital.top_ups AS top_up
          LEFT JOIN capital.clawbacks AS clawback
            ON clawback.top_up_id = top_up.id AND clawback.withdrawn_on IS NULL
         WHERE CASE WHEN clawback.id IS NULL THEN NULL
                    WHEN clawback.waived_on IS NOT NULL THEN 'waived'
                    WHEN clawback.received_cents = clawback.amount_cents THEN 'clawed_back'
                    ELSE 'clawback_proposed' END
               IS DISTINCT FROM CASE WHEN top_up.status IN ('clawback_proposed', 'clawed_back', 'waived')
                                     THEN top_up.status END
    """,
    "clawback-equals-its-entries": """
        SELECT CAST(asked.top_up_id AS text) AS subject, asked.cents AS expected,
               coalesce(booked.cents, 0) AS found
          FROM (SELECT top_up_id, sum(CASE WHEN confirmed_on IS NULL THEN 0
                                           WHEN waived_on IS NULL THEN amount_cents
                                           ELSE received_cents END) AS cents
                  FROM capital.clawbacks GROUP BY top_up_id) AS asked
          LEFT JOIN (SELECT entry.top_up_id, -sum(posting.amount_cents) AS cents
                       FROM capital.journal_entries AS entry
                       JOIN capital.postings AS posting ON posting.entry_id = entry.id
                      WHERE posting.account = 'clawbacks' GROUP BY entry.top_up_id) AS booked
         USING (top_up_id)
         WHERE asked.cents <> coalesce(booked.cents, 0)
    """,
    "receivable-equals-asked-and-not-received": """
        SELECT scheme_id || ' ' || cae_siren AS subject, coalesce(due.cents, 0) AS expected,
               coalesce(booked.cents, 0) AS found
          FROM (SELECT scheme_id, cae_siren, sum(amount_cents - received_cents) AS cents
                  FROM capital.clawbacks
                 WHERE confirmed_on IS NOT NULL AND waived_on IS NULL
                 GROUP BY scheme_id, cae_siren) AS due
          FULL JOIN (SELECT entry.scheme_id, entry.cae_siren, sum(posting.amount_cents) AS cents
                       FROM capital.journal_entries AS entry
                       JOIN capital.postings AS posting ON posting.entry_id = entry.id
                      WHERE posting.account = 'receivable'
                      GROUP BY entry.scheme_id, entry.cae_siren) AS booked
         USING (scheme_id, cae_siren)
         WHERE coalesce(due.cents, 0) <> coalesce(booked.cents, 0)
    """,
    "clawback-part-equals-its-posting": """
        SELECT receipt_id || ' ' || siren AS subject, coalesce(part.cents, 0) AS expected,
               coalesce(booked.cents, 0) AS found
          FROM (SELECT receipt_id, funder_siren AS siren, sum(amount_cents) AS cents
                  FROM capital.clawback_parts GROUP BY receipt_id, funder_siren) AS part
          FULL JOIN (SELECT entry.clawback_receipt_id AS receipt_id, posting.funder_siren AS siren,
                            sum(posting.amount_cents) AS cents
                       FROM capital.journal_entries AS entry
                       JOIN capital.postings AS posting ON posting.entry_id = entry.id
                      WHERE posting.account = 'cash' AND entry.clawback_receipt_id IS NOT NULL
                      GROUP BY entry.clawback_receipt_id, posting.funder_siren) AS booked
         USING (receipt_id, siren)
         WHERE coalesce(part.cents, 0) <> coalesce(booked.cents, 0)
    """,
}
