"""What becomes of a loan: bodies of what officers decide, and the loan with all that happened to it."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from services.loans.domain.life.borrower_events import BorrowerEvent, BorrowerEventKind
from services.loans.domain.life.changes import ChangeOrder
from services.loans.domain.life.facts import ChangeKind, Tranche, TrancheEnd
from services.loans.domain.life.stays import CaeStay, StayEnd
from services.loans.domain.life.versions import ScheduleCause
from services.loans.rest.journal_models import TRANCHE_ID
from services.loans.rest.loan_models import InstalmentAnswer, LoanAnswer
from services.loans.rest.words import LOAN_ID, SIRET, CaeAnswer, recorded_at
from services.loans.usecases.application_form import CaeBody
from services.loans.usecases.move_loan import MoveLoan, RecordDeparture
from services.loans.usecases.pay_tranche import EndTranches, PayTranche
from services.loans.usecases.read_loan_life import PaidVersion, WholeLoan
from services.loans.usecases.rearrange_schedule import Rearranged, RearrangeSchedule
from services.loans.usecases.record_borrower_event import RecordBorrowerEvent
from services.runtime.fields import Answer, Body, BusinessDate, LongText, PositiveCents, Reference

MOST_MONTHS = 120
FACT_ID = "01932b06-8e70-7096-91b8-cf647d829ba1"


class ReschedulingBody(Body):
    """Exactly one of `months` and `suspend_months`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": "2024-09-15", "months": 24, "reason": "Baisse durable de l'activité"}],
            "oneOf": [
                {"required": ["months"], "properties": {"months": {"type": "integer"}}},
                {"required": ["suspend_months"], "properties": {"suspend_months": {"type": "integer"}}},
            ],
        }
    )

    from_: BusinessDate = Field(
        alias="from", description="The day from which it holds", examples=["2024-09-15"]
    )
    months: int | None = Field(
        None,
        ge=1,
        le=MOST_MONTHS,
        description="In how many instalments all that is unpaid goes",
        examples=[24],
    )
    suspend_months: int | None = Field(
        None,
        ge=1,
        le=MOST_MONTHS,
        description="By how many months every unpaid due date moves",
        examples=[None],
    )
    plan: StrictBool = Field(
        False,
        description="Whether a court or a commission set it: the only way once an insolvency is recorded",
        examples=[False],
    )
    reason: LongText = Field(description="Why", examples=["Baisse durable de l'activité"])

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.months is None) == (self.suspend_months is None):
            raise PydanticCustomError("months-or-suspension", "months or suspend_months")
        return self

    def order(self, loan_id: UUID) -> RearrangeSchedule:
        kind = ChangeKind.SUSPENSION if self.months is None else ChangeKind.RESCHEDULING
        months = self.months or self.suspend_months
        return RearrangeSchedule(
            loan_id, ChangeOrder(kind, self.from_, self.reason, months, is_plan=self.plan)
        )


class AccelerationBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "noticed_on": "2025-03-01",
                    "accelerated_on": "2025-03-16",
                    "reason": "Trois échéances impayées",
                }
            ]
        }
    )

    noticed_on: BusinessDate = Field(description="The day of the formal notice", examples=["2025-03-01"])
    accelerated_on: BusinessDate | None = Field(
        None, description="From when the whole debt is due; by default that same day", examples=["2025-03-16"]
    )
    reason: LongText = Field(description="Why", examples=["Trois échéances impayées"])

    def order(self, loan_id: UUID) -> RearrangeSchedule:
        on = self.accelerated_on or self.noticed_on
        return RearrangeSchedule(
            loan_id, ChangeOrder(ChangeKind.ACCELERATION, on, self.reason, noticed_on=self.noticed_on)
        )


class TrancheBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"amount_cents": 300_000, "disbursed_on": "2024-06-03", "reference": "VIR-2024-0603"}
            ]
        }
    )

    amount_cents: PositiveCents = Field(
        description="What leaves, in cents; no more than what is left of the grant", examples=[300_000]
    )
    disbursed_on: BusinessDate = Field(description="The day the money left", examples=["2024-06-03"])
    reference: Reference | None = Field(
        None, description="The payment's reference", examples=["VIR-2024-0603"]
    )

    def order(self, loan_id: UUID) -> PayTranche:
        return PayTranche(loan_id, self.amount_cents, self.disbursed_on, self.reference)


class TrancheEndBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"ended_on": "2024-09-30", "reason": "Matériel moins cher que prévu"}]
        }
    )

    ended_on: BusinessDate = Field(
        description="The day from which nothing more will be paid", examples=["2024-09-30"]
    )
    reason: LongText = Field(description="Why", examples=["Matériel moins cher que prévu"])

    def order(self, loan_id: UUID) -> EndTranches:
        return EndTranches(loan_id, self.ended_on, self.reason)


class DepartureBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"left_on": "2025-01-31", "reason": "Fin du contrat"}]}
    )

    left_on: BusinessDate = Field(
        description="The first day on which the CAE no longer hosts the person", examples=["2025-01-31"]
    )
    reason: LongText | None = Field(None, description="Why", examples=["Fin du contrat"])

    def order(self, loan_id: UUID) -> RecordDeparture:
        return RecordDeparture(loan_id, self.left_on, self.reason)


class MoveBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "moved_on": "2025-02-01",
                    "cae": {"siret": SIRET, "name": "Graines d'Activité"},
                    "reference": "E0107",
                }
            ]
        }
    )

    moved_on: BusinessDate = Field(
        description="The first day in the new CAE, to which the whole dossier goes", examples=["2025-02-01"]
    )
    cae: CaeBody = Field(description="The new CAE")
    reference: Reference = Field(description="The new CAE's own reference for the person", examples=["E0107"])

    def order(self, loan_id: UUID) -> MoveLoan:
        return MoveLoan(loan_id, self.moved_on, self.cae.cae(), self.reference)


class BorrowerEventBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "insolvency", "on": "2025-05-12", "note": "Surendettement, dossier recevable"}
            ]
        }
    )

    kind: BorrowerEventKind = Field(description="`death` or `insolvency`", examples=["insolvency"])
    on: BusinessDate = Field(description="The day that it happened", examples=["2025-05-12"])
    note: LongText = Field(
        description="What is known, and from whom", examples=["Surendettement, dossier recevable"]
    )

    def order(self, loan_id: UUID) -> RecordBorrowerEvent:
        return RecordBorrowerEvent(loan_id, self.kind, self.on, self.note)


class TrancheAnswer(Answer):
    id: UUID = Field(description="The tranche's id", examples=[TRANCHE_ID])
    amount_cents: int = Field(description="What left, in cents", examples=[300_000])
    disbursed_on: date = Field(description="The day the money left", examples=["2024-04-02"])
    reference: str | None = Field(
        description="The payment's reference; null for whom names are hidden", examples=["VIR-2024-0412"]
    )

    @classmethod
    def of(cls, tranche: Tranche, *, shows_names: bool) -> Self:
        return cls(
            id=tranche.id,
            amount_cents=tranche.amount_cents,
            disbursed_on=tranche.disbursed_on,
            reference=tranche.reference if shows_names else None,
        )


class TrancheEndAnswer(Answer):
    ended_on: date = Field(description="From then on nothing more was to be paid", examples=["2024-09-30"])
    reason: str | None = Field(
        description="Why; null for whom names are hidden", examples=["Matériel moins cher que prévu"]
    )

    @classmethod
    def of(cls, end: TrancheEnd | None, *, shows_names: bool) -> Self | None:
        if end is None:
            return None
        return cls(ended_on=end.ended_on, reason=end.reason if shows_names else None)


class StayAnswer(Answer):
    cae: CaeAnswer = Field(description="The CAE that hosted the person")
    from_on: date = Field(description="The first day", examples=["2024-04-02"])
    until_on: date | None = Field(
        description="The first day on which it no longer did; null while it does", examples=["2025-02-01"]
    )
    ended_by: StayEnd | None = Field(description="`departure` or `move`", examples=["move"])
    reason: str | None = Field(description="Why it ended; null for whom names are hidden", examples=[None])

    @classmethod
    def of(cls, stay: CaeStay, *, shows_names: bool) -> Self:
        return cls(
            cae=CaeAnswer.of(stay.cae),
            from_on=stay.from_on,
            until_on=stay.until_on,
            ended_by=stay.ended_by,
            reason=stay.reason if shows_names else None,
        )


class BorrowerEventAnswer(Answer):
    id: UUID = Field(description="The event's id", examples=[FACT_ID])
    kind: BorrowerEventKind = Field(description="`death` or `insolvency`", examples=["insolvency"])
    on: date = Field(description="The day that it happened", examples=["2025-05-12"])
    note: str | None = Field(
        description="What is known; null for whom names are hidden",
        examples=["Surendettement, dossier recevable"],
    )

    @classmethod
    def of(cls, event: BorrowerEvent, *, shows_names: bool) -> Self:
        return cls(id=event.id, kind=event.kind, on=event.on, note=event.note if shows_names else None)


class WholeLoanAnswer(LoanAnswer):
    as_of: date | None = Field(
        description="The day of which all this is, where one was asked for", examples=[None]
    )
    tranches: list[TrancheAnswer] = Field(description="What left the fund, as recorded; most loans have one")
    tranches_ended: TrancheEndAnswer | None = Field(
        description="Where the rest of the grant will never be paid"
    )
    stays: list[StayAnswer] = Field(
        description="The CAEs that hosted the person since the disbursement; a CAE reads its own"
    )
    borrower_events: list[BorrowerEventAnswer] = Field(description="A death, an insolvency")

    @classmethod
    def whole(cls, whole: WholeLoan, today: date, *, shows_names: bool) -> Self:
        loan = LoanAnswer.of(whole.loan, whole.as_of or today, shows_names=shows_names)
        return cls(
            **{name: getattr(loan, name) for name in LoanAnswer.model_fields},
            as_of=whole.as_of,
            tranches=[TrancheAnswer.of(tranche, shows_names=shows_names) for tranche in whole.tranches],
            tranches_ended=TrancheEndAnswer.of(whole.tranche_end, shows_names=shows_names),
            stays=[StayAnswer.of(stay, shows_names=shows_names) for stay in whole.stays],
            borrower_events=[
                BorrowerEventAnswer.of(event, shows_names=shows_names) for event in whole.events
            ],
        )


class ScheduleVersionAnswer(Answer):
    version: int = Field(
        description="From 1, by the dates: a fact that arrives late may take its place among them",
        examples=[2],
    )
    effective_on: date = Field(description="The day from which it held", examples=["2024-09-15"])
    until_on: date | None = Field(
        description="The first day on which the next one did; null for the one in force", examples=[None]
    )
    cause: ScheduleCause = Field(
        description="`disbursement`, `rescheduling`, `suspension`, `acceleration`, `early_repayment` or"
        " `reversal`",
        examples=["rescheduling"],
    )
    fact_id: UUID | None = Field(
        description="The change or the repayment that made it; null for the disbursement", examples=[FACT_ID]
    )
    reason: str | None = Field(
        description="Why, as the officer wrote it; null for whom names are hidden",
        examples=["Baisse durable de l'activité"],
    )
    instalments: list[InstalmentAnswer] = Field(
        description="They add up to the principal; what is paid is as of the last day on which it held"
    )

    @classmethod
    def of(cls, paid: PaidVersion, *, shows_names: bool) -> Self:
        version = paid.version
        return cls(
            version=version.version,
            effective_on=version.effective_on,
            until_on=paid.until_on,
            cause=version.cause,
            fact_id=version.fact_id,
            reason=version.reason if shows_names else None,
            instalments=[InstalmentAnswer.of(one, paid.received_cents) for one in version.schedule],
        )


class SchedulesAnswer(Answer):
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    schedules: list[ScheduleVersionAnswer] = Field(
        description="A page of the versions, from the first; none while tranches are still to be paid"
    )
    next: str | None = Field(description="Cursor for `after` of the next page; null on the last")
    total: int | None = Field(description="How many in all; only with `count=true`")


class RearrangedAnswer(ScheduleVersionAnswer):
    id: UUID = Field(description="The change's id", examples=[FACT_ID])
    status: Literal["recorded"] = Field(description="A change stands once recorded", examples=["recorded"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])
    loan: LoanAnswer = Field(description="The loan after it")

    @classmethod
    def after(cls, done: Rearranged, today: date) -> Self:
        version = ScheduleVersionAnswer.of(done.version, shows_names=True)
        change = done.file.changes[-1]
        return cls(
            **{name: getattr(version, name) for name in ScheduleVersionAnswer.model_fields},
            id=change.id,
            status="recorded",
            created_at=recorded_at(change.id),
            loan=LoanAnswer.of(done.file.loan, today, shows_names=True),
        )
