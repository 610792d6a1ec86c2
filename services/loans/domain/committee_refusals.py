"""What the rules of a committee's sessions, and of the conditions of its offers, refuse."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal, SeveralRefusals


class NotOnAgenda(Refusal):
    code = "not-on-agenda"
    title = Text("Demande absente de l'ordre du jour", "Application not on the agenda")
    detail = Text(
        "La demande {application_id} n'est pas à l'ordre du jour de la séance.",
        "Application {application_id} is not on the session's agenda.",
    )


class AlreadyOnAgenda(Refusal):
    code = "already-on-agenda"
    title = Text("Demande déjà à un ordre du jour", "Application already on an agenda")
    detail = Text(
        "La demande {application_id} est déjà à l'ordre du jour de la séance du {held_on}.",
        "Application {application_id} is already on the agenda of the session of {held_on}.",
    )


class OnOpenAgenda(Refusal):
    code = "on-open-agenda"
    title = Text("Demande à l'ordre du jour d'une séance", "Application on a session's agenda")
    detail = Text(
        "La demande est à l'ordre du jour de la séance du {held_on} : "
        "elle s'y décide, ou en est d'abord ôtée.",
        "The application is on the agenda of the session of {held_on}: "
        "it is decided there, or first taken off.",
    )


class ApplicationOfAnotherFund(Refusal):
    code = "application-of-another-fund"
    title = Text("Demande d'un autre fonds", "Application to another fund")
    detail = Text(
        "La demande {application_id} est faite à un autre fonds que celui du comité.",
        "Application {application_id} is made to another fund than the committee's.",
    )


class AgendaRefused(SeveralRefusals):
    code = "agenda-refused"
    title = Text("Ordre du jour refusé", "Agenda refused")
    detail = Text(
        "{count} demande(s) ne peuvent être à l'ordre du jour : voyez « errors ».",
        "{count} application(s) cannot be on the agenda: see `errors`.",
    )


class ClosingRefused(SeveralRefusals):
    code = "closing-refused"
    title = Text("Clôture refusée", "Closing refused")
    detail = Text(
        "{count} décision(s) ne peuvent tenir : voyez « errors ». "
        "Rien n'est enregistré ; corrigez les votes, ou renvoyez ces demandes à une autre séance, "
        "puis clôturez de nouveau.",
        "{count} decision(s) cannot stand: see `errors`. Nothing is recorded; correct the votes, "
        "or leave these applications to another session, then close again.",
    )


class NobodyPresent(Refusal):
    code = "nobody-present"
    title = Text("Aucun présent", "Nobody present")
    detail = Text(
        "Aucun membre n'est noté présent à la séance du {held_on} : notez les présences avant de la clore.",
        "No member is recorded as present at the session of {held_on}: record who sat before you close it.",
    )


class MemberAlreadyEnded(Refusal):
    code = "member-already-ended"
    title = Text("Fin de mandat déjà enregistrée", "End already recorded")
    detail = Text(
        "Le mandat a déjà pris fin le {until_on}.",
        "The member's time already ended on {until_on}.",
    )


class MemberNotSitting(Refusal):
    code = "member-not-sitting"
    title = Text("Membre hors mandat", "Member not of the committee that day")
    detail = Text(
        "{name} n'est pas membre du comité le {held_on}.",
        "{name} is not a member of the committee on {held_on}.",
    )


class ConditionsNotLifted(Refusal):
    code = "conditions-not-lifted"
    title = Text("Conditions suspensives non levées", "Conditions precedent not lifted")
    detail = Text(
        "Au {disbursed_on}, il reste à lever : {conditions}.",
        "On {disbursed_on}, still to be lifted: {conditions}.",
    )


class ConditionAlreadyLifted(Refusal):
    code = "condition-already-lifted"
    title = Text("Condition déjà levée", "Condition already lifted")
    detail = Text(
        "La condition « {condition} » a été levée le {lifted_on}.",
        "The condition “{condition}” was lifted on {lifted_on}.",
    )
