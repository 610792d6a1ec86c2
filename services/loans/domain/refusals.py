"""What the rules of the loans refuse. Codes are stable; facts go to the caller as they are."""

from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal


class LoansElement(Word):
    FUND = "fund", "fonds", "fund"
    APPLICATION = "application", "demande", "application"
    CONDITION = "condition", "condition d'une offre", "condition of an offer"
    COMMITTEE_MEMBER = "committee_member", "membre du comité", "committee member"
    COMMITTEE_SESSION = "committee_session", "séance du comité", "committee session"
    LOAN = "loan", "prêt", "loan"
    QUESTION = "question", "question", "question"
    ENTRY = "entry", "écriture", "entry"
    FUNDER = "funder", "financeur", "funder"
    REPAYMENT = "repayment", "remboursement", "repayment"
    REPAYMENT_DECLARATION = "repayment_declaration", "remboursement déclaré", "declared repayment"
    REMITTANCE = "remittance", "virement groupé", "remittance"
    REMINDER = "reminder", "relance", "reminder"


class AmountBelowMinimum(Refusal):
    code = "amount-below-minimum"
    title = Text("Montant trop faible", "Amount too low")
    detail = Text(
        "Le fonds prête {minimum_cents} au moins ; le montant est de {amount_cents}.",
        "The fund lends {minimum_cents} at least; the amount is {amount_cents}.",
    )


class AmountAboveMaximum(Refusal):
    code = "amount-above-maximum"
    title = Text("Montant trop élevé", "Amount too high")
    detail = Text(
        "Le fonds prête {maximum_cents} au plus ; le montant est de {amount_cents}.",
        "The fund lends {maximum_cents} at most; the amount is {amount_cents}.",
    )


class DurationTooShort(Refusal):
    code = "duration-too-short"
    title = Text("Durée trop courte", "Duration too short")
    detail = Text(
        "Le fonds prête sur {minimum_months} mois au moins ; la durée est de {months} mois.",
        "The fund lends over {minimum_months} months at least; the duration is {months} months.",
    )


class DurationTooLong(Refusal):
    code = "duration-too-long"
    title = Text("Durée trop longue", "Duration too long")
    detail = Text(
        "Le fonds prête sur {maximum_months} mois au plus ; la durée est de {months} mois.",
        "The fund lends over {maximum_months} months at most; the duration is {months} months.",
    )


class GraceTooLong(Refusal):
    code = "grace-too-long"
    title = Text("Différé trop long", "Grace too long")
    detail = Text(
        "Le fonds accorde {maximum_grace_months} mois de différé au plus ; {grace_months} sont demandés.",
        "The fund grants {maximum_grace_months} months of grace at most; the grace is {grace_months} months.",
    )


class ContractNotEligible(Refusal):
    code = "contract-not-eligible"
    title = Text("Contrat non éligible", "Contract not eligible")
    detail = Text(
        "Le fonds prête aux contrats : {eligible_contracts} ; le contrat est : {contract}.",
        "The fund lends to the contracts: {eligible_contracts}; the contract is: {contract}.",
    )


class FundShort(Refusal):
    code = "fund-short"
    title = Text("Fonds insuffisant", "Fund short of money")
    detail = Text(
        "Le fonds ne peut engager que {available_cents} ; la décision engage {amount_cents}.",
        "The fund can commit only {available_cents}; the decision commits {amount_cents}.",
    )


class PersonLimitReached(Refusal):
    code = "person-limit-reached"
    title = Text("Plafond par personne atteint", "Limit per person reached")
    detail = Text(
        "L'encours d'une personne est limité à {limit_cents} ; il reste {room_cents} pour {amount_cents}.",
        "One person may owe {limit_cents} at most; {room_cents} is left for {amount_cents}.",
    )


class CaeLimitReached(Refusal):
    code = "cae-limit-reached"
    title = Text("Plafond par CAE atteint", "Limit per CAE reached")
    detail = Text(
        "L'encours d'une CAE est limité à {limit_cents} ; il reste {room_cents} pour {amount_cents}.",
        "One CAE's entrepreneurs may owe {limit_cents} at most; {room_cents} is left for {amount_cents}.",
    )


class BorrowerInArrears(Refusal):
    code = "borrower-in-arrears"
    title = Text("Emprunteur en impayé", "Borrower in arrears")
    detail = Text(
        "La personne a {arrears_cents} d'impayé au {on} et le fonds ne prête pas dans ce cas.",
        "The person is {arrears_cents} in arrears on {on} and the fund does not lend in that case.",
    )


class NoQuorum(Refusal):
    code = "no-quorum"
    title = Text("Quorum non atteint", "No quorum")
    detail = Text(
        "Le comité compte {voters} votant(s) pour un quorum de {quorum} ; qui se déporte ne compte pas.",
        "The committee has {voters} voter(s) for a quorum of {quorum}; who stands aside does not count.",
    )


class ConflictOfInterest(Refusal):
    code = "conflict-of-interest"
    title = Text("Conflit d'intérêts", "Conflict of interest")
    detail = Text(
        "Doit se déporter, étant de la CAE du demandeur : {members}.",
        "Must stand aside, being of the applicant's own CAE: {members}.",
    )


class StoodAsideAbsent(Refusal):
    code = "stood-aside-absent"
    title = Text("Déport d'un absent", "Stood aside but absent")
    detail = Text(
        "Se déporte sans figurer parmi les présents : {members}.",
        "Stands aside without being among those present: {members}.",
    )


class MemberListedTwice(Refusal):
    code = "member-listed-twice"
    title = Text("Membre cité deux fois", "Member listed twice")
    detail = Text(
        "Cité plusieurs fois parmi les présents : {members}.",
        "Listed several times among those present: {members}.",
    )


class TooManyVotes(Refusal):
    code = "too-many-votes"
    title = Text("Plus de voix que de votants", "More votes than voters")
    detail = Text(
        "{votes} voix pour {voters} votant(s).",
        "{votes} vote(s) for {voters} voter(s).",
    )


class NoMajority(Refusal):
    code = "no-majority"
    title = Text("Pas de majorité", "No majority")
    detail = Text(
        "Un accord demande plus de voix pour que contre : {votes_for} pour, {votes_against} contre.",
        "An approval needs more votes for than against: {votes_for} for, {votes_against} against.",
    )


class OfferLapsed(Refusal):
    code = "offer-lapsed"
    title = Text("Offre caduque", "Offer lapsed")
    detail = Text(
        "L'offre du comité du {held_on} était ouverte jusqu'au {open_until} ; signature le {signed_on}.",
        "The offer of the session of {held_on} was open until {open_until}; the signature is of {signed_on}.",
    )


class NumberTaken(Refusal):
    code = "number-taken"
    title = Text("Numéro déjà pris", "Number taken")
    detail = Text(
        "Le numéro {number} existe déjà dans ce fonds.",
        "The number {number} already exists in this fund.",
    )


class FundNameTaken(Refusal):
    code = "fund-name-taken"
    title = Text("Nom de fonds déjà pris", "Fund name taken")
    detail = Text(
        "La région {region} a déjà un fonds « {name} ».",
        "Region {region} already has a fund named {name}.",
    )


class NoPaidInContribution(Refusal):
    code = "no-paid-in-contribution"
    title = Text("Aucun abondement versé", "No paid-in contribution")
    detail = Text(
        "Aucun financeur n'avait versé d'abondement au {on} : nul ne porterait le prêt.",
        "No funder had paid in any contribution on {on}: nobody would bear the loan.",
    )


class NothingToDeclare(Refusal):
    code = "nothing-to-declare"
    title = Text("Rien à déclarer", "Nothing to declare")
    detail = Text(
        "Aucun prêt de ce fonds versé au {on} n'attend la déclaration de ses financeurs.",
        "No loan of this fund disbursed by {on} awaits the declaration of its funders.",
    )


class RepaymentTooLarge(Refusal):
    code = "repayment-too-large"
    title = Text("Remboursement supérieur au dû", "Repayment larger than what is owed")
    detail = Text(
        "Le prêt ne doit plus que {owed_cents} ; le remboursement est de {amount_cents}.",
        "The loan owes only {owed_cents}; the repayment is {amount_cents}.",
    )


class LoanWrittenOff(Refusal):
    code = "loan-written-off"
    title = Text("Prêt passé en perte", "Loan written off")
    detail = Text(
        "Le prêt est passé en perte le {written_off_on} : l'argent reçu s'enregistre comme récupération.",
        "The loan was written off on {written_off_on}: record money received as a recovery.",
    )


class LoanNotWhollyDisbursed(Refusal):
    code = "loan-not-wholly-disbursed"
    title = Text("Prêt pas encore versé en entier", "Loan not wholly disbursed")
    detail = Text(
        "{disbursed_cents} versés sur {granted_cents} : l'échéancier court à partir du dernier versement. "
        "Versez le reste, ou enregistrez qu'il ne partira pas.",
        "{disbursed_cents} of {granted_cents} is disbursed: the schedule runs from the last payment. "
        "Pay the rest, or record that it will not leave.",
    )


class LoanWhollyDisbursed(Refusal):
    code = "loan-wholly-disbursed"
    title = Text("Prêt déjà versé en entier", "Loan wholly disbursed")
    detail = Text(
        "Les {granted_cents} accordés sont versés : il n'y a plus de tranche à verser.",
        "All {granted_cents} granted is disbursed: there is no tranche left to pay.",
    )


class TrancheTooLarge(Refusal):
    code = "tranche-too-large"
    title = Text("Tranche supérieure au reste à verser", "Tranche larger than what is left to pay")
    detail = Text(
        "Il ne reste que {left_cents} à verser ; la tranche est de {amount_cents}.",
        "Only {left_cents} is left to disburse; the tranche is {amount_cents}.",
    )


class NothingUnpaid(Refusal):
    code = "nothing-unpaid"
    title = Text("Rien de dû à cette date", "Nothing owed on that date")
    detail = Text("Au {on}, le prêt ne doit rien.", "On {on} the loan owes nothing.")


class TooManyInstalments(Refusal):
    code = "too-many-instalments"
    title = Text("Trop d'échéances", "Too many instalments")
    detail = Text(
        "{unpaid_cents} ne se partagent pas en {months} échéances d'un centime au moins.",
        "{unpaid_cents} does not make {months} instalments of a cent at least.",
    )


class ScheduleChangedThatDay(Refusal):
    code = "schedule-changed-that-day"
    title = Text("Échéancier déjà réaménagé ce jour-là", "Schedule already changed that day")
    detail = Text(
        "L'échéancier est déjà réaménagé au {on} : deux réaménagements d'un même jour n'ont pas d'ordre.",
        "The schedule already changes on {on}: two changes of one day have no order.",
    )


class BorrowerEventForbids(Refusal):
    code = "borrower-event-forbids"
    title = Text("Impossible depuis cet événement", "Not possible since that event")
    detail = Text(
        "Depuis le {occurred_on} ({event}), il n'est plus possible de {path}.",
        "Since {occurred_on} ({event}), {path} is no longer possible.",
    )


class BorrowerEventRecorded(Refusal):
    code = "borrower-event-recorded"
    title = Text("Événement déjà noté", "Event already recorded")
    detail = Text(
        "Un événement de ce genre est déjà noté au {occurred_on} : {event}.",
        "An event of that kind is already recorded on {occurred_on}: {event}.",
    )


class NoSuchBorrowerEvent(Refusal):
    code = "no-such-borrower-event"
    title = Text("Événement non noté", "Event not recorded")
    detail = Text(
        "Aucun événement de ce genre n'est noté au {on} ou avant : {event}.",
        "No event of that kind is recorded on {on} or before: {event}.",
    )


class BorrowerHasLeft(Refusal):
    code = "borrower-has-left"
    title = Text("Emprunteur déjà parti", "Borrower already gone")
    detail = Text(
        "L'emprunteur a quitté la CAE le {left_on}.",
        "The borrower left the CAE on {left_on}.",
    )


class SameCae(Refusal):
    code = "same-cae"
    title = Text("Même CAE", "Same CAE")
    detail = Text(
        "Le prêt est déjà celui de la CAE {siren} : un changement de CAE demande une autre entreprise.",
        "The loan is already of the CAE {siren}: a move is to another company.",
    )


class RepaymentAlreadyReversed(Refusal):
    code = "repayment-already-reversed"
    title = Text("Remboursement déjà annulé", "Repayment already reversed")
    detail = Text(
        "Le remboursement a déjà été annulé le {reversed_on}.",
        "The repayment was already reversed on {reversed_on}.",
    )


class RecoveryTooLarge(Refusal):
    code = "recovery-too-large"
    title = Text("Récupération supérieure à la perte", "Recovery larger than the loss")
    detail = Text(
        "Il ne reste que {owed_cents} à récupérer ; la récupération est de {amount_cents}.",
        "Only {owed_cents} is left to recover; the recovery is {amount_cents}.",
    )


class PersonRequired(Refusal):
    code = "person-required"
    title = Text("Personne à nommer", "A person must be named")
    detail = Text(
        "Le fonds demande une personne nommée pour {act} (réglage « {setting} ») ; le jeton n'en nomme pas.",
        "The fund asks for a named person for {act} (setting: {setting}); the token names nobody.",
    )


class AnotherPersonRequired(Refusal):
    code = "another-person-required"
    title = Text("Une autre personne est demandée", "Another person is required")
    detail = Text(
        "Le fonds demande pour {act} une autre personne que celle qui a saisi la décision "
        "(réglage « {setting} »).",
        "The fund asks for another person for {act} than the one who recorded the decision "
        "(setting: {setting}).",
    )
