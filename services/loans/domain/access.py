"""Who may do what on loans, in one table. What a caller may see of it is narrowed by its scope."""

from services.kernel.access import Caller, Role
from services.kernel.language import Word
from services.loans.domain.fund_access import FundAccess


class Act(Word):
    CREATE_FUND = "create_fund", "créer un fonds", "creating a fund"
    CHANGE_FUND = "change_fund", "changer les réglages d'un fonds", "changing a fund's settings"
    RECORD_CONTRIBUTION = (
        "record_contribution",
        "enregistrer un abondement au fonds",
        "recording a contribution to a fund",
    )
    RECORD_PLEDGE = "record_pledge", "enregistrer l'engagement d'un financeur", "recording a funder's pledge"
    WITHDRAW_CONTRIBUTION = (
        "withdraw_contribution",
        "enregistrer le retrait d'un financeur",
        "recording a funder's withdrawal",
    )
    READ_PLEDGE = "read_pledge", "consulter les engagements des financeurs", "reading funders' pledges"
    READ_STATEMENT = "read_statement", "consulter les relevés des financeurs", "reading funders' statements"
    DECLARE_FUNDERS = "declare_funders", "déclarer les financeurs d'un fonds", "declaring a fund's funders"
    READ_FUND = "read_fund", "consulter un fonds", "reading a fund"
    READ_POSITION = "read_position", "consulter la position d'un fonds", "reading a fund's position"
    READ_INDICATORS = "read_indicators", "consulter les indicateurs", "reading the indicators"
    SUBMIT_APPLICATION = "submit_application", "déposer une demande", "submitting an application"
    SAVE_DRAFT = "save_draft", "remplir un brouillon de demande", "filling a draft of an application"
    READ_DRAFT = "read_draft", "consulter un brouillon de demande", "reading a draft of an application"
    REVIEW_APPLICATION = (
        "review_application",
        "mettre une demande en instruction",
        "taking an application under review",
    )
    WITHDRAW_APPLICATION = "withdraw_application", "retirer une demande", "withdrawing an application"
    DECIDE_APPLICATION = "decide_application", "statuer sur une demande", "deciding an application"
    KEEP_COMMITTEE = "keep_committee", "tenir la liste du comité", "keeping the list of the committee"
    READ_COMMITTEE = "read_committee", "consulter un comité", "reading a committee"
    HOLD_SESSION = "hold_session", "tenir une séance de comité", "holding a committee's session"
    CLOSE_SESSION = "close_session", "clore une séance de comité", "closing a committee's session"
    READ_SESSION = "read_session", "consulter une séance de comité", "reading a committee's session"
    READ_MINUTES = "read_minutes", "consulter un procès-verbal", "reading a session's minutes"
    VERIFY_MINUTES = "verify_minutes", "vérifier un procès-verbal", "verifying a session's minutes"
    LIFT_CONDITION = "lift_condition", "lever une condition", "lifting a condition"
    SIGN_OFFER = "sign_offer", "enregistrer la signature d'une offre", "recording the signature of an offer"
    DECLINE_OFFER = "decline_offer", "décliner une offre", "declining an offer"
    CANCEL_OFFER = (
        "cancel_offer",
        "annuler une offre signée avant son versement",
        "cancelling a signed offer before it is paid",
    )
    LAPSE_OFFERS = "lapse_offers", "constater la caducité des offres", "lapsing offers"
    ATTACH_DOCUMENT = "attach_document", "joindre une pièce à une demande", "attaching a document"
    REMOVE_DOCUMENT = "remove_document", "retirer une pièce d'une demande", "removing a document"
    READ_DOCUMENT = (
        "read_document",
        "consulter les pièces d'une demande",
        "reading an application's documents",
    )
    ASK_QUESTION = "ask_question", "poser une question sur une demande", "asking about an application"
    ANSWER_QUESTION = (
        "answer_question",
        "répondre à une question sur une demande",
        "answering a question about an application",
    )
    READ_QUESTION = (
        "read_question",
        "consulter les questions et réponses d'une demande",
        "reading the questions and answers about an application",
    )
    READ_APPLICATION = "read_application", "consulter une demande", "reading an application"
    DISBURSE_LOAN = "disburse_loan", "verser un prêt", "disbursing a loan"
    READ_LOAN = "read_loan", "consulter un prêt", "reading a loan"
    READ_JOURNAL = "read_journal", "consulter le journal d'un prêt", "reading a loan's journal"
    RECORD_REPAYMENT = "record_repayment", "enregistrer un remboursement", "recording a repayment"
    REVERSE_REPAYMENT = "reverse_repayment", "annuler un remboursement", "reversing a repayment"
    DECLARE_REPAYMENT = (
        "declare_repayment",
        "déclarer un remboursement encaissé par la CAE",
        "declaring a repayment that the CAE collected",
    )
    CONFIRM_REPAYMENT_DECLARATION = (
        "confirm_repayment_declaration",
        "confirmer un remboursement déclaré",
        "confirming a declared repayment",
    )
    REJECT_REPAYMENT_DECLARATION = (
        "reject_repayment_declaration",
        "rejeter un remboursement déclaré",
        "rejecting a declared repayment",
    )
    WITHDRAW_REPAYMENT_DECLARATION = (
        "withdraw_repayment_declaration",
        "retirer un remboursement déclaré",
        "withdrawing a declared repayment",
    )
    READ_REPAYMENT_DECLARATION = (
        "read_repayment_declaration",
        "consulter un remboursement déclaré",
        "reading a declared repayment",
    )
    READ_REMITTANCE = "read_remittance", "consulter les virements groupés", "reading remittances"
    WRITE_OFF_LOAN = "write_off_loan", "passer un prêt en perte", "writing a loan off"
    PAY_TRANCHE = "pay_tranche", "verser une tranche d'un prêt", "paying a tranche of a loan"
    END_TRANCHES = "end_tranches", "mettre fin aux versements d'un prêt", "ending a loan's tranches"
    RESCHEDULE_LOAN = "reschedule_loan", "réaménager un échéancier", "rearranging a schedule"
    ACCELERATE_LOAN = "accelerate_loan", "prononcer la déchéance du terme", "calling a whole loan in"
    RECORD_DEPARTURE = "record_departure", "noter un départ de la CAE", "recording a departure from the CAE"
    MOVE_LOAN = "move_loan", "faire suivre un prêt dans une autre CAE", "moving a loan to another CAE"
    RECORD_BORROWER_EVENT = (
        "record_borrower_event",
        "noter un décès ou une insolvabilité",
        "recording a death or an insolvency",
    )
    RECORD_RECOVERY = "record_recovery", "enregistrer une récupération", "recording a recovery"
    PLAN_REMINDERS = "plan_reminders", "fixer le plan de relances d'un fonds", "planning a fund's reminders"
    READ_REMINDER_PLAN = (
        "read_reminder_plan",
        "consulter le plan de relances d'un fonds",
        "reading a fund's plan of reminders",
    )
    READ_REMINDER = "read_reminder", "consulter les relances", "reading reminders"
    COMPLETE_REMINDER = "complete_reminder", "marquer une relance comme faite", "completing a reminder"
    RECORD_CONTACT = "record_contact", "noter un contact à propos d'un prêt", "noting a contact about a loan"
    READ_CONTACT = "read_contact", "consulter les contacts d'un prêt", "reading a loan's contacts"
    RECORD_PROMISE = "record_promise", "noter une promesse de paiement", "noting a promise to pay"
    READ_PROMISE = "read_promise", "consulter les promesses de paiement", "reading promises to pay"
    CLOSE_DAY = "close_day", "clore la journée", "closing the day"
    IMPORT_LOANS = "import_loans", "reprendre un portefeuille de prêts", "importing a portfolio of loans"
    READ_EVENTS = "read_events", "suivre les événements", "following the events"
    READ_AUDIT = "read_audit", "consulter la piste d'audit", "reading the audit trail"
    VERIFY_LEDGER = "verify_ledger", "vérifier le journal", "verifying the ledger"


OPERATOR = frozenset({Role.OPERATOR})
CAE = frozenset({Role.CAE})
OPERATOR_OR_CAE = frozenset({Role.OPERATOR, Role.CAE})

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.CREATE_FUND: OPERATOR,
    Act.CHANGE_FUND: OPERATOR,
    Act.RECORD_CONTRIBUTION: OPERATOR,
    Act.RECORD_PLEDGE: OPERATOR,
    Act.WITHDRAW_CONTRIBUTION: OPERATOR,
    Act.READ_PLEDGE: frozenset({Role.OPERATOR, Role.FUNDER, Role.PARTNER, Role.ADMIN}),
    Act.READ_STATEMENT: frozenset({Role.OPERATOR, Role.FUNDER, Role.ADMIN}),
    Act.DECLARE_FUNDERS: OPERATOR,
    Act.READ_FUND: frozenset(Role),
    Act.READ_POSITION: frozenset({Role.OPERATOR, Role.FUNDER, Role.PARTNER, Role.ADMIN}),
    Act.READ_INDICATORS: frozenset(Role),
    Act.SUBMIT_APPLICATION: OPERATOR_OR_CAE,
    Act.SAVE_DRAFT: OPERATOR_OR_CAE,
    Act.READ_DRAFT: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.REVIEW_APPLICATION: OPERATOR,
    Act.WITHDRAW_APPLICATION: OPERATOR_OR_CAE,
    Act.DECIDE_APPLICATION: OPERATOR,
    Act.KEEP_COMMITTEE: OPERATOR,
    Act.READ_COMMITTEE: frozenset({Role.OPERATOR, Role.PARTNER, Role.ADMIN}),
    Act.HOLD_SESSION: OPERATOR,
    Act.CLOSE_SESSION: OPERATOR,
    Act.READ_SESSION: frozenset({Role.OPERATOR, Role.PARTNER, Role.ADMIN}),
    Act.READ_MINUTES: frozenset({Role.OPERATOR, Role.PARTNER, Role.ADMIN}),
    Act.VERIFY_MINUTES: frozenset({Role.OPERATOR, Role.ADMIN}),
    Act.LIFT_CONDITION: OPERATOR,
    Act.SIGN_OFFER: OPERATOR,
    Act.DECLINE_OFFER: OPERATOR_OR_CAE,
    Act.CANCEL_OFFER: OPERATOR,
    Act.LAPSE_OFFERS: frozenset(),  # of the daily close alone, which no token asks for
    Act.ATTACH_DOCUMENT: OPERATOR_OR_CAE,
    Act.REMOVE_DOCUMENT: OPERATOR_OR_CAE,
    Act.READ_DOCUMENT: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.ASK_QUESTION: OPERATOR_OR_CAE,
    Act.ANSWER_QUESTION: OPERATOR_OR_CAE,
    Act.READ_QUESTION: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.READ_APPLICATION: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    Act.DISBURSE_LOAN: OPERATOR,
    Act.READ_LOAN: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    Act.READ_JOURNAL: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    Act.RECORD_REPAYMENT: OPERATOR,
    Act.REVERSE_REPAYMENT: OPERATOR,
    Act.DECLARE_REPAYMENT: CAE,
    Act.CONFIRM_REPAYMENT_DECLARATION: OPERATOR,
    Act.REJECT_REPAYMENT_DECLARATION: OPERATOR,
    Act.WITHDRAW_REPAYMENT_DECLARATION: CAE,
    Act.READ_REPAYMENT_DECLARATION: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.READ_REMITTANCE: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.WRITE_OFF_LOAN: OPERATOR,
    Act.PAY_TRANCHE: OPERATOR,
    Act.END_TRANCHES: OPERATOR,
    Act.RESCHEDULE_LOAN: OPERATOR,
    Act.ACCELERATE_LOAN: OPERATOR,
    Act.RECORD_DEPARTURE: OPERATOR,
    Act.MOVE_LOAN: OPERATOR,
    Act.RECORD_BORROWER_EVENT: OPERATOR,
    Act.RECORD_RECOVERY: OPERATOR,
    Act.PLAN_REMINDERS: OPERATOR,
    Act.READ_REMINDER_PLAN: frozenset({Role.OPERATOR, Role.PARTNER, Role.ADMIN}),
    Act.READ_REMINDER: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.COMPLETE_REMINDER: OPERATOR,
    Act.RECORD_CONTACT: OPERATOR_OR_CAE,
    Act.READ_CONTACT: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.RECORD_PROMISE: OPERATOR,
    Act.READ_PROMISE: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.CLOSE_DAY: frozenset(),  # of the worker and the command line, which no token asks for
    Act.IMPORT_LOANS: OPERATOR,
    Act.READ_EVENTS: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    Act.READ_AUDIT: frozenset({Role.OPERATOR, Role.ADMIN}),
    Act.VERIFY_LEDGER: frozenset({Role.ADMIN}),
}


def require(caller: Caller, act: Act) -> None:
    caller.require(ALLOWED[act], act)


def sees_names(caller: Caller, access: FundAccess) -> bool:
    """A partner reads across regions to follow loans, not people, unless the fund lets it.

    Names go with all that tells of a person: contacts, the masked bank account, the committee, free texts.
    """
    match caller.role:
        case Role.OPERATOR | Role.CAE | Role.ADMIN:
            return True
        case Role.PARTNER:
            return access.partners_see_names
        case Role.FUNDER:
            return False
