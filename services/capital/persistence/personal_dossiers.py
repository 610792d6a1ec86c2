"""The dossiers of capital that are about a person: top-ups, when they end, and the rows that belong to them.

A paid one that nobody follows up ends with the last month of its rules all the same: it is not kept for ever.

A payment settles several people's top-ups at once: an export gives of it what is of one of them.
"""

from services.capital.persistence.tables import (
    clawback_parts,
    clawback_receipts,
    clawbacks,
    documents,
    follow_up_announcements,
    follow_ups,
    former_caes,
    journal_entries,
    membership_announcements,
    metadata,
    payment_lines,
    payment_reversals,
    payments,
    postings,
    top_ups,
)
from services.runtime.privacy.personal_dossiers import DossierKind, Place, history_places

_ENDED = """
    SELECT top_up.id,
           CASE WHEN payment.paid_on IS NULL THEN 'not_granted' ELSE 'carried_out' END AS ending,
           CASE WHEN top_up.status IN ('cancelled', 'clawed_back', 'waived')
                THEN greatest(payment.paid_on, clawback.waived_on, (SELECT max(entry.entry_on)
                                                                     FROM capital.journal_entries AS entry
                                                                    WHERE entry.top_up_id = top_up.id))
                WHEN top_up.status = 'closed'
                THEN (SELECT max(answer.checked_on) FROM capital.follow_ups AS answer
                       WHERE answer.top_up_id = top_up.id AND answer.corrected_by IS NULL)
                WHEN top_up.status = 'paid'
                THEN CAST(payment.paid_on + make_interval(months => coalesce(
                         version.follow_up_months[cardinality(version.follow_up_months)], 0)) AS date)
                ELSE top_up.decided_on
           END AS ended_on
      FROM capital.top_ups AS top_up
      JOIN capital.scheme_versions AS version ON version.id = top_up.version_id
      LEFT JOIN capital.payment_lines AS line ON line.top_up_id = top_up.id AND line.reversal_id IS NULL
      LEFT JOIN capital.payments AS payment ON payment.id = line.payment_id
      LEFT JOIN capital.clawbacks AS clawback
        ON clawback.top_up_id = top_up.id AND clawback.withdrawn_on IS NULL
     WHERE top_up.status IN ('refused', 'withdrawn', 'expired', 'cancelled', 'paid', 'clawed_back', 'waived',
                             'closed')
"""

_ENTRY = "JOIN capital.journal_entries AS entry ON entry.id = held.entry_id"
_LINE = "JOIN capital.payment_lines AS line ON line.payment_id = held.id"
_UNDONE_LINE = "JOIN capital.payment_lines AS line ON line.reversal_id = held.id"
_RECEIPT = "JOIN capital.clawback_receipts AS receipt ON receipt.id = held.receipt_id"
_OF_A_PAYMENT = frozenset({"id", "scheme_id", "cae_siren", "paid_on", "reference", "created_at"})
_OF_A_REVERSAL = frozenset({"id", "payment_id", "cae_siren", "reversed_on", "created_at"})

KINDS = (
    DossierKind(
        "top_up",
        top_ups,
        _ENDED,
        (
            Place(top_ups, "held.id"),
            Place(payment_lines, "held.top_up_id"),
            Place(documents, "held.top_up_id"),
            Place(former_caes, "held.top_up_id"),
            Place(membership_announcements, "held.top_up_id"),
            Place(follow_ups, "held.top_up_id"),
            Place(follow_up_announcements, "held.top_up_id"),
            Place(clawbacks, "held.top_up_id"),
            Place(clawback_receipts, "held.top_up_id"),
            Place(clawback_parts, "receipt.top_up_id", join=_RECEIPT),
            Place(journal_entries, "held.top_up_id"),
            Place(payments, "line.top_up_id", join=_LINE, shown=_OF_A_PAYMENT),
            Place(payment_reversals, "line.top_up_id", join=_UNDONE_LINE, shown=_OF_A_REVERSAL),
            Place(postings, "entry.top_up_id", join=_ENTRY),
            *history_places(metadata),
        ),
    ),
)
