"""Answers about loans and their journal."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.loans.domain.arrears import Bucket, arrears_of
from services.loans.domain.borrower import Borrower
from services.loans.domain.loan import Loan, LoanStatus, LossCause
from services.loans.domain.schedule import Instalment
from services.loans.rest.words import (
    APPLICATION_ID,
    FUND_ID,
    LOAN_ID,
    CaeAnswer,
    ContractAnswer,
)
from services.runtime.fields import Answer


class InstalmentAnswer(Answer):
    rank: int = Field(description="Its place in the schedule, from 1", examples=[1])
    due_on: date = Field(description="When it is due", examples=["2024-05-02"])
    amount_cents: int = Field(description="What is due then, in cents", examples=[22_223])
    paid_cents: int = Field(description="What of it is paid", examples=[22_223])

    @classmethod
    def of(cls, instalment: Instalment, received_cents: int) -> "InstalmentAnswer":
        return cls(
            rank=instalment.rank,
            due_on=instalment.due_on,
            amount_cents=instalment.amount_cents,
            paid_cents=instalment.paid_cents(received_cents),
        )


class BorrowerAnswer(Answer):
    """Whoever may not read names gets null in their place."""

    id: UUID = Field(
        description="The same in loans and in capital, derived from SIREN and reference by a keyed hash",
        examples=["8a1f4c1e-52b0-8e77-9c3d-5f0a1b2c3d4e"],
    )
    reference: str | None = Field(description="The CAE's own reference for the person", examples=["E0042"])
    given_name: str | None = Field(description="Given name", examples=["Inès"])
    family_name: str | None = Field(description="Family name", examples=["Maître"])
    contract: ContractAnswer = Field(description="What bound the person to the CAE at the disbursement")
    member_since: date | None = Field(
        description="Since when the person is a member of the CAE", examples=["2021-06-30"]
    )

    @classmethod
    def of(cls, borrower: Borrower, *, shows_names: bool) -> "BorrowerAnswer":
        return cls(
            id=borrower.entrepreneur_id,
            reference=borrower.reference if shows_names else None,
            given_name=borrower.given_name if shows_names else None,
            family_name=borrower.family_name if shows_names else None,
            contract=ContractAnswer.of(borrower.contract),
            member_since=borrower.member_since,
        )


class LoanAnswer(Answer):
    id: UUID = Field(description="The loan's id", examples=[LOAN_ID])
    status: LoanStatus = Field(description="`active`, `repaid` or `written_off`", examples=["active"])
    number: str = Field(description="The fund's own number, unique in it", examples=["PH-84-0241"])
    fund_id: UUID = Field(description="The fund that lent", examples=[FUND_ID])
    region: str = Field(description="The fund's region", examples=["84"])
    application_id: UUID | None = Field(
        description="The application it comes from; null for an imported loan", examples=[APPLICATION_ID]
    )
    cae: CaeAnswer = Field(description="The CAE that hosts the person")
    entrepreneur: BorrowerAnswer = Field(description="The person who borrowed")
    granted_cents: int = Field(description="What was granted, in cents", examples=[800_000])
    principal_cents: int = Field(
        description="What of it has left the fund: all of it, or the tranches so far", examples=[800_000]
    )
    months: int = Field(description="Over how many months", examples=[36])
    grace_months: int = Field(description="Months before the first instalment's month", examples=[0])
    settings_version: int | None = Field(
        description="The version of the fund's settings that it was decided under; null for an imported loan",
        examples=[1],
    )
    disbursed_on: date = Field(description="The day the money left", examples=["2024-04-02"])
    reference: str | None = Field(description="The payment's reference", examples=["VIR-2024-0412"])
    repaid_cents: int = Field(description="Paid back, net of what bounced", examples=[22_223])
    outstanding_cents: int = Field(description="What is still owed", examples=[777_777])
    arrears_cents: int = Field(description="What is due and not paid", examples=[0])
    days_late: int = Field(description="Days since the oldest date not wholly paid", examples=[0])
    bucket: Bucket | None = Field(
        description="`1-30`, `31-60`, `61-90` or `over-90` days late; null for a loan that is not late",
        examples=["1-30"],
    )
    next_due_on: date | None = Field(
        description="Due date of the first instalment not wholly paid; null where nothing is owed",
        examples=["2024-06-02"],
    )
    written_off_cents: int = Field(description="What was lost", examples=[0])
    recovered_cents: int = Field(description="What came back after the loss", examples=[0])
    written_off_on: date | None = Field(description="The day of the loss", examples=["2025-06-30"])
    written_off_reason: str | None = Field(description="Why it was lost", examples=["Liquidation judiciaire"])
    written_off_cause: LossCause | None = Field(
        description="`uncollectable`, `death` or `insolvency`", examples=["uncollectable"]
    )
    schedule_version: int = Field(description="The version of the schedule in force", examples=[1])
    schedule: list[InstalmentAnswer] = Field(
        description="The schedule in force, oldest first; empty while tranches are still to be paid"
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, loan: Loan, today: date, *, shows_names: bool) -> "LoanAnswer":
        arrears = arrears_of(loan, today)
        borrower = loan.borrower
        return cls(
            id=loan.id,
            status=loan.status,
            number=loan.number,
            fund_id=loan.fund_id,
            region=loan.region,
            application_id=loan.application_id,
            cae=CaeAnswer.of(borrower.cae),
            entrepreneur=BorrowerAnswer.of(borrower, shows_names=shows_names),
            granted_cents=loan.terms.amount_cents,
            principal_cents=loan.principal_cents,
            months=loan.terms.months,
            grace_months=loan.terms.grace_months,
            settings_version=loan.settings_version,
            disbursed_on=loan.disbursed_on,
            reference=loan.reference if shows_names else None,
            repaid_cents=loan.repaid_cents,
            outstanding_cents=loan.outstanding_cents,
            arrears_cents=arrears.arrears_cents,
            days_late=arrears.days_late,
            bucket=arrears.bucket,
            next_due_on=loan.next_due_on,
            written_off_cents=loan.written_off_cents,
            recovered_cents=loan.recovered_cents,
            written_off_on=loan.written_off_on,
            written_off_reason=loan.written_off_reason if shows_names else None,
            written_off_cause=loan.written_off_cause,
            schedule_version=loan.schedule_version,
            schedule=[InstalmentAnswer.of(instalment, loan.repaid_cents) for instalment in loan.schedule],
            created_at=loan.created_at,
        )
