"""The dates that rules compare, by the names of their fields at every door."""

from services.kernel.language import Word


class DateField(Word):
    """Each French label starts with « date »: sentences say « la » before it."""

    ADMITTED_ON = (
        "admitted_on",
        "date d'admission par l'assemblée générale",
        "date of admission by the general meeting",
    )
    AS_OF = "as_of", "date d'arrêté", "as-of date"
    CANCELLED_ON = "cancelled_on", "date d'annulation", "cancellation date"
    CAPE_ENDED_ON = "cape_ended_on", "date de fin du CAPE", "end date of the CAPE"
    CAPE_STARTED_ON = "cape_started_on", "date de début du CAPE", "start date of the CAPE"
    CAPITAL_WITHDRAWN_ON = (
        "capital_withdrawn_on",
        "date de retrait du capital",
        "date the capital was withdrawn",
    )
    CHECKED_ON = "checked_on", "date du contrôle", "date of the check"
    CONFIRMED_ON = "confirmed_on", "date de confirmation", "confirmation date"
    CONTACTED_ON = "contacted_on", "date du contact", "date of the contact"
    DAY = "day", "date de clôture", "day of the close"
    DECIDED_ON = "decided_on", "date de décision", "decision date"
    DECLARED_ON = "declared_on", "date de déclaration", "declaration date"
    DECLINED_ON = "declined_on", "date de renoncement à l'offre", "date of the decline"
    DISBURSED_ON = "disbursed_on", "date de versement", "disbursement date"
    DONE_ON = "done_on", "date de la relance", "date of the reminder"
    DUE_ON = "due_on", "date d'échéance", "due date"
    EFFECTIVE_ON = "effective_on", "date d'effet de la fusion", "date the succession takes effect"
    ENDED_ON = "ended_on", "date de fin des versements", "date of the end of disbursements"
    FROM_ON = "from_on", "date d'entrée au comité", "date of entry to the committee"
    ACCELERATED_ON = "accelerated_on", "date de déchéance du terme", "acceleration date"
    FROM = "from", "date d'effet", "effect date"
    STARTS_ON = "starts_on", "date de début", "start date"
    ENDS_ON = "ends_on", "date de fin", "end date"
    GRANTED_ON = "granted_on", "date d'octroi de l'aide", "date the aid was granted"
    HELD_ON = "held_on", "date de la séance du comité", "date of the committee's session"
    LEFT_ON = "left_on", "date de départ de la CAE", "date of departure from the CAE"
    LIFTED_ON = "lifted_on", "date de levée de la condition", "date the condition was lifted"
    MEMBER_SINCE = "member_since", "date d'entrée au sociétariat", "membership date"
    MOVED_ON = "moved_on", "date du changement de CAE", "date of the move to another CAE"
    NOTICED_ON = "noticed_on", "date de mise en demeure", "date of the formal notice"
    ON = "on", "date de l'événement", "date of the event"
    OPENED_ON = "opened_on", "date d'ouverture du fonds", "opening date of the fund"
    PAID_ON = "paid_on", "date de paiement", "payment date"
    PAID_UP_ON = "paid_up_on", "date de libération de l'apport", "date the contribution was paid up"
    PREVIOUS_SUCCESSION_ON = (
        "previous_succession_on",
        "date d'effet de la fusion précédente",
        "date the previous succession took effect",
    )
    PROMISED_ON = "promised_on", "date de la promesse", "date of the promise"
    PROPOSED_ON = "proposed_on", "date de proposition", "proposal date"
    RECEIVED_ON = "received_on", "date de réception de l'argent", "date the money was received"
    REQUESTED_ON = "requested_on", "date de demande", "request date"
    REVERSED_ON = "reversed_on", "date d'annulation du paiement", "reversal date"
    SIGNED_ON = "signed_on", "date de signature", "signature date"
    STAYED_UNTIL = (
        "stayed_until",
        "date jusqu'à laquelle le capital est resté",
        "date until which the capital stayed",
    )
    SUBMITTED_ON = "submitted_on", "date de dépôt", "submission date"
    UNPAID_SINCE = "unpaid_since", "date du premier impayé", "date of the oldest unpaid instalment"
    UNTIL_ON = "until_on", "date de sortie du comité", "date of leaving the committee"
    VALID_FROM = "valid_from", "date d'effet", "date of effect"
    WAIVED_ON = "waived_on", "date d'abandon", "waiver date"
    WITHDRAWN_ON = "withdrawn_on", "date de retrait", "withdrawal date"
    WRITTEN_OFF_ON = "written_off_on", "date de passage en perte", "write-off date"
