"""The dossiers of loans that are about a person, when they end, and the rows that belong to them.

An application that becomes a loan ends with it: one story, one period. What has not ended is kept: a draft, a
request under review, an offer, a loan that is still owed.
"""

from services.loans.persistence.tables import (
    AnswerRow,
    ApplicationRow,
    ArrearsSpellRow,
    BorrowerContactRow,
    BorrowerEventRow,
    CaeStayRow,
    CommitteeMemberRow,
    CommitteeSessionRow,
    ConditionRow,
    DecisionRow,
    DocumentRow,
    DraftRow,
    InstalmentNoticeRow,
    InstalmentRow,
    JournalEntryRow,
    LoanRow,
    LoanShareRow,
    PaymentPromiseRow,
    PostingRow,
    QuestionRow,
    RecoveryRow,
    ReminderRow,
    RepaymentDeclarationRow,
    RepaymentRow,
    ReversalRow,
    ScheduleChangeRow,
    SessionItemRow,
    SessionMemberRow,
    StandingMemberRow,
    TrancheEndRow,
    TrancheRow,
    metadata,
)
from services.loans.persistence.wide_statements import table_of
from services.runtime.privacy.personal_dossiers import IDS, DossierKind, Place, history_places

_LOAN_ENDED_ON = """
    CASE loan.status
         WHEN 'repaid' THEN (SELECT max(paid_on) FROM loans.repayments AS paid WHERE paid.loan_id = loan.id)
         WHEN 'written_off' THEN greatest(loan.written_off_on,
              (SELECT max(received_on) FROM loans.recoveries AS recovered WHERE recovered.loan_id = loan.id))
    END
"""

_LOANS_ENDED = f"""
    SELECT loan.id, 'carried_out' AS ending, {_LOAN_ENDED_ON} AS ended_on FROM loans.loans AS loan
     WHERE loan.status IN ('repaid', 'written_off')
"""  # noqa: S608 - nothing but ours

_APPLICATIONS_ENDED = f"""
    SELECT application.id,
           CASE application.status WHEN 'disbursed' THEN 'carried_out' ELSE 'not_granted' END AS ending,
           CASE application.status
                WHEN 'disbursed' THEN {_LOAN_ENDED_ON}
                WHEN 'refused' THEN (SELECT held_on FROM loans.decisions AS decision
                                      WHERE decision.application_id = application.id)
                ELSE application.ended_on
           END AS ended_on
      FROM loans.applications AS application
      LEFT JOIN loans.loans AS loan ON loan.application_id = application.id
     WHERE application.status IN ('refused', 'withdrawn', 'declined', 'lapsed', 'cancelled', 'disbursed')
"""  # noqa: S608

# A draft that nobody touches any more ended when it last changed: it is never kept for being forgotten.
_DRAFTS_ENDED = """
    SELECT draft.id, 'not_granted' AS ending,
           coalesce(draft.ended_on, CAST(draft.changed_at AT TIME ZONE 'Europe/Paris' AS date)) AS ended_on
      FROM loans.application_drafts AS draft
"""

# A session's people act for others: what names them goes with the session's own day, and a member's with the
# last day of theirs. What a session says of an applicant goes with the application.
_SESSIONS_ENDED = """
    SELECT held.id, 'carried_out' AS ending, held.held_on AS ended_on FROM loans.committee_sessions AS held
     WHERE held.status IN ('closed', 'cancelled')
"""
_MEMBERS_ENDED = """
    SELECT member.id, 'carried_out' AS ending, member.until_on AS ended_on
      FROM loans.standing_members AS member WHERE member.until_on IS NOT NULL
"""
_SAID_OF_APPLICANTS = frozenset(
    {
        "session_id",
        "application_id",
        "outcome",
        "granted_amount_cents",
        "granted_months",
        "granted_grace_months",
        "conditions",
        "reason",
        "applicant",
    }
)

_ENTRY = "JOIN loans.journal_entries AS entry ON entry.id = held.entry_id"


def _folder(owner: str) -> tuple[Place, ...]:
    """What belongs to an application from its draft on; `owner` is the column that names which it is."""
    asked = f"FROM loans.questions AS asked WHERE asked.{owner} = ANY ({IDS})"
    asked_of = f"(SELECT asked.{owner} FROM loans.questions AS asked WHERE asked.id = held.question_id)"  # noqa: S608
    return (
        Place(table_of(DocumentRow), f"held.{owner}"),
        Place(table_of(QuestionRow), f"held.{owner}"),
        Place(
            table_of(AnswerRow),
            asked_of,
            among=f"held.question_id IN (SELECT asked.id {asked})",
        ),
    )


KINDS = (
    DossierKind(
        "application_draft",
        table_of(DraftRow),
        _DRAFTS_ENDED,
        (Place(table_of(DraftRow), "held.id"), *_folder("draft_id"), *history_places(metadata)),
    ),
    DossierKind(
        "application",
        table_of(ApplicationRow),
        _APPLICATIONS_ENDED,
        (
            Place(table_of(ApplicationRow), "held.id"),
            Place(table_of(DecisionRow), "held.application_id"),
            Place(table_of(CommitteeMemberRow), "held.application_id"),
            Place(table_of(ConditionRow), "held.application_id"),
            Place(table_of(SessionItemRow), "held.application_id", shown=_SAID_OF_APPLICANTS),
            *_folder("application_id"),
            *history_places(metadata),
        ),
    ),
    DossierKind(
        "loan",
        table_of(LoanRow),
        _LOANS_ENDED,
        (
            Place(table_of(LoanRow), "held.id"),
            Place(table_of(InstalmentRow), "held.loan_id"),
            Place(table_of(LoanShareRow), "held.loan_id"),
            Place(table_of(RepaymentRow), "held.loan_id"),
            Place(table_of(RepaymentDeclarationRow), "held.loan_id"),
            Place(table_of(ReversalRow), "held.loan_id"),
            Place(table_of(RecoveryRow), "held.loan_id"),
            Place(table_of(ScheduleChangeRow), "held.loan_id"),
            Place(table_of(TrancheEndRow), "held.loan_id"),
            Place(table_of(TrancheRow), "held.loan_id"),
            Place(table_of(CaeStayRow), "held.loan_id"),
            Place(table_of(BorrowerEventRow), "held.loan_id"),
            Place(table_of(ArrearsSpellRow), "held.loan_id"),
            Place(table_of(InstalmentNoticeRow), "held.loan_id"),
            Place(table_of(ReminderRow), "held.loan_id"),
            Place(table_of(BorrowerContactRow), "held.loan_id"),
            Place(table_of(PaymentPromiseRow), "held.loan_id"),
            Place(table_of(JournalEntryRow), "held.loan_id"),
            Place(table_of(PostingRow), "entry.loan_id", join=_ENTRY),
            *history_places(metadata),
        ),
    ),
    DossierKind(
        "committee_session",
        table_of(CommitteeSessionRow),
        _SESSIONS_ENDED,
        (
            Place(table_of(CommitteeSessionRow), "held.id"),
            Place(table_of(SessionMemberRow), "held.session_id"),
            *history_places(metadata),
        ),
        is_of_entrepreneur=False,
    ),
    DossierKind(
        "committee_member",
        table_of(StandingMemberRow),
        _MEMBERS_ENDED,
        (Place(table_of(StandingMemberRow), "held.id"),),
        is_of_entrepreneur=False,
    ),
)
