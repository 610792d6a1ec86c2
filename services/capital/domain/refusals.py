"""What the rules of the top-ups refuse, in their own words."""

from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal


class CapitalElement(Word):
    SCHEME = "scheme", "dispositif", "scheme"
    VERSION = "version", "version d'un dispositif", "version of a scheme"
    TOP_UP = "top_up", "abondement", "top-up"
    PAYMENT = "payment", "paiement", "payment"
    CLAWBACK = "clawback", "reprise", "clawback"
    FUNDER = "funder", "cofinanceur", "co-funder"
    FOLLOW_UP = "follow_up", "suivi", "follow-up"
    DE_MINIMIS_DECLARATION = (
        "de_minimis_declaration",
        "déclaration d'aide de minimis",
        "declaration of de minimis aid",
    )
    SUCCESSION = "succession", "fusion", "succession"


class FunderSiretMissing(Refusal):
    code = "funder-siret-missing"
    title = Text("SIRET d'un financeur manquant", "A funder's SIRET is missing")
    detail = Text(
        "Le fichier donne le SIRET de chaque attribuant ; il manque celui de : {funders}. L'opérateur le "
        "donne au dispositif, en ajoutant une version où ce financeur a son SIRET.",
        "The file tells each grantor's SIRET; it is missing for: {funders}. The operator gives it to the "
        "scheme, by adding a version in which this funder has its SIRET.",
    )


class ExportTooLarge(Refusal):
    code = "export-too-large"
    title = Text("Fichier trop volumineux", "Export too large")
    detail = Text(
        "Le dispositif a attribué cette année-là plus de {most_awards} abondements : un seul fichier ne peut "
        "pas les donner tous.",
        "The scheme awarded more than {most_awards} top-ups that year: one file cannot tell them all.",
    )


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


class DeMinimisCeilingReached(Refusal):
    """Refused whole: no part of aid that would pass the ceiling benefits from the regulation."""

    code = "de-minimis-ceiling-reached"
    title = Text("Plafond des aides de minimis atteint", "The de minimis ceiling is reached")
    detail = Text(
        "L'abondement de {award_cents} ferait dépasser à la CAE le plafond des aides de minimis "
        "({regulation}) : elle en a reçu {received_cents} du {counted_from} au {counted_on}, pour "
        "{ceiling_cents} au plus. Le plus haut montant possible est de {room_cents}.",
        "The top-up of {award_cents} would take the CAE past the ceiling of de minimis aid ({regulation}): "
        "it received {received_cents} from {counted_from} to {counted_on}, of {ceiling_cents} at most. The "
        "highest amount that would pass is {room_cents}.",
    )


class DeMinimisAidAlreadyDeclared(Refusal):
    """The same aid, to the letter: a colleague, another region or a retry declared it before."""

    code = "de-minimis-aid-already-declared"
    title = Text("Aide déjà déclarée", "Aid already declared")
    detail = Text(
        "Une aide de {amount_cents} du {granted_on}, de la même autorité et de la même référence, est déjà "
        "déclarée pour cette CAE.",
        "Aid of {amount_cents} of {granted_on}, of the same grantor and reference, is already declared for "
        "this CAE.",
    )


class DeclarationAlreadyCancelled(Refusal):
    code = "declaration-already-cancelled"
    title = Text("Déclaration déjà annulée", "Declaration already cancelled")
    detail = Text(
        "La déclaration a déjà été annulée le {cancelled_on}.",
        "The declaration was already cancelled on {cancelled_on}.",
    )


class DeclaredByTheOperator(Refusal):
    """A CAE takes back what it declared itself, and nothing else."""

    code = "declared-by-the-operator"
    title = Text("Aide déclarée par l'opérateur", "Declared by the operator")
    detail = Text(
        "L'opérateur a déclaré cette aide ; lui seul peut en annuler la déclaration.",
        "The operator declared this aid, and it alone may cancel the declaration.",
    )


class OthersWait(Refusal):
    """It keeps no room, and what is left is for those who wait."""

    code = "others-wait"
    title = Text("D'autres demandes attendent", "Other requests wait")
    detail = Text(
        "Cette demande ne garde aucune place, et celle qui reste revient aux demandes en liste d'attente. "
        "Retirez-la et déposez-la de nouveau pour prendre rang.",
        "This request keeps no room, and what is left is for those on the waiting list. Withdraw it and ask "
        "again to stand in line.",
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
        "L'apport retenu de {contribution_cents} ouvre droit à moins que le plancher de {floor_cents}.",
        "The contribution of {contribution_cents} gives less than the floor of {floor_cents}.",
    )


class TooLate(Refusal):
    """The request came after the window that opens when the contribution is paid up."""

    code = "too-late"
    title = Text("Demande trop tardive", "Request too late")
    detail = Text(
        "Demande du {requested_on} (faute de date, celle de la décision) : pour un apport libéré le "
        "{paid_up_on}, elle pouvait se faire jusqu'au {last_day_on} ({request_window_months} mois).",
        "A request of {requested_on} (that of the decision where it has no date): for a contribution "
        "paid up on {paid_up_on} it could be made until {last_day_on} ({request_window_months} months).",
    )


class NotAMember(Refusal):
    """No date of membership is declared, and the scheme asks for a member."""

    code = "not-a-member"
    title = Text("Personne non associée", "Not a member")
    detail = Text(
        "Le dispositif demande {min_membership_months} mois d'ancienneté comme associé ; rien ne dit "
        "depuis quand la personne l'est.",
        "The scheme asks for {min_membership_months} months of membership; nothing says since when "
        "the person is a member.",
    )


class MemberTooShort(NotAMember):
    title = Text("Personne associée depuis trop peu", "Not a member for long enough")
    detail = Text(
        "Le dispositif demande {min_membership_months} mois d'ancienneté comme associé : la personne, "
        "associée depuis le {member_since}, les a le {eligible_on}, après la décision du {decided_on}.",
        "The scheme asks for {min_membership_months} months of membership: the person, a member since "
        "{member_since}, has them on {eligible_on}, after the decision of {decided_on}.",
    )


class UnknownPriority(Refusal):
    """The rules that apply know no such priority group."""

    code = "unknown-priority"
    title = Text("Public prioritaire inconnu", "Unknown priority group")
    detail = Text(
        "Les règles en vigueur le {paid_up_on} ne connaissent pas le public « {criterion} » ; "
        "elles connaissent : {known}.",
        "The rules in force on {paid_up_on} know no group `{criterion}`; they know: {known}.",
    )


class NoPriorityGroup(UnknownPriority):
    """Nor any other: there is no list to choose from."""

    detail = Text(
        "Les règles en vigueur le {paid_up_on} ne prévoient aucun public prioritaire ; « {criterion} » "
        "n'en est donc pas un.",
        "The rules in force on {paid_up_on} have no priority group; `{criterion}` is therefore none.",
    )


class NoVersionInForce(Refusal):
    code = "no-version-in-force"
    title = Text("Aucune version du dispositif à cette date", "No version of the scheme on that date")
    detail = Text(
        "L'apport, libéré le {paid_up_on}, précède la première version du dispositif ({first_version_on}).",
        "The contribution, paid up on {paid_up_on}, precedes the first version ({first_version_on}).",
    )


class NoVersionAnyMore(NoVersionInForce):
    """The last version has ended, and none succeeds it."""

    detail = Text(
        "L'apport, libéré le {paid_up_on}, suit le dernier jour du dispositif ({last_day_on}).",
        "The contribution, paid up on {paid_up_on}, comes after the scheme's last day ({last_day_on}).",
    )


class VersionDateTaken(Refusal):
    code = "version-date-taken"
    title = Text("Une version commence déjà ce jour-là", "A version already starts on that day")
    detail = Text(
        "Une version du dispositif prend déjà effet le {valid_from} ; choisissez une autre date.",
        "A version of the scheme already takes effect on {valid_from}; choose another date.",
    )


class VersionOverlap(Refusal):
    code = "version-overlap"
    title = Text("Deux versions le même jour", "Two versions on the same day")
    detail = Text(
        "La version du {earlier_from} s'applique jusqu'au {earlier_until} ; celle qui la suit ne peut pas "
        "commencer le {valid_from} : elle commence le {expected_on}.",
        "The version of {earlier_from} applies until {earlier_until}; the one after it cannot start on "
        "{valid_from}: it starts on {expected_on}.",
    )


class VersionGap(Refusal):
    code = "version-gap"
    title = Text("Jours sans règles", "Days without rules")
    detail = Text(
        "Du {first_day_on} au {last_day_on}, aucune version ne s'appliquerait ; commencez le {expected_on}, "
        "ou prolongez la version d'avant.",
        "From {first_day_on} to {last_day_on} no version would apply; start on {expected_on}, or extend the "
        "version before.",
    )


class VersionLeavesRequests(VersionGap):
    """Requests that wait have a contribution paid up on days that no version would cover any more."""

    title = Text("Demandes laissées sans règles", "Requests left without rules")
    detail = Text(
        "Des demandes en attente ({requests}) portent sur des apports libérés du {first_day_on} au "
        "{last_day_on}, où aucune version ne s'appliquerait plus.",
        "Requests that wait ({requests}) are for contributions paid up from {first_day_on} to {last_day_on}, "
        "where no version would apply any more.",
    )


class VersionInUse(Refusal):
    code = "version-in-use"
    title = Text("Version en usage", "Version in use")
    detail = Text(
        "Une version se remplace tant qu'aucune demande ne la suit et que son premier jour n'est pas passé "
        "(premier jour : {valid_from} ; demandes : {requests}) ; faites-la suivre d'une autre.",
        "A version can be replaced while no request follows it and its first day is not past "
        "(first day: {valid_from}; requests: {requests}); have another one follow it.",
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


class PaymentAlreadyReversed(Refusal):
    code = "payment-already-reversed"
    title = Text("Paiement déjà annulé", "Payment already reversed")
    detail = Text(
        "Le paiement a déjà été annulé le {reversed_on}.",
        "The payment was already reversed on {reversed_on}.",
    )


class CaeSucceeded(Refusal):
    code = "cae-succeeded"
    title = Text("CAE absorbée par une autre", "CAE succeeded by another")
    detail = Text(
        "La CAE {cae_siren} a été absorbée au {effective_on} : ses dossiers et ses demandes sont ceux de la "
        "CAE {successor_siren}.",
        "The CAE {cae_siren} was succeeded on {effective_on}: its dossiers and requests are those of the CAE "
        "{successor_siren}.",
    )


class SuccessionCycle(Refusal):
    code = "succession-cycle"
    title = Text("Fusion en boucle", "Succession in a circle")
    detail = Text(
        "La CAE {to_siren} a été absorbée par {from_siren} : elle ne peut pas l'absorber à son tour.",
        "The CAE {to_siren} was succeeded by {from_siren}: it cannot succeed it in turn.",
    )
