"""What readers of the feed are told of top-ups, in one table. A type is never renamed.

`docs/fr/evenements.md` is this table. Types marked as declared are sent by later work.
"""

from services.kernel.language import Word


class CapitalEvent(Word):
    SCHEME_CREATED = "scheme.created", "un dispositif est créé", "a scheme was created"
    SCHEME_VERSION_ADDED = (
        "scheme.version_added",
        "un dispositif a de nouvelles règles, à partir d'une date",
        "a scheme was given new rules, from a date on",
    )
    SCHEME_VERSION_REPLACED = (
        "scheme.version_replaced",
        "une version que rien ne suit encore est remplacée",
        "a version that nothing follows yet was replaced",
    )
    SCHEME_COUNTERS_DIFFER = (
        "scheme.counters_differ",
        "le contrôle de nuit trouve des compteurs qui ne sont pas égaux aux abondements",
        "the nightly check found counters that do not equal the awards",
    )

    TOP_UP_REQUESTED = "top_up.requested", "un abondement est demandé", "a top-up was requested"
    TOP_UP_REASSESSED = (
        "top_up.reassessed",
        "de nouvelles règles s'appliquent à une demande en attente",
        "new rules apply to a request that waits",
    )
    TOP_UP_WAITING = (
        "top_up.waiting",
        "une demande d'abondement entre en liste d'attente",
        "a request for a top-up waits for room",
    )
    TOP_UP_PROMOTED = (
        "top_up.promoted",
        "une demande d'abondement sort de la liste d'attente : elle peut être décidée",
        "a request for a top-up left the waiting list: it may be decided",
    )
    TOP_UP_GRANTED = "top_up.granted", "un abondement est accordé", "a top-up was granted"
    TOP_UP_REFUSED = "top_up.refused", "un abondement est refusé", "a top-up was refused"
    TOP_UP_WITHDRAWN = (
        "top_up.withdrawn",
        "une demande d'abondement est retirée",
        "a request for a top-up was withdrawn",
    )
    TOP_UP_EXPIRED = (
        "top_up.expired",
        "une demande d'abondement expire sans décision",
        "a request for a top-up expired undecided",
    )
    TOP_UP_CANCELLED = (
        "top_up.cancelled",
        "l'octroi d'un abondement est annulé",
        "the grant of a top-up was cancelled",
    )
    TOP_UP_PAID = "top_up.paid", "un abondement est payé à la CAE", "a top-up was paid to the CAE"
    TOP_UP_DOCUMENT_ATTACHED = (
        "top_up.document_attached",
        "une pièce est jointe à un abondement",
        "a document was attached to a top-up",
    )
    TOP_UP_DOCUMENT_REMOVED = (
        "top_up.document_removed",
        "une pièce est retirée d'un abondement",
        "a document was removed from a top-up",
    )
    TOP_UP_FOLLOW_UP_DUE = (
        "top_up.follow_up_due",
        "le suivi à 12, 24 ou 36 mois d'un abondement est à faire",
        "the follow-up of a top-up at 12, 24 or 36 months is due",
    )
    TOP_UP_FOLLOWED_UP = (
        "top_up.followed_up",
        "le suivi d'un abondement est enregistré",
        "a follow-up of a top-up was recorded",
    )
    TOP_UP_FOLLOW_UP_CORRECTED = (
        "top_up.follow_up_corrected",
        "un suivi d'un abondement est corrigé par un autre",
        "a follow-up of a top-up was corrected by another",
    )
    TOP_UP_CLAWBACK_PROPOSED = (
        "top_up.clawback_proposed",
        "la reprise d'un abondement est proposée",
        "the clawback of a top-up was proposed",
    )
    TOP_UP_CLAWBACK_CONFIRMED = (
        "top_up.clawback_confirmed",
        "la reprise d'un abondement est confirmée : la CAE doit rendre le montant",
        "the clawback of a top-up was confirmed: the CAE owes the amount",
    )
    TOP_UP_CLAWBACK_RECEIVED = (
        "top_up.clawback_received",
        "une partie de ce qui est repris est rendue par la CAE",
        "a part of what is clawed back was given back by the CAE",
    )
    TOP_UP_CLAWBACK_WITHDRAWN = (
        "top_up.clawback_withdrawn",
        "la proposition de reprise d'un abondement est retirée",
        "the proposal to claw a top-up back was withdrawn",
    )
    TOP_UP_CLAWED_BACK = (
        "top_up.clawed_back",
        "un abondement est rendu par la CAE",
        "a top-up was given back by the CAE",
    )
    TOP_UP_CLAWBACK_WAIVED = (
        "top_up.clawback_waived",
        "la reprise d'un abondement est abandonnée",
        "the clawback of a top-up was waived",
    )
    TOP_UP_CLOSED = "top_up.closed", "le suivi d'un abondement est terminé", "a top-up was closed"

    TOP_UP_PAYMENT_REVERSED = (
        "top_up.payment_reversed",
        "le paiement d'un abondement est annulé : il est de nouveau à payer",
        "the payment of a top-up was reversed: it is to be paid again",
    )

    TOP_UP_TAKEN_ALONG = (
        "top_up.taken_along",
        "un abondement suit sa CAE dans celle qui l'absorbe",
        "a top-up went along with its CAE to the one that succeeds it",
    )

    CAE_SUCCEEDED = (
        "cae.succeeded",
        "une CAE fusionne dans une autre, qui en a désormais les dossiers",
        "a CAE was succeeded by another, which has its dossiers from now on",
    )

    PAYMENT_MADE = "payment.made", "un paiement est fait à une CAE", "a payment was made to a CAE"
    PAYMENT_REVERSED = "payment.reversed", "un paiement est annulé", "a payment was reversed"

    DE_MINIMIS_DECLARED = (
        "de_minimis.declared",
        "une aide de minimis reçue d'un autre financeur est déclarée",
        "de minimis aid received from somebody else was declared",
    )
    DE_MINIMIS_DECLARATION_CANCELLED = (
        "de_minimis.declaration_cancelled",
        "la déclaration d'une aide de minimis est annulée : l'aide ne compte plus",
        "the declaration of de minimis aid was cancelled: the aid counts no more",
    )

    MEMBERSHIP_DEADLINE_NEAR = (
        "membership.deadline_near",
        "une personne doit être associée dans 6, 3 ou 1 mois",
        "a person must be a member within 6, 3 or 1 months",
    )


DECLARED: frozenset[CapitalEvent] = frozenset()
"""Written down so that integrators may be ready, and sent by nothing yet."""
