"""One file for each mutation: its input, its answer, and the use case it calls."""

import strawberry

from services.loans.graphql.mutations.accelerate_loan import AccelerateLoan
from services.loans.graphql.mutations.cancel_application import CancelApplication
from services.loans.graphql.mutations.close_committee_session import CloseCommitteeSession
from services.loans.graphql.mutations.confirm_repayment_declaration import ConfirmRepaymentDeclaration
from services.loans.graphql.mutations.decide_application import DecideApplication
from services.loans.graphql.mutations.declare_repayment import DeclareRepayment
from services.loans.graphql.mutations.decline_application import DeclineApplication
from services.loans.graphql.mutations.disburse_loan import DisburseLoan
from services.loans.graphql.mutations.end_tranches import EndTranches
from services.loans.graphql.mutations.lift_condition import LiftCondition
from services.loans.graphql.mutations.move_loan import MoveLoan
from services.loans.graphql.mutations.open_committee_session import OpenCommitteeSession
from services.loans.graphql.mutations.pay_tranche import PayTranche
from services.loans.graphql.mutations.record_borrower_event import RecordBorrowerEvent
from services.loans.graphql.mutations.record_committee_vote import RecordCommitteeVote
from services.loans.graphql.mutations.record_departure import RecordDeparture
from services.loans.graphql.mutations.record_recovery import RecordRecovery
from services.loans.graphql.mutations.record_repayment import RecordRepayment
from services.loans.graphql.mutations.reject_repayment_declaration import RejectRepaymentDeclaration
from services.loans.graphql.mutations.reschedule_loan import RescheduleLoan
from services.loans.graphql.mutations.reverse_repayment import ReverseRepayment
from services.loans.graphql.mutations.review_application import ReviewApplication
from services.loans.graphql.mutations.save_draft import SaveDraft
from services.loans.graphql.mutations.sign_application import SignApplication
from services.loans.graphql.mutations.submit_application import SubmitApplication
from services.loans.graphql.mutations.submit_draft import SubmitDraft
from services.loans.graphql.mutations.withdraw_application import WithdrawApplication
from services.loans.graphql.mutations.withdraw_repayment_declaration import WithdrawRepaymentDeclaration
from services.loans.graphql.mutations.write_off_loan import WriteOffLoan


@strawberry.type
class Mutation(
    SaveDraft,
    SubmitDraft,
    SubmitApplication,
    ReviewApplication,
    WithdrawApplication,
    DecideApplication,
    SignApplication,
    DeclineApplication,
    CancelApplication,
    OpenCommitteeSession,
    RecordCommitteeVote,
    CloseCommitteeSession,
    LiftCondition,
    DisburseLoan,
    RecordRepayment,
    ReverseRepayment,
    DeclareRepayment,
    ConfirmRepaymentDeclaration,
    RejectRepaymentDeclaration,
    WithdrawRepaymentDeclaration,
    WriteOffLoan,
    RecordRecovery,
    PayTranche,
    EndTranches,
    RescheduleLoan,
    AccelerateLoan,
    RecordDeparture,
    MoveLoan,
    RecordBorrowerEvent,
):
    """Each of its fields stands in the file of its name."""
