"""What the rules of clawbacks refuse, in their own words."""

from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal


class ClawbackAct(Word):
    """What a version may ask of a named person."""

    PROPOSAL = "proposal", "la proposition de reprise", "the proposal"
    WAIVER = "waiver", "l'abandon de la reprise", "the waiver"


class ClawbackSetting(Word):
    """As a version's rules name them."""

    WAIVER_BY_ANOTHER = "waiver_by_another", "abandon par une autre personne", "waiver by another person"


class NothingToClawBack(Refusal):
    """The rule takes nothing back, and the operator named no amount."""

    code = "nothing-to-claw-back"
    title = Text("Rien à reprendre", "Nothing to claw back")
    detail = Text(
        "Le capital est resté jusqu'au {stayed_until}, et l'engagement courait jusqu'au {promised_until} : "
        "la règle du dispositif ne reprend rien. Donnez le montant s'il faut reprendre pour un autre motif.",
        "The capital stayed until {stayed_until}, and was promised until {promised_until}: the scheme's rule "
        "takes nothing back. Give the amount where it is taken back for another reason.",
    )


class ClawbackTooLarge(Refusal):
    code = "clawback-too-large"
    title = Text("Reprise supérieure à ce qui a été payé", "Clawback larger than what was paid")
    detail = Text(
        "Le montant de {amount_cents} dépasse les {paid_cents} payés ; la règle du dispositif en reprend "
        "{computed_cents}.",
        "The amount of {amount_cents} is more than the {paid_cents} paid; the scheme's rule takes "
        "{computed_cents} back.",
    )


class ClawbackAlreadyConfirmed(Refusal):
    code = "clawback-already-confirmed"
    title = Text("Reprise déjà confirmée", "Clawback already confirmed")
    detail = Text(
        "La reprise de {amount_cents} a déjà été confirmée le {confirmed_on}.",
        "The clawback of {amount_cents} was already confirmed on {confirmed_on}.",
    )


class ClawbackExceeded(Refusal):
    """More came back than is still owed."""

    code = "clawback-exceeded"
    title = Text("Montant supérieur au reste à reprendre", "More than what is still owed")
    detail = Text(
        "Le montant de {amount_cents} dépasse ce qui reste à rendre : {owed_cents} ({asked_cents} demandés, "
        "{received_cents} reçus).",
        "The amount of {amount_cents} is more than what is still to come: {owed_cents} ({asked_cents} asked "
        "for, {received_cents} received).",
    )


class TooManyReceipts(Refusal):
    """Ten years of months: what is left comes by one receipt, or is waived."""

    code = "too-many-receipts"
    title = Text("Trop de rentrées", "Too many receipts")
    detail = Text(
        "La reprise a déjà {receipts} rentrées : la prochaine rend tout ce qui reste, {owed_cents}.",
        "The clawback has {receipts} receipts already: the next one gives all that is left, {owed_cents}.",
    )


class ClawbackUnderWay(Refusal):
    """What was confirmed is owed: it ends by a receipt or a waiver."""

    code = "clawback-under-way"
    title = Text("Reprise en cours", "Clawback under way")
    detail = Text(
        "La reprise a été confirmée le {confirmed_on} ({received_cents} reçus) : elle ne se retire plus, "
        "elle s'abandonne.",
        "The clawback was confirmed on {confirmed_on} ({received_cents} received): it is no longer "
        "withdrawn, it is waived.",
    )


class PaymentClawedBack(Refusal):
    """The payment arrived: what it paid is being taken back, or was."""

    code = "payment-clawed-back"
    title = Text("Paiement repris", "Payment clawed back")
    detail = Text(
        "Le paiement ne s'annule plus : une reprise a été proposée pour {top_up_ids}.",
        "The payment can no longer be reversed: a clawback was proposed for {top_up_ids}.",
    )


class PersonRequired(Refusal):
    code = "person-required"
    title = Text("Personne à nommer", "A person must be named")
    detail = Text(
        "Le dispositif demande une personne nommée pour {act} (réglage « {setting} ») ; le jeton n'en nomme "
        "pas.",
        "The scheme asks for a named person for {act} (setting: {setting}); the token names nobody.",
    )


class AnotherPersonRequired(Refusal):
    code = "another-person-required"
    title = Text("Une autre personne est demandée", "Another person is required")
    detail = Text(
        "Le dispositif demande pour {act} une autre personne que celle qui a proposé la reprise (réglage "
        "« {setting} »).",
        "The scheme asks for another person for {act} than the one who proposed the clawback (setting: "
        "{setting}).",
    )
