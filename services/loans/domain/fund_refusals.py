"""What the rules refuse of a fund itself: its settings, and what its funders pledge and take back."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal


class SettingsNotLater(Refusal):
    code = "settings-not-later"
    title = Text("Date d'effet trop ancienne", "Date of effect too early")
    detail = Text(
        "La version {version} des réglages vaut depuis le {last_valid_from} ; une nouvelle vaut d'un jour "
        "postérieur, pas du {valid_from}.",
        "Version {version} of the settings holds from {last_valid_from}; a new one holds from a later day, "
        "not from {valid_from}.",
    )


class PledgeTaken(Refusal):
    code = "pledge-taken"
    title = Text("Engagement déjà enregistré", "Pledge already recorded")
    detail = Text(
        "Le financeur {siren} s'est déjà engagé par la convention {convention}, pour {pledged_cents}.",
        "The funder {siren} has already pledged {pledged_cents} under the convention {convention}.",
    )


class PledgeBelowPaid(Refusal):
    code = "pledge-below-paid"
    title = Text("Engagement inférieur au versé", "Pledge below what is paid in")
    detail = Text(
        "{paid_cents} déjà versés par la convention {convention}, pour un engagement de {pledged_cents}.",
        "{paid_cents} is already paid in under convention {convention}; the pledge is {pledged_cents}.",
    )


class PledgeExceeded(Refusal):
    code = "pledge-exceeded"
    title = Text("Versement supérieur à l'engagement", "Payment beyond the pledge")
    detail = Text(
        "Convention {convention} : {pledged_cents} engagés, {paid_cents} versés, il reste {left_cents} à "
        "verser ; le versement est de {amount_cents}.",
        "Convention {convention}: {pledged_cents} pledged, {paid_cents} paid in, {left_cents} left to pay; "
        "the payment is {amount_cents}.",
    )


class FundShortOn(Refusal):
    code = "fund-short-for-withdrawal"
    title = Text("Retrait supérieur au disponible", "Withdrawal beyond what is available")
    detail = Text(
        "Le fonds n'avait que {available_cents} de disponible au {on} ; le retrait est de {amount_cents}.",
        "The fund had only {available_cents} available on {on}; the withdrawal is {amount_cents}.",
    )


class FunderShareShort(Refusal):
    code = "funder-share-short"
    title = Text("Retrait supérieur à la part libre", "Withdrawal beyond the free share")
    detail = Text(
        "Le financeur a {cash_cents} en caisse au {on}, dont {committed_cents} engagés dans des prêts "
        "accordés : {free_cents} sont libres ; le retrait est de {amount_cents}.",
        "The funder has {cash_cents} of cash on {on}, of which {committed_cents} is promised to loans: "
        "{free_cents} is free; the withdrawal is {amount_cents}.",
    )
