"""A loan: what was disbursed, what came back, what is late."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar, Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.kernel.contracts import ContractKind
from services.kernel.identifiers import EntrepreneurId, Siren
from services.loans.domain.arrears import Bucket, arrears_of
from services.loans.domain.borrower import Borrower
from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.domain.loan import LoanStatus, LossCause
from services.loans.graphql import batches, follow_up_batches
from services.loans.graphql.borrowers import LoanBorrower
from services.loans.graphql.follow_up import LoanContact, LoanPromise
from services.loans.graphql.loan_life import (
    AS_KEPT,
    KeptInstalment,
    LoanBorrowerEvent,
    LoanCaeStay,
    LoanInstalment,
    LoanRepayment,
    LoanScheduleVersion,
    LoanTranche,
)
from services.loans.graphql.words import CaeType, DeclarationType, EntrepreneurType, FundType, RegionType
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredLoan = RootModel[LoanOfDomain]


def without_person(borrower: Borrower) -> Borrower:
    """All that the graph may show of it: what is kept to be replayed has no name either."""
    return Borrower(
        entrepreneur_id=borrower.entrepreneur_id,
        cae=borrower.cae,
        reference=borrower.reference,
        given_name="",
        family_name="",
        contract=borrower.contract,
        member_since=borrower.member_since,
    )


def unnamed(loan: LoanOfDomain) -> LoanOfDomain:
    return replace(loan, borrower=without_person(loan.borrower), written_off_reason=None)


@strawberry.federation.type(keys=["id"], description="A zero-interest loan, disbursed.")
class Loan:
    key_field: ClassVar[str] = "id"

    id: UUID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="The fund's own, unique in it.")
    status: LoanStatus = strawberry.field(description="Where it stands.")
    granted_cents: Cents = strawberry.field(description="What was granted.")
    principal_cents: Cents = strawberry.field(description="What of it has left the fund.")
    repaid_cents: Cents = strawberry.field(description="What came back, reversals taken off.")
    outstanding_cents: Cents = strawberry.field(description="What is still owed; 0 once written off.")
    written_off_cents: Cents = strawberry.field(description="What was lost.")
    recovered_cents: Cents = strawberry.field(description="What came after the loss.")
    arrears_cents: Cents = strawberry.field(description="Due by today and unpaid.")
    days_late: int = strawberry.field(description="Since the oldest due date that is not wholly paid.")
    bucket: Bucket | None = strawberry.field(description="Its days late by bucket; null if it is not late.")
    next_due_on: date | None = strawberry.field(
        description="Due date of the first instalment not wholly paid; null where nothing is owed."
    )
    months: int = strawberry.field(description="Its duration.")
    grace_months: int = strawberry.field(description="Months before the first instalment.")
    settings_version: int | None = strawberry.field(
        description="The version of the fund's rules that it was decided under; null for an imported loan."
    )
    disbursed_on: date = strawberry.field(description="When the money left.")
    written_off_on: date | None = strawberry.field(description="When it was written off.")
    contract_kind: ContractKind = strawberry.field(description="What bound the borrower to the CAE.")
    cae_name: str = strawberry.field(description="The CAE's name in this dossier.")
    written_off_cause: LossCause | None = strawberry.field(description="Why it was written off.")
    schedule_version: int = strawberry.field(description="The version of the schedule in force.")
    as_of: date | None = strawberry.field(description="The day of which these figures are; null for today.")
    entrepreneur_reference: str = strawberry.field(description="The CAE's own reference for the borrower.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    loan: strawberry.Private[LoanOfDomain]

    # What resolvers read of it: a row has the same (see `columns`).
    @property
    def cae_siren(self) -> Siren:
        return self.loan.borrower.cae.siren

    @property
    def entrepreneur_id(self) -> EntrepreneurId:
        return self.loan.borrower.entrepreneur_id

    @property
    def region_code(self) -> strawberry.ID:
        return strawberry.ID(self.loan.region)

    @property
    def fund_id(self) -> UUID:
        return self.loan.fund_id

    @property
    def instalments(self) -> Iterable[KeptInstalment]:
        return map(AS_KEPT, self.loan.schedule)

    @resolved("Its instalments, in order; none while tranches are still to be paid.")
    def schedule(self) -> list[LoanInstalment]:
        return LoanInstalment.listed(self.instalments, self.repaid_cents)

    @resolved("The borrower's CAE.")
    def cae(self) -> CaeType:
        from services.loans.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.cae_siren)

    @resolved("Who borrows; null for partners, unless the fund lets them read names.")
    async def borrower(self, info: Info) -> LoanBorrower | None:
        return LoanBorrower.of(await info.context.load(batches.borrowers_of_loans, self.id))

    @resolved("The borrower, by an id that tells nothing of who they are.")
    def entrepreneur(self) -> EntrepreneurType:
        from services.loans.graphql.entrepreneurs import Entrepreneur  # noqa: PLC0415

        return Entrepreneur(id=self.entrepreneur_id)

    @resolved("The fund's region.")
    def region(self) -> RegionType:
        from services.loans.graphql.regions import Region  # noqa: PLC0415

        return Region(code=self.region_code)

    @resolved("The fund that lends.")
    async def fund(self, info: Info) -> FundType:
        return await batches.fund_of(info.context, self.fund_id)

    @resolved("Its repayments, as they were recorded.")
    async def repayments(self, info: Info) -> list[LoanRepayment] | None:
        found = await info.context.load(batches.repayments_of_loans, self.id)
        return [LoanRepayment.of(repayment, self.id) for repayment in found or ()]

    @resolved("What left the fund, as recorded; most loans have one tranche.")
    async def tranches(self, info: Info) -> list[LoanTranche] | None:
        found = await info.context.load(batches.tranches_of_loans, self.id)
        return [LoanTranche.of(tranche) for tranche in found or ()]

    @resolved("The CAEs that hosted the borrower since the disbursement; a CAE reads its own.")
    async def stays(self, info: Info) -> list[LoanCaeStay] | None:
        found = await info.context.load(batches.stays_of_loans, self.id)
        return [LoanCaeStay.of(stay) for stay in found or ()]

    @resolved("A death, an insolvency.")
    async def borrower_events(self, info: Info) -> list[LoanBorrowerEvent] | None:
        found = await info.context.load(batches.events_of_loans, self.id)
        return [LoanBorrowerEvent.of(event) for event in found or ()]

    @resolved("Every schedule that it has had, with what was paid by the last day on which each held.")
    async def schedules(self, info: Info) -> list[LoanScheduleVersion] | None:
        found = await info.context.load(batches.schedules_of_loans, self.id)
        return [LoanScheduleVersion.of(paid) for paid in found or ()]

    @resolved("What its CAE declared as repaid, in order; not for partners.")
    async def repayment_declarations(self, info: Info) -> list[DeclarationType] | None:
        from services.loans.graphql.repayment_declarations import RepaymentDeclaration  # noqa: PLC0415

        found = await info.context.load(batches.declarations_of_loans, self.id)
        return [RepaymentDeclaration.of(declaration) for declaration in found or ()]

    @resolved("The contacts about it, newest first; not for partners.")
    async def contacts(self, info: Info) -> list[LoanContact] | None:
        found = await info.context.load(follow_up_batches.contacts_of_loans, self.id)
        return [LoanContact.of(contact) for contact in found or ()]

    @resolved("The promises to pay, newest first; not for partners.")
    async def promises(self, info: Info) -> list[LoanPromise] | None:
        found = await info.context.load(follow_up_batches.promises_of_loans, self.id)
        return [LoanPromise.of(standing) for standing in found or ()]

    @classmethod
    def of(cls, loan: LoanOfDomain, context: Context, *, as_of: date | None = None) -> Self:
        arrears = arrears_of(loan, as_of or context.today)
        return cls(
            id=loan.id,
            number=loan.number,
            status=loan.status,
            granted_cents=Cents(loan.terms.amount_cents),
            principal_cents=Cents(loan.principal_cents),
            repaid_cents=Cents(loan.repaid_cents),
            outstanding_cents=Cents(loan.outstanding_cents),
            written_off_cents=Cents(loan.written_off_cents),
            recovered_cents=Cents(loan.recovered_cents),
            arrears_cents=Cents(arrears.arrears_cents),
            days_late=arrears.days_late,
            bucket=arrears.bucket,
            next_due_on=loan.next_due_on,
            months=loan.terms.months,
            grace_months=loan.terms.grace_months,
            settings_version=loan.settings_version,
            disbursed_on=loan.disbursed_on,
            written_off_on=loan.written_off_on,
            contract_kind=loan.borrower.contract.kind,
            cae_name=loan.borrower.cae.name,
            written_off_cause=loan.written_off_cause,
            schedule_version=loan.schedule_version,
            as_of=as_of,
            entrepreneur_reference=loan.borrower.reference,
            created_at=Instant(loan.created_at),
            loan=loan,
        )

    @classmethod
    def parse_key(cls, value: object) -> UUID:
        return UUID(str(value))

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[UUID]) -> list[Self | None]:
        found = await context.load_many(batches.loans_by_id, keys)
        return [cls.of(loan, context) if loan else None for loan in found]
