"""The tables of the schema `loans`. Constraints repeat the rules of the domain: they are the last line.

Amounts are whole cents. Tenant columns: `region` and, where a person's dossier is held, `cae_siren`.
"""

from services.loans.persistence.tables.application_folders import (
    AnswerRow,
    DocumentRow,
    DraftRow,
    QuestionRow,
)
from services.loans.persistence.tables.applications import ApplicationRow, CommitteeMemberRow, DecisionRow
from services.loans.persistence.tables.arrears import (
    ArrearsSpellRow,
    BorrowerContactRow,
    DailyCloseRow,
    InstalmentNoticeRow,
    PaymentPromiseRow,
    ReminderPlanRow,
    ReminderRow,
    ReminderStepRow,
)
from services.loans.persistence.tables.base import idempotency_keys, metadata
from services.loans.persistence.tables.borrower_lives import BorrowerEventRow, CaeStayRow
from services.loans.persistence.tables.committee import (
    CommitteeSessionRow,
    ConditionRow,
    SessionItemRow,
    SessionMemberRow,
    StandingMemberRow,
)
from services.loans.persistence.tables.figures import CaeFiguresRow, FunderFiguresRow, LoanFiguresRow
from services.loans.persistence.tables.funds import (
    ContributionRow,
    FunderRow,
    FundRow,
    FundSettingsRow,
    PlannedPaymentRow,
    PledgeRow,
    WithdrawalRow,
)
from services.loans.persistence.tables.journal import JournalEntryRow, PostingRow
from services.loans.persistence.tables.loans import (
    InstalmentRow,
    LoanRow,
    LoanShareRow,
    RecoveryRow,
    RepaymentRow,
    ReversalRow,
)
from services.loans.persistence.tables.remittances import RemittanceRow, RemittedRepaymentRow
from services.loans.persistence.tables.repayment_declarations import RepaymentDeclarationRow
from services.loans.persistence.tables.schedules import (
    ScheduleChangeRow,
    ScheduleVersionRow,
    TrancheEndRow,
    TrancheRow,
)

__all__ = [
    "AnswerRow",
    "ApplicationRow",
    "ArrearsSpellRow",
    "BorrowerContactRow",
    "BorrowerEventRow",
    "CaeFiguresRow",
    "CaeStayRow",
    "CommitteeMemberRow",
    "CommitteeSessionRow",
    "ConditionRow",
    "ContributionRow",
    "DailyCloseRow",
    "DecisionRow",
    "DocumentRow",
    "DraftRow",
    "FundRow",
    "FundSettingsRow",
    "FunderFiguresRow",
    "FunderRow",
    "InstalmentNoticeRow",
    "InstalmentRow",
    "JournalEntryRow",
    "LoanFiguresRow",
    "LoanRow",
    "LoanShareRow",
    "PaymentPromiseRow",
    "PlannedPaymentRow",
    "PledgeRow",
    "PostingRow",
    "QuestionRow",
    "RecoveryRow",
    "ReminderPlanRow",
    "ReminderRow",
    "ReminderStepRow",
    "RemittanceRow",
    "RemittedRepaymentRow",
    "RepaymentDeclarationRow",
    "RepaymentRow",
    "ReversalRow",
    "ScheduleChangeRow",
    "ScheduleVersionRow",
    "SessionItemRow",
    "SessionMemberRow",
    "StandingMemberRow",
    "TrancheEndRow",
    "TrancheRow",
    "WithdrawalRow",
    "idempotency_keys",
    "metadata",
]
