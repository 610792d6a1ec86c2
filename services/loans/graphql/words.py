"""Enumerations and pointers that several types share."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from services.kernel.contracts import ContractKind
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.arrears import Bucket
from services.loans.domain.committee import Outcome
from services.loans.domain.fund_access import SecondPersonAct
from services.loans.domain.funders import FunderKind
from services.loans.domain.life.borrower_events import BorrowerEventKind
from services.loans.domain.life.stays import StayEnd
from services.loans.domain.life.versions import ScheduleCause
from services.loans.domain.loan import LoanStatus, LossCause
from services.loans.domain.loan_list import LoanSort
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_declaration import DeclarationStatus
from services.loans.domain.terms import EligibleContract

if TYPE_CHECKING:
    from services.loans.graphql.applications import LoanApplication
    from services.loans.graphql.caes import Cae
    from services.loans.graphql.committees import CommitteeSession
    from services.loans.graphql.entrepreneurs import Entrepreneur
    from services.loans.graphql.funders import Funder
    from services.loans.graphql.funds import LoanFund
    from services.loans.graphql.loans import Loan
    from services.loans.graphql.regions import Region
    from services.loans.graphql.repayment_declarations import RepaymentDeclaration

strawberry.enum(ApplicationStatus, name="LoanApplicationStatus", description="Where an application stands.")
strawberry.enum(ContractKind, description="CAPE: a trial. CESA: an employee-entrepreneur's contract.")
strawberry.enum(EligibleContract, description="Who may borrow from a fund; CESA admits members too.")
strawberry.enum(FunderKind, description="What kind of body a funder is; UNDECLARED stands for an import's.")
strawberry.enum(LoanStatus, description="Where a loan stands.")
strawberry.enum(Bucket, name="ArrearsBucket", description="By days late, both ends included.")
strawberry.enum(
    LoanSort,
    description="DUE and DUE_LAST list the loans that still owe, LATE and LATE_SHORTEST the late ones.",
)
strawberry.enum(Outcome, name="CommitteeOutcome", description="What a committee decided.")
strawberry.enum(
    DeclarationStatus,
    name="RepaymentDeclarationStatus",
    description="Where a declared repayment stands; it counts once CONFIRMED.",
)
strawberry.enum(
    EarlyMode, description="What an early repayment does to what follows, once what is due is covered."
)
strawberry.enum(LossCause, description="Why a loan was lost.")
strawberry.enum(BorrowerEventKind, description="What may happen to a borrower.")
strawberry.enum(StayEnd, name="CaeStayEnd", description="How a stay in a CAE ended.")
strawberry.enum(ScheduleCause, description="What made a version of a schedule.")
strawberry.enum(PaymentMethod, description="How a repayment came.")
strawberry.enum(
    SecondPersonAct,
    description="An act that a fund may ask of another person than the one who recorded the decision.",
)

_HERE = "services.loans.graphql"
ApplicationType: TypeAlias = Annotated["LoanApplication", strawberry.lazy(f"{_HERE}.applications")]
CaeType: TypeAlias = Annotated["Cae", strawberry.lazy(f"{_HERE}.caes")]
EntrepreneurType: TypeAlias = Annotated["Entrepreneur", strawberry.lazy(f"{_HERE}.entrepreneurs")]
FunderType: TypeAlias = Annotated["Funder", strawberry.lazy(f"{_HERE}.funders")]
FundType: TypeAlias = Annotated["LoanFund", strawberry.lazy(f"{_HERE}.funds")]
LoanType: TypeAlias = Annotated["Loan", strawberry.lazy(f"{_HERE}.loans")]
DeclarationType: TypeAlias = Annotated[
    "RepaymentDeclaration", strawberry.lazy(f"{_HERE}.repayment_declarations")
]
SessionType: TypeAlias = Annotated["CommitteeSession", strawberry.lazy(f"{_HERE}.committees")]
RegionType: TypeAlias = Annotated["Region", strawberry.lazy(f"{_HERE}.regions")]
