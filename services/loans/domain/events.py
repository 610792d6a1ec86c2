"""What readers of the feed are told of loans, in one table. A type is never renamed.

`docs/fr/evenements.md` is this table. Types marked as declared are sent by later work.
"""

from services.kernel.language import Word


class LoansEvent(Word):
    FUND_CREATED = "fund.created", "un fonds est créé", "a fund was created"
    FUND_CHANGED = "fund.changed", "les réglages d'un fonds ont changé", "a fund's settings changed"
    FUND_REMINDERS_PLANNED = (
        "fund.reminders_planned",
        "le plan de relances d'un fonds est fixé",
        "a fund's plan of reminders was set",
    )
    FUND_FUNDERS_DECLARED = (
        "fund.funders_declared",
        "les financeurs des prêts repris sont déclarés",
        "the funders of imported loans were declared",
    )
    CONTRIBUTION_PLEDGED = (
        "contribution.pledged",
        "un financeur s'engage à abonder un fonds",
        "a funder pledged money to a fund",
    )
    CONTRIBUTION_RECORDED = (
        "contribution.recorded",
        "un abondement est versé au fonds",
        "a contribution was paid into a fund",
    )
    CONTRIBUTION_WITHDRAWN = (
        "contribution.withdrawn",
        "un financeur reprend une part de son abondement",
        "a funder took back part of its contribution",
    )

    APPLICATION_DRAFT_CREATED = (
        "application.draft_created",
        "un brouillon de demande est créé",
        "a draft of an application was created",
    )
    APPLICATION_CHANGED = "application.changed", "un brouillon de demande a changé", "a draft was changed"
    APPLICATION_SUBMITTED = (
        "application.submitted",
        "une demande est déposée",
        "an application was submitted",
    )
    APPLICATION_UNDER_REVIEW = (
        "application.under_review",
        "une demande passe en instruction",
        "an application was taken under review",
    )
    APPLICATION_APPROVED = (
        "application.approved",
        "le comité accorde le prêt",
        "the committee approved an application",
    )
    APPLICATION_REFUSED = (
        "application.refused",
        "le comité refuse le prêt",
        "the committee refused an application",
    )
    APPLICATION_WITHDRAWN = (
        "application.withdrawn",
        "une demande est retirée avant décision",
        "an application was withdrawn before the decision",
    )
    APPLICATION_CONDITION_LIFTED = (
        "application.condition_lifted",
        "une condition d'une offre est levée",
        "a condition of an offer was lifted",
    )
    APPLICATION_SIGNED = "application.signed", "l'offre est signée", "the offer was signed"
    APPLICATION_DECLINED = "application.declined", "l'offre est déclinée", "the offer was declined"
    APPLICATION_LAPSED = (
        "application.lapsed",
        "l'offre est caduque : son délai est passé",
        "the offer lapsed: its days are over",
    )
    APPLICATION_CANCELLED = (
        "application.cancelled",
        "une offre signée est annulée avant versement",
        "a signed offer was cancelled before disbursement",
    )

    APPLICATION_DOCUMENT_ATTACHED = (
        "application.document_attached",
        "une pièce est jointe à une demande",
        "a document was attached to an application",
    )
    APPLICATION_DOCUMENT_REMOVED = (
        "application.document_removed",
        "une pièce est retirée d'une demande",
        "a document was removed from an application",
    )
    APPLICATION_QUESTION_ASKED = (
        "application.question_asked",
        "une question est posée sur une demande",
        "a question was asked about an application",
    )
    APPLICATION_QUESTION_ANSWERED = (
        "application.question_answered",
        "une question sur une demande a sa réponse",
        "a question about an application was answered",
    )

    LOAN_DISBURSED = "loan.disbursed", "un prêt est versé", "a loan was disbursed"
    LOAN_IMPORTED = "loan.imported", "un prêt existant est repris", "an existing loan was imported"
    LOAN_REPAID = "loan.repaid", "un prêt est soldé", "a loan was wholly repaid"
    LOAN_REOPENED = (
        "loan.reopened",
        "un prêt soldé ne l'est plus : un remboursement est annulé",
        "a repaid loan owes again: a repayment was reversed",
    )
    LOAN_RESCHEDULED = (
        "loan.rescheduled",
        "l'échéancier d'un prêt est réaménagé",
        "a loan's schedule was changed",
    )
    LOAN_SUSPENDED = (
        "loan.suspended",
        "les échéances d'un prêt sont suspendues",
        "a loan's instalments were suspended",
    )
    LOAN_ACCELERATED = (
        "loan.accelerated",
        "la déchéance du terme est prononcée",
        "the whole loan was called in",
    )
    LOAN_WRITTEN_OFF = "loan.written_off", "un prêt est passé en perte", "a loan was written off"
    LOAN_TRANCHE_PAID = (
        "loan.tranche_paid",
        "une tranche d'un prêt est versée",
        "a tranche of a loan was paid",
    )
    LOAN_TRANCHES_ENDED = (
        "loan.tranches_ended",
        "le reste d'un prêt ne sera pas versé",
        "the rest of a loan will not be paid",
    )
    LOAN_SCHEDULE_LAID_OUT = (
        "loan.schedule_laid_out",
        "un fait daté d'avant, ou un remboursement, change l'échéancier",
        "an earlier dated fact, or a repayment, changed the schedule",
    )
    LOAN_BORROWER_EVENT_RECORDED = (
        "loan.borrower_event_recorded",
        "un décès ou une insolvabilité de l'emprunteur est noté",
        "a death or an insolvency of the borrower was recorded",
    )
    LOAN_BORROWER_LEFT = (
        "loan.borrower_left",
        "l'emprunteur quitte la CAE ; le prêt continue",
        "the borrower left the CAE; the loan goes on",
    )
    LOAN_MOVED = "loan.moved", "un prêt suit l'entrepreneur dans une autre CAE", "a loan moved to another CAE"

    REPAYMENT_RECORDED = "repayment.recorded", "un remboursement est enregistré", "a repayment was recorded"
    REPAYMENT_REVERSED = "repayment.reversed", "un remboursement est annulé", "a repayment was reversed"
    REPAYMENT_DECLARATION_DECLARED = (
        "repayment_declaration.declared",
        "une CAE déclare un remboursement qu'elle a encaissé",
        "a CAE declared a repayment that it collected",
    )
    REPAYMENT_DECLARATION_CONFIRMED = (
        "repayment_declaration.confirmed",
        "l'opérateur confirme un remboursement déclaré",
        "the operator confirmed a declared repayment",
    )
    REPAYMENT_DECLARATION_REJECTED = (
        "repayment_declaration.rejected",
        "l'opérateur rejette un remboursement déclaré",
        "the operator rejected a declared repayment",
    )
    REPAYMENT_DECLARATION_WITHDRAWN = (
        "repayment_declaration.withdrawn",
        "la CAE retire un remboursement déclaré",
        "the CAE withdrew a declared repayment",
    )
    RECOVERY_RECORDED = (
        "recovery.recorded",
        "une récupération après perte est enregistrée",
        "a recovery after a loss was recorded",
    )

    INSTALMENT_DUE = "instalment.due", "une échéance arrive", "an instalment falls due"
    INSTALMENT_OVERDUE = "instalment.overdue", "une échéance est en retard", "an instalment is overdue"
    REMINDER_DUE = "reminder.due", "une relance est à faire", "a reminder is to be sent"
    COMMITTEE_PLANNED = (
        "committee.planned",
        "une séance de comité est prévue",
        "a committee's session was planned",
    )
    COMMITTEE_CANCELLED = (
        "committee.cancelled",
        "une séance de comité est annulée",
        "a committee's session was cancelled",
    )
    REMINDER_DONE = "reminder.done", "une relance est faite", "a reminder was done"
    CONTACT_RECORDED = (
        "contact.recorded",
        "un contact à propos d'un prêt est noté",
        "a contact about a loan was noted",
    )
    PROMISE_RECORDED = (
        "promise.recorded",
        "une promesse de paiement est notée",
        "a promise to pay was noted",
    )
    PROMISE_BROKEN = (
        "promise.broken",
        "une promesse de paiement n'est pas tenue",
        "a promise to pay was broken",
    )
    COMMITTEE_CLOSED = (
        "committee.closed",
        "une séance de comité est close",
        "a committee's session was closed",
    )


DECLARED: frozenset[LoansEvent] = frozenset()
"""Written down so that integrators may be ready, and sent by nothing yet."""
