"""What must be true of follow-ups: a dossier keeps what the answers that stand come to."""

CHECKS = {
    "proven-months-equal-answers": """
        SELECT CAST(top_up.id AS text) AS subject, coalesce(answered.months, 0) AS expected,
               top_up.proven_months AS found
          FROM capital.top_ups AS top_up
          LEFT JOIN (SELECT top_up_id, max(proven_months) AS months FROM capital.follow_ups
                      WHERE corrected_by IS NULL GROUP BY top_up_id) AS answered
            ON answered.top_up_id = top_up.id
         WHERE coalesce(answered.months, 0) <> top_up.proven_months
    """,
    "closed-when-the-last-month-is-proven": """
        SELECT CAST(top_up.id AS text) AS subject, 1 AS expected, 0 AS found
          FROM capital.top_ups AS top_up
          JOIN capital.scheme_versions AS version ON version.id = top_up.version_id
         WHERE top_up.status = 'closed'
           AND top_up.proven_months
               IS DISTINCT FROM version.follow_up_months[cardinality(version.follow_up_months)]
    """,
}
