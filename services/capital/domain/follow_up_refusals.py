"""What the rules of follow-ups refuse, in their own words."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal


class PaymentFollowedUp(Refusal):
    """Somebody saw the capital that it paid for: it did arrive."""

    code = "payment-followed-up"
    title = Text("Paiement suivi", "Payment followed up")
    detail = Text(
        "Le paiement ne s'annule plus : un suivi a été enregistré pour {top_up_ids}.",
        "The payment can no longer be reversed: a follow-up was recorded for {top_up_ids}.",
    )


class FollowUpAlreadyRecorded(Refusal):
    """Of a day one answer stands; another of that day corrects it, or is the same told twice."""

    code = "follow-up-already-recorded"
    title = Text("Suivi déjà enregistré", "Follow-up already recorded")
    detail = Text(
        "Un suivi du {checked_on} est déjà enregistré ({follow_up_id}) ; s'il est faux, dites que le "
        "nouveau le corrige.",
        "A follow-up of {checked_on} is already recorded ({follow_up_id}); if it is wrong, say that it is "
        "corrected.",
    )


class FollowUpAlreadyCorrected(Refusal):
    code = "follow-up-already-corrected"
    title = Text("Suivi déjà corrigé", "Follow-up already corrected")
    detail = Text(
        "Ce suivi est déjà corrigé par {corrected_by} : c'est ce dernier qui peut l'être.",
        "This follow-up is already corrected by {corrected_by}: that one may be corrected.",
    )
