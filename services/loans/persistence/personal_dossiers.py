"""The dossiers of loans that are about a person, when they end, and the rows that belong to them.

An application that becomes a loan ends with it: one story, one period. What has not ended is kept: a draft, a
request under review, an offer, a loan that is still owed.
"""

from services.loans.persistence.tables import (
    ApplicationRow,
    ArrearsSpellRow,
    BorrowerContactRow,
    BorrowerEventRow,
    CaeStayRow,
    CommitteeMemberRow,
    DecisionRow,
    InstalmentNoticeRow,
    InstalmentRow,
    JournalEntryRow,
    LoanRow,
    LoanShareRow,
    PaymentPromiseRow,
    PostingRow,
    RecoveryRow,
    ReminderRow,
    RepaymentDeclarationRow,
    RepaymentRow,
    ReversalRow,
    ScheduleChangeRow,
    TrancheEndRow,
    TrancheRow,
    metadata,
)
from services.loans.persistence.wide_statements import table_of
from services.runtime.privacy.personal_dossiers import DossierKind, Place, history_places

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
     WHERE application.status IN ('refused', 'withdrawn', 'declined', 'disbursed')
"""  # noqa: S608

_ENTRY = "JOIN loans.journal_entries AS entry ON entry.id = held.entry_id"

KINDS = (
    DossierKind(
        "application",
        table_of(ApplicationRow),
        _APPLICATIONS_ENDED,
        (
            Place(table_of(ApplicationRow), "held.id"),
            Place(table_of(DecisionRow), "held.application_id"),
            Place(table_of(CommitteeMemberRow), "held.application_id"),
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
)
