"""Bodies and answers about plans of reminders, and reminders."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.kernel.identifiers import Siren
from services.loans.domain.arrears import Bucket, arrears_of
from services.loans.domain.reminders import (
    DEFAULT_NOTICE_DAYS,
    LATEST_STEP_DAYS,
    MOST_NOTICE_DAYS,
    MOST_STEPS,
    Channel,
    ReminderPlan,
    ReminderStatus,
    ReminderStep,
)
from services.loans.rest.loan_models import BorrowerAnswer
from services.loans.rest.words import FUND_ID, LOAN_ID, SIREN
from services.loans.usecases.complete_reminder import CompleteReminder
from services.loans.usecases.plan_reminders import PlanReminders
from services.loans.usecases.read_reminders import ReminderOfLoan
from services.runtime.fields import Answer, Body, BusinessDate, LongText, ShortText

REMINDER_ID = "01932b03-2b40-7d63-9e85-9c314a5f6e91"
A_STEP: JsonDict = {"days": 20, "channel": "phone", "label": "Deuxième relance"}


class ReminderStepBody(Body):
    days: Annotated[int, Field(ge=1, le=LATEST_STEP_DAYS)] = Field(
        description="Days late from which it is due", examples=[20]
    )
    channel: Channel = Field(description="`letter`, `email`, `phone` or `meeting`", examples=["phone"])
    label: ShortText = Field(description="What the fund calls it", examples=["Deuxième relance"])


class ReminderPlanBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"valid_from": "2026-01-01", "notice_days": 5, "steps": [A_STEP]}]}
    )

    valid_from: BusinessDate = Field(
        description="From which day it holds; a plan of the same day is replaced", examples=["2026-01-01"]
    )
    notice_days: Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS)] = Field(
        DEFAULT_NOTICE_DAYS, description="Days before a due date at which it is announced", examples=[5]
    )
    steps: Annotated[list[ReminderStepBody], Field(max_length=MOST_STEPS)] = Field(
        description="Reminders, each once in a spell of arrears; none for a fund that sends none"
    )

    def order(self, fund_id: UUID) -> PlanReminders:
        steps = [ReminderStep(step.days, step.channel, step.label) for step in self.steps]
        return PlanReminders(fund_id, self.valid_from, self.notice_days, steps)


class ReminderStepAnswer(Answer):
    days: int = Field(description="Days late from which it is due", examples=[20])
    channel: Channel = Field(description="How the borrower is to be reached", examples=["phone"])
    label: str = Field(description="What the fund calls it", examples=["Deuxième relance"])

    @classmethod
    def of(cls, step: ReminderStep) -> "ReminderStepAnswer":
        return cls(days=step.days, channel=step.channel, label=step.label)


class ReminderPlanAnswer(Answer):
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    valid_from: date = Field(description="From which day it holds", examples=["2026-01-01"])
    notice_days: int = Field(description="Days before a due date at which it is announced", examples=[5])
    steps: list[ReminderStepAnswer] = Field(description="By days late")

    @classmethod
    def of(cls, plan: ReminderPlan) -> "ReminderPlanAnswer":
        return cls(
            fund_id=plan.fund_id,
            valid_from=plan.valid_from,
            notice_days=plan.notice_days,
            steps=[ReminderStepAnswer.of(step) for step in plan.steps],
        )


class ReminderPlansAnswer(Answer):
    items: list[ReminderPlanAnswer] = Field(description="From the first; each holds until the next")


class CompletionBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"done_on": "2026-03-21", "note": "Message laissé"}]}
    )

    done_on: BusinessDate = Field(description="The day it was done", examples=["2026-03-21"])
    note: LongText | None = Field(None, description="What came of it", examples=["Message laissé"])

    def order(self, reminder_id: UUID) -> CompleteReminder:
        return CompleteReminder(reminder_id, self.done_on, self.note)


class ReminderAnswer(Answer):
    """The delay is today's, not that of the day on which the reminder fell due."""

    id: UUID = Field(description="The reminder's id", examples=[REMINDER_ID])
    status: ReminderStatus = Field(
        description="`due`, `done`, or `cancelled`: paid in time, or a promise to pay stands",
        examples=["due"],
    )
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    loan_number: str = Field(description="The fund's own number of it", examples=["PH-84-0241"])
    fund_id: UUID = Field(description="The fund that lent", examples=[FUND_ID])
    region: str = Field(description="The fund's region", examples=["84"])
    cae: Siren = Field(description="The borrower's CAE, by SIREN", examples=[SIREN])
    entrepreneur: BorrowerAnswer = Field(description="Who is to be contacted")
    step: ReminderStepAnswer = Field(description="The step of the fund's plan, as it was then")
    due_on: date = Field(description="The day whose close asked for it", examples=["2026-03-20"])
    unpaid_since: date = Field(description="The due date that began these arrears", examples=["2026-02-28"])
    days_late: int = Field(description="Days late today", examples=[21])
    bucket: Bucket | None = Field(description="In which bucket that is", examples=["1-30"])
    arrears_cents: int = Field(description="What is due and not paid today", examples=[22_223])
    done_on: date | None = Field(description="The day it was done", examples=["2026-03-21"])
    note: str | None = Field(description="What came of it", examples=["Message laissé"])
    cancelled_on: date | None = Field(description="The day it was no longer needed", examples=["2026-03-25"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, found: ReminderOfLoan, today: date) -> "ReminderAnswer":
        reminder, loan = found.reminder, found.loan
        arrears = arrears_of(loan, today)
        return cls(
            id=reminder.id,
            status=reminder.status,
            loan_id=loan.id,
            loan_number=loan.number,
            fund_id=reminder.fund_id,
            region=reminder.region,
            cae=reminder.cae_siren,
            entrepreneur=BorrowerAnswer.of(loan.borrower, shows_names=True),
            step=ReminderStepAnswer.of(reminder.step),
            due_on=reminder.due_on,
            unpaid_since=reminder.since,
            days_late=arrears.days_late,
            bucket=arrears.bucket,
            arrears_cents=arrears.arrears_cents,
            done_on=reminder.done_on,
            note=reminder.note,
            cancelled_on=reminder.cancelled_on,
            created_at=reminder.created_at,
        )
