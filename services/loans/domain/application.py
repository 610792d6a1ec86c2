"""The life of an application: a table of moves, and the rules of each move."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.language import Word
from services.kernel.officers import Officer
from services.kernel.refusals import StatusForbids
from services.loans.domain.borrower import BankAccount, Borrower, check_contract_dates
from services.loans.domain.committee import Committee, Outcome, check_decision
from services.loans.domain.condition import Condition, check_lifted
from services.loans.domain.refusals import OfferLapsed
from services.loans.domain.terms import FundSettings, Terms, check_contract, check_terms


class ApplicationStatus(Word):
    DRAFT = "draft", "brouillon", "draft"
    SUBMITTED = "submitted", "déposée", "submitted"
    UNDER_REVIEW = "under_review", "en instruction", "under review"
    APPROVED = "approved", "accordée", "approved"
    REFUSED = "refused", "refusée", "refused"
    WITHDRAWN = "withdrawn", "retirée", "withdrawn"
    SIGNED = "signed", "offre signée", "signed"
    DECLINED = "declined", "offre déclinée", "declined"
    DISBURSED = "disbursed", "versée", "disbursed"
    LAPSED = "lapsed", "offre caduque", "lapsed"
    CANCELLED = "cancelled", "annulée avant versement", "cancelled before disbursement"


class ApplicationAct(Word):
    CHANGE = "change", "compléter le brouillon", "filling the draft"
    SUBMIT = "submit", "déposer la demande", "submitting the application"
    REVIEW = "review", "mettre la demande en instruction", "taking the application under review"
    WITHDRAW = "withdraw", "retirer la demande", "withdrawing the application"
    APPROVE = "approve", "accorder la demande", "approving the application"
    REFUSE = "refuse", "refuser la demande", "refusing the application"
    SIGN = "sign", "signer l'offre", "signing the offer"
    DECLINE = "decline", "décliner l'offre", "declining the offer"
    LAPSE = "lapse", "constater la caducité de l'offre", "lapsing the offer"
    CANCEL = "cancel", "annuler l'offre signée", "cancelling the signed offer"
    DISBURSE = "disburse", "verser le prêt", "disbursing the loan"
    ATTACH = "attach", "joindre une pièce", "attaching a document"
    DETACH = "detach", "retirer une pièce", "removing a document"
    ASK = "ask", "poser une question", "asking a question"
    ANSWER = "answer", "répondre à une question", "answering a question"


FIRST_STATUS = ApplicationStatus.SUBMITTED
FIRST_STATUSES = frozenset({ApplicationStatus.DRAFT, FIRST_STATUS})

MOVES: dict[tuple[ApplicationStatus, ApplicationAct], ApplicationStatus] = {
    (ApplicationStatus.DRAFT, ApplicationAct.CHANGE): ApplicationStatus.DRAFT,
    (ApplicationStatus.DRAFT, ApplicationAct.SUBMIT): ApplicationStatus.SUBMITTED,
    (ApplicationStatus.DRAFT, ApplicationAct.WITHDRAW): ApplicationStatus.WITHDRAWN,
    (ApplicationStatus.SUBMITTED, ApplicationAct.REVIEW): ApplicationStatus.UNDER_REVIEW,
    (ApplicationStatus.SUBMITTED, ApplicationAct.WITHDRAW): ApplicationStatus.WITHDRAWN,
    (ApplicationStatus.UNDER_REVIEW, ApplicationAct.WITHDRAW): ApplicationStatus.WITHDRAWN,
    (ApplicationStatus.UNDER_REVIEW, ApplicationAct.APPROVE): ApplicationStatus.APPROVED,
    (ApplicationStatus.UNDER_REVIEW, ApplicationAct.REFUSE): ApplicationStatus.REFUSED,
    (ApplicationStatus.APPROVED, ApplicationAct.SIGN): ApplicationStatus.SIGNED,
    (ApplicationStatus.APPROVED, ApplicationAct.DECLINE): ApplicationStatus.DECLINED,
    (ApplicationStatus.APPROVED, ApplicationAct.LAPSE): ApplicationStatus.LAPSED,
    (ApplicationStatus.LAPSED, ApplicationAct.SIGN): ApplicationStatus.SIGNED,
    (ApplicationStatus.SIGNED, ApplicationAct.CANCEL): ApplicationStatus.CANCELLED,
    (ApplicationStatus.SIGNED, ApplicationAct.DISBURSE): ApplicationStatus.DISBURSED,
}
"""A lapsed offer is signed all the same where the signature is of its days: the paper came late."""

BEFORE_DECISION = frozenset(
    {ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED, ApplicationStatus.UNDER_REVIEW}
)
WITHOUT_A_LOAN = frozenset(
    {
        ApplicationStatus.REFUSED,
        ApplicationStatus.WITHDRAWN,
        ApplicationStatus.DECLINED,
        ApplicationStatus.CANCELLED,
    }
)
"""Ended for good. A lapsed offer is not among them: see `MOVES`."""

OPEN_TO: dict[ApplicationAct, frozenset[ApplicationStatus]] = {
    ApplicationAct.ATTACH: frozenset(ApplicationStatus) - WITHOUT_A_LOAN,
    ApplicationAct.DETACH: BEFORE_DECISION,
    ApplicationAct.ASK: BEFORE_DECISION,
    ApplicationAct.ANSWER: BEFORE_DECISION,
}
"""What leaves the status as it is, and the statuses in which it is done."""

COMMITTING = frozenset({ApplicationStatus.APPROVED, ApplicationStatus.SIGNED})
"""Statuses in which the fund has promised money that it has not yet paid."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`granted` is None for a refusal. `decided_by` is who recorded it, never who sat in the committee.

    `settings_version`: of the fund, in force on the day of the session.
    """

    outcome: Outcome
    committee: Committee
    granted: Terms | None
    conditions: tuple[Condition, ...] = ()
    reason: str | None = None
    decided_by: Officer | None = None
    settings_version: int | None = None
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """`submitted_on` is what the paper says, if it says: never the day of recording.

    `ended_on` is the day of the withdrawal, decline or cancellation, or the first on which a lapsed offer no
    longer stood. `open_questions` is None for whom they are not.
    """

    id: UUID
    fund_id: UUID
    region: str
    borrower: Borrower
    asked: Terms
    purpose: str
    created_at: datetime
    number: str | None = None
    bank: BankAccount | None = None
    submitted_on: date | None = None
    submission_settings_version: int | None = None
    status: ApplicationStatus = FIRST_STATUS
    decision: Decision | None = None
    signed_on: date | None = None
    ended_on: date | None = None
    ended_reason: str | None = None
    loan_id: UUID | None = None
    open_questions: int | None = 0

    @property
    def committed_cents(self) -> int:
        """What the fund has promised for it and not yet paid."""
        if self.status in COMMITTING and self.decision and self.decision.granted:
            return self.decision.granted.amount_cents
        return 0

    @property
    def decision_settings_version(self) -> int | None:
        return None if self.decision is None else self.decision.settings_version

    @property
    def granted_terms(self) -> Terms:
        if self.decision is None or self.decision.granted is None:
            raise ValueError(f"application {self.id} was not approved")
        return self.decision.granted


def next_status(status: ApplicationStatus, act: ApplicationAct) -> ApplicationStatus:
    following = MOVES.get((status, act))
    if following is None:
        possible_from = [before for (before, possible), _ in MOVES.items() if possible is act]
        raise StatusForbids(status=status, act=act, possible_from=possible_from)
    return following


def require_open_to(status: ApplicationStatus, act: ApplicationAct) -> None:
    if status not in OPEN_TO[act]:
        possible_from = [one for one in ApplicationStatus if one in OPEN_TO[act]]
        raise StatusForbids(status=status, act=act, possible_from=possible_from)


def move(application: Application, act: ApplicationAct) -> Application:
    return replace(application, status=next_status(application.status, act))


def check_submission(application: Application, settings: FundSettings, *, today: date) -> None:
    """What the committee would refuse anyway is refused at the door."""
    for check in submission_checks(application, settings, today=today):
        check()


def submission_checks(
    application: Application, settings: FundSettings, *, today: date
) -> tuple[Callable[[], None], ...]:
    """Each raises its own refusal: a submission stops at the first, a draft is told of all."""
    borrower, submitted_on = application.borrower, application.submitted_on

    def is_of_the_past() -> None:
        if submitted_on is not None:
            require_past(DateField.SUBMITTED_ON, submitted_on, today)

    return (
        is_of_the_past,
        lambda: check_contract_dates(borrower.contract),
        lambda: check_contract(settings, borrower.contract, is_member=borrower.member_since is not None),
        lambda: check_terms(settings, application.asked),
    )


def review(application: Application) -> Application:
    return move(application, ApplicationAct.REVIEW)


def withdraw(application: Application, *, on: date, reason: str | None, today: date) -> Application:
    withdrawn = move(application, ApplicationAct.WITHDRAW)
    require_past(DateField.WITHDRAWN_ON, on, today)
    if application.submitted_on is not None:
        require_order(DateField.SUBMITTED_ON, application.submitted_on, DateField.WITHDRAWN_ON, on)
    return replace(withdrawn, ended_on=on, ended_reason=reason)


def decide(
    application: Application, decision: Decision, settings: FundSettings, *, today: date
) -> Application:
    """What the committee may decide by itself; whether the fund has the money is `approval`'s question."""
    act = ApplicationAct.APPROVE if decision.outcome is Outcome.APPROVED else ApplicationAct.REFUSE
    decided = move(application, act)
    committee = decision.committee
    require_past(DateField.HELD_ON, committee.held_on, today)
    if application.submitted_on is not None:
        require_order(DateField.SUBMITTED_ON, application.submitted_on, DateField.HELD_ON, committee.held_on)
    check_decision(
        committee,
        decision.outcome,
        applicant_cae=application.borrower.cae.siren,
        quorum=settings.quorum,
    )
    if decision.granted is not None:
        check_contract(
            settings,
            application.borrower.contract,
            is_member=application.borrower.member_since is not None,
        )
        check_terms(settings, decision.granted)
    return replace(decided, decision=decision)


def sign(application: Application, *, signed_on: date, settings: FundSettings, today: date) -> Application:
    signed = move(application, ApplicationAct.SIGN)
    held_on = session_day(application)
    require_past(DateField.SIGNED_ON, signed_on, today)
    require_order(DateField.HELD_ON, held_on, DateField.SIGNED_ON, signed_on)
    first_day_lapsed = lapses_on(application, settings.offer_days)
    if first_day_lapsed is not None and signed_on >= first_day_lapsed:
        open_until = first_day_lapsed - timedelta(days=1)
        raise OfferLapsed(held_on=held_on, open_until=open_until, signed_on=signed_on)
    return replace(signed, signed_on=signed_on, ended_on=None)


def lapses_on(application: Application, offer_days: int | None) -> date | None:
    """The first day on which the offer no longer stands unless it was signed before; None: it stays open.

    Open until `offer_days` after the session, that day included.
    """
    return None if offer_days is None else session_day(application) + timedelta(days=offer_days + 1)


def lapse(application: Application, *, offer_days: int | None, today: date) -> Application | None:
    """The offer lapsed; None where it still stands."""
    lapsed = move(application, ApplicationAct.LAPSE)
    first_day_lapsed = lapses_on(application, offer_days)
    if first_day_lapsed is None or today < first_day_lapsed:
        return None
    return replace(lapsed, ended_on=first_day_lapsed)


def cancel(application: Application, *, on: date, reason: str, today: date) -> Application:
    """A signed offer that will not be paid."""
    cancelled = move(application, ApplicationAct.CANCEL)
    require_past(DateField.CANCELLED_ON, on, today)
    if application.signed_on is not None:
        require_order(DateField.SIGNED_ON, application.signed_on, DateField.CANCELLED_ON, on)
    return replace(cancelled, ended_on=on, ended_reason=reason)


def decline(application: Application, *, on: date, reason: str | None, today: date) -> Application:
    declined = move(application, ApplicationAct.DECLINE)
    require_past(DateField.DECLINED_ON, on, today)
    require_order(DateField.HELD_ON, session_day(application), DateField.DECLINED_ON, on)
    return replace(declined, ended_on=on, ended_reason=reason)


def disburse(application: Application, *, disbursed_on: date, loan_id: UUID, today: date) -> Application:
    disbursed = move(application, ApplicationAct.DISBURSE)
    require_past(DateField.DISBURSED_ON, disbursed_on, today)
    if application.signed_on is not None:
        require_order(DateField.SIGNED_ON, application.signed_on, DateField.DISBURSED_ON, disbursed_on)
    if application.decision is not None:
        check_lifted(application.decision.conditions, disbursed_on=disbursed_on)
    return replace(disbursed, loan_id=loan_id)


def session_day(application: Application) -> date:
    if application.decision is None:
        raise ValueError(f"application {application.id} was not decided")
    return application.decision.committee.held_on
