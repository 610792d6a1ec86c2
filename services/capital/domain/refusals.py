"""What the rules of the top-ups refuse, in their own words."""

from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal


class CapitalElement(Word):
    SCHEME = "scheme", "dispositif", "scheme"
    TOP_UP = "top_up", "abondement", "top-up"
    PAYMENT = "payment", "paiement", "payment"


class CaeCapReached(Refusal):
    """The award did not fit in the cap of its CAE (by SIREN) over the cap's period."""

    code = "cae-cap-reached"
    title = Text("Plafond de la CAE atteint", "The CAE's cap is reached")
    detail = Text(
        "L'abondement de {entitlement_cents} ne tient pas dans le plafond de la CAE : il reste {room_cents} "
        "sur {limit_cents} (période : {period}).",
        "The top-up of {entitlement_cents} does not fit in the CAE's cap: {room_cents} is left "
        "of {limit_cents} (period: {period}).",
    )


class SchemeBudgetExhausted(Refusal):
    code = "scheme-budget-exhausted"
    title = Text("Enveloppe du dispositif épuisée", "The scheme's budget is exhausted")
    detail = Text(
        "L'abondement de {entitlement_cents} ne tient pas dans l'enveloppe du dispositif : "
        "il reste {room_cents} sur {limit_cents} (période : {period}).",
        "The top-up of {entitlement_cents} does not fit in the scheme's budget: {room_cents} is left "
        "of {limit_cents} (period: {period}).",
    )


class AlreadyAwarded(Refusal):
    code = "already-awarded"
    title = Text("Personne déjà abondée", "Already awarded")
    detail = Text(
        "Cette personne a déjà reçu un abondement de ce dispositif, qui n'en accorde qu'un par personne.",
        "This person already has a top-up from this scheme, which gives one per person.",
    )


class BelowFloorRefusal(Refusal):
    code = "below-floor"
    title = Text("Apport inférieur au plancher", "Below the floor")
    detail = Text(
        "L'apport libéré de {paid_up_cents} ouvre droit à moins que le plancher de {floor_cents}.",
        "The paid-up contribution of {paid_up_cents} gives less than the floor of {floor_cents}.",
    )


class NoVersionInForce(Refusal):
    code = "no-version-in-force"
    title = Text("Aucune version du dispositif à cette date", "No version of the scheme on that date")
    detail = Text(
        "L'apport, libéré le {paid_up_on}, précède la première version du dispositif ({first_version_on}).",
        "The contribution, paid up on {paid_up_on}, precedes the first version ({first_version_on}).",
    )


class VersionDateTaken(Refusal):
    code = "version-date-taken"
    title = Text("Une version commence déjà ce jour-là", "A version already starts on that day")
    detail = Text(
        "Une version du dispositif prend déjà effet le {valid_from} ; choisissez une autre date.",
        "A version of the scheme already takes effect on {valid_from}; choose another date.",
    )


class PaymentMixesDossiers(Refusal):
    """A payment goes to one CAE, for one scheme."""

    code = "payment-mixes-dossiers"
    title = Text("Dossiers d'une autre CAE ou d'un autre dispositif", "Dossiers of another CAE or scheme")
    detail = Text(
        "Un paiement va à une seule CAE pour un seul dispositif ; ne sont pas dans ce cas : {top_up_ids}.",
        "A payment goes to one CAE for one scheme; these do not belong to it: {top_up_ids}.",
    )


class NotPayable(Refusal):
    code = "not-payable"
    title = Text("Abondement non payable", "Not payable")
    detail = Text(
        "Seul un abondement accordé et pas encore payé peut l'être ; ce n'est pas le cas de : {top_up_ids}.",
        "Only a top-up granted and not yet paid can be paid; these are not: {top_up_ids}.",
    )
