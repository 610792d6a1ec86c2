"""Who may do what in capital; the one table. What a role may *see* is its token's scope (`Caller.scope`)."""

from services.kernel.access import Caller, Role
from services.kernel.language import Word

_READERS_OF_SCHEMES = frozenset(Role)
_READERS_OF_TOP_UPS = frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN})
_CAE_SIDE = frozenset({Role.OPERATOR, Role.CAE})
_OPERATORS = frozenset({Role.OPERATOR})


class CapitalAct(Word):
    CREATE_SCHEME = "create_scheme", "créer un dispositif", "creating a scheme"
    ADD_VERSION = "add_version", "ajouter une version à un dispositif", "adding a version to a scheme"
    REPLACE_VERSION = (
        "replace_version",
        "remplacer une version d'un dispositif",
        "replacing a version of a scheme",
    )
    READ_SCHEME = "read_scheme", "consulter les dispositifs", "reading the schemes"
    READ_TOTALS = "read_totals", "consulter les totaux d'un dispositif", "reading a scheme's totals"
    SIMULATE_TOP_UPS = "simulate_top_ups", "simuler des abondements", "simulating top-ups"
    REQUEST_TOP_UP = "request_top_up", "demander un abondement", "requesting a top-up"
    READ_TOP_UP = "read_top_up", "consulter les abondements", "reading the top-ups"
    GRANT_TOP_UP = "grant_top_up", "accorder un abondement", "granting a top-up"
    REFUSE_TOP_UP = "refuse_top_up", "refuser un abondement", "refusing a top-up"
    WITHDRAW_TOP_UP = "withdraw_top_up", "retirer une demande d'abondement", "withdrawing a top-up's request"
    EXPIRE_REQUESTS = "expire_requests", "faire expirer les demandes", "letting requests expire"
    PROMOTE_REQUESTS = (
        "promote_requests",
        "faire avancer la liste d'attente",
        "moving the waiting list on",
    )
    CANCEL_TOP_UP = "cancel_top_up", "annuler l'octroi d'un abondement", "cancelling the grant of a top-up"
    ATTACH_DOCUMENT = (
        "attach_document",
        "joindre une pièce à un abondement",
        "attaching a document to a top-up",
    )
    REMOVE_DOCUMENT = (
        "remove_document",
        "retirer une pièce d'un abondement",
        "removing a document of a top-up",
    )
    READ_DOCUMENT = "read_document", "consulter les pièces d'un abondement", "reading a top-up's documents"
    PAY_TOP_UPS = "pay_top_ups", "payer des abondements", "paying top-ups"
    REVERSE_PAYMENT = "reverse_payment", "annuler un paiement", "reversing a payment"
    RECORD_FOLLOW_UP = "record_follow_up", "enregistrer un suivi", "recording a follow-up"
    READ_FOLLOW_UPS = "read_follow_ups", "consulter les suivis", "reading the follow-ups"
    READ_PROOF_OF_USE = (
        "read_proof_of_use",
        "consulter les preuves d'usage d'un dispositif",
        "reading the proof of use of a scheme",
    )
    ANNOUNCE_FOLLOW_UPS = (
        "announce_follow_ups",
        "annoncer les suivis à faire",
        "announcing the follow-ups due",
    )
    READ_PAYMENT = "read_payment", "consulter les paiements", "reading the payments"
    PROPOSE_CLAWBACK = "propose_clawback", "proposer une reprise", "proposing a clawback"
    CONFIRM_CLAWBACK = "confirm_clawback", "confirmer une reprise", "confirming a clawback"
    RECEIVE_CLAWBACK = (
        "receive_clawback",
        "enregistrer l'argent rendu par une CAE",
        "recording what a CAE gave back",
    )
    WAIVE_CLAWBACK = "waive_clawback", "abandonner une reprise", "waiving a clawback"
    WITHDRAW_CLAWBACK = (
        "withdraw_clawback",
        "retirer une proposition de reprise",
        "withdrawing the proposal of a clawback",
    )
    READ_STATEMENT = (
        "read_statement",
        "consulter les relevés des cofinanceurs",
        "reading the co-funders' statements",
    )
    READ_CLAWBACK = "read_clawback", "consulter les reprises", "reading the clawbacks"
    READ_CAP = "read_cap", "consulter les plafonds", "reading the caps"
    READ_DE_MINIMIS = (
        "read_de_minimis",
        "consulter les aides de minimis d'une CAE",
        "reading the de minimis aid of a CAE",
    )
    DECLARE_DE_MINIMIS_AID = (
        "declare_de_minimis_aid",
        "déclarer une aide de minimis",
        "declaring de minimis aid",
    )
    CANCEL_DE_MINIMIS_DECLARATION = (
        "cancel_de_minimis_declaration",
        "annuler la déclaration d'une aide de minimis",
        "cancelling the declaration of de minimis aid",
    )
    READ_MEMBERSHIP_DEADLINES = (
        "read_membership_deadlines",
        "consulter les échéances d'association",
        "reading the membership deadlines",
    )
    ANNOUNCE_MEMBERSHIP_DEADLINES = (
        "announce_membership_deadlines",
        "annoncer les échéances d'association",
        "announcing the membership deadlines",
    )
    RECORD_SUCCESSION = (
        "record_succession",
        "enregistrer la fusion d'une CAE",
        "recording a CAE's succession",
    )
    READ_SUCCESSIONS = "read_successions", "consulter les fusions de CAE", "reading the CAEs' successions"
    READ_SUBSIDIES = "read_subsidies", "consulter les subventions attribuées", "reading the subsidies granted"
    PROJECT_BUDGET = "project_budget", "projeter le budget de la note", "projecting the note's budget"
    READ_EVENTS = "read_events", "suivre les événements", "following the events"
    READ_AUDIT = "read_audit", "consulter la piste d'audit", "reading the audit trail"
    CHECK_COUNTERS = "check_counters", "contrôler les compteurs", "checking the counters"
    READ_NIGHTLY_CHECKS = (
        "read_nightly_checks",
        "consulter les contrôles de nuit",
        "reading the nightly checks",
    )
    VERIFY_LEDGER = "verify_ledger", "vérifier le journal", "verifying the ledger"


ALLOWED: dict[CapitalAct, frozenset[Role]] = {
    CapitalAct.CREATE_SCHEME: _OPERATORS,
    CapitalAct.ADD_VERSION: _OPERATORS,
    CapitalAct.REPLACE_VERSION: _OPERATORS,
    CapitalAct.READ_SCHEME: _READERS_OF_SCHEMES,
    CapitalAct.READ_TOTALS: _READERS_OF_SCHEMES - {Role.CAE},
    CapitalAct.SIMULATE_TOP_UPS: _CAE_SIDE,
    CapitalAct.REQUEST_TOP_UP: _CAE_SIDE,
    CapitalAct.READ_TOP_UP: _READERS_OF_TOP_UPS,
    CapitalAct.GRANT_TOP_UP: _OPERATORS,
    CapitalAct.REFUSE_TOP_UP: _OPERATORS,
    CapitalAct.WITHDRAW_TOP_UP: _CAE_SIDE,
    CapitalAct.EXPIRE_REQUESTS: frozenset(),  # the worker's
    CapitalAct.PROMOTE_REQUESTS: frozenset(),  # the worker's
    CapitalAct.CANCEL_TOP_UP: _OPERATORS,
    CapitalAct.ATTACH_DOCUMENT: _CAE_SIDE,
    CapitalAct.REMOVE_DOCUMENT: _CAE_SIDE,
    CapitalAct.READ_DOCUMENT: _CAE_SIDE | {Role.ADMIN},
    CapitalAct.PAY_TOP_UPS: _OPERATORS,
    CapitalAct.REVERSE_PAYMENT: _OPERATORS,
    CapitalAct.RECORD_FOLLOW_UP: _OPERATORS,
    CapitalAct.READ_FOLLOW_UPS: _READERS_OF_TOP_UPS,
    CapitalAct.READ_PROOF_OF_USE: frozenset(Role),  # a CAE reads its own; no person is named
    CapitalAct.ANNOUNCE_FOLLOW_UPS: frozenset(),  # the worker's
    CapitalAct.READ_PAYMENT: _READERS_OF_TOP_UPS,
    CapitalAct.PROPOSE_CLAWBACK: _OPERATORS,
    CapitalAct.CONFIRM_CLAWBACK: _OPERATORS,
    CapitalAct.RECEIVE_CLAWBACK: _OPERATORS,
    CapitalAct.WAIVE_CLAWBACK: _OPERATORS,
    CapitalAct.WITHDRAW_CLAWBACK: _OPERATORS,
    CapitalAct.READ_STATEMENT: frozenset({Role.OPERATOR, Role.FUNDER, Role.ADMIN}),
    CapitalAct.READ_CLAWBACK: _READERS_OF_TOP_UPS,
    CapitalAct.READ_CAP: _READERS_OF_TOP_UPS,
    CapitalAct.READ_DE_MINIMIS: _CAE_SIDE | {Role.ADMIN},  # its sums are of every region, and no partner's
    CapitalAct.DECLARE_DE_MINIMIS_AID: _CAE_SIDE,
    CapitalAct.CANCEL_DE_MINIMIS_DECLARATION: _CAE_SIDE,
    CapitalAct.READ_MEMBERSHIP_DEADLINES: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    CapitalAct.ANNOUNCE_MEMBERSHIP_DEADLINES: frozenset(),  # the worker's, whom nobody calls
    CapitalAct.RECORD_SUCCESSION: _OPERATORS,
    CapitalAct.READ_SUCCESSIONS: _READERS_OF_TOP_UPS,
    CapitalAct.READ_SUBSIDIES: frozenset(Role),  # they name no person, and the law makes them public
    CapitalAct.PROJECT_BUDGET: frozenset(Role),  # it is about no dossier
    CapitalAct.READ_EVENTS: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    CapitalAct.READ_AUDIT: frozenset({Role.OPERATOR, Role.ADMIN}),
    CapitalAct.CHECK_COUNTERS: frozenset(),  # the worker's
    CapitalAct.READ_NIGHTLY_CHECKS: frozenset({Role.ADMIN}),
    CapitalAct.VERIFY_LEDGER: frozenset({Role.ADMIN}),
}


def require(caller: Caller, act: CapitalAct) -> None:
    caller.require(ALLOWED[act], act)


def may(caller: Caller, act: CapitalAct) -> bool:
    return caller.role in ALLOWED[act]


def may_read_names(caller: Caller) -> bool:
    """Partners read across loans and capital without knowing whom the dossiers are about."""
    return caller.role is not Role.PARTNER
