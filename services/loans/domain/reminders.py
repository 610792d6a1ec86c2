"""A fund's dated plan of what precedes and follows a due date, and the reminders that come of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.language import Text, Word
from services.kernel.refusals import InvalidInput, StatusForbids

MOST_STEPS = 12
LATEST_STEP_DAYS = 3_650
MOST_NOTICE_DAYS = 60


class Channel(Word):
    LETTER = "letter", "courrier", "letter"
    EMAIL = "email", "courriel", "e-mail"
    PHONE = "phone", "téléphone", "telephone"
    MEETING = "meeting", "rendez-vous", "meeting"


@dataclass(frozen=True, slots=True)
class ReminderStep:
    """Due once a loan has been late for so many days."""

    days: int
    channel: Channel
    label: str


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """In force from `valid_from` until the next plan's. `notice_days` before a due date it is announced."""

    fund_id: UUID
    region: str
    valid_from: date
    notice_days: int
    steps: tuple[ReminderStep, ...]


# A new fund's first plan; what it says afterwards is the fund's own to change.
DEFAULT_NOTICE_DAYS = 5
DEFAULT_STEPS = (
    ReminderStep(5, Channel.EMAIL, "Première relance"),
    ReminderStep(20, Channel.PHONE, "Deuxième relance"),
    ReminderStep(45, Channel.LETTER, "Mise en demeure"),
)


def first_plan(fund_id: UUID, region: str, opened_on: date) -> ReminderPlan:
    return ReminderPlan(fund_id, region, opened_on, DEFAULT_NOTICE_DAYS, DEFAULT_STEPS)


def plan_on(plans: Iterable[ReminderPlan], day: date) -> ReminderPlan | None:
    begun = [plan for plan in plans if plan.valid_from <= day]
    return max(begun, key=lambda plan: plan.valid_from, default=None)


def check_steps(steps: Sequence[ReminderStep]) -> tuple[ReminderStep, ...]:
    """In order of days; two steps of one day would ask for the same person twice that day."""
    seen: set[int] = set()
    for place, step in enumerate(steps):
        if step.days in seen:
            raise InvalidInput(
                f"/steps/{place}/days",
                Text("Deux relances tombent à {days} jours.", "Two reminders fall at {days} days."),
                days=step.days,
            )
        seen.add(step.days)
    return tuple(sorted(steps, key=lambda step: step.days))


class ReminderStatus(Word):
    DUE = "due", "à faire", "to be done"
    DONE = "done", "faite", "done"
    CANCELLED = "cancelled", "annulée", "cancelled"


class ReminderAct(Word):
    COMPLETE = "complete", "marquer la relance comme faite", "completing the reminder"


@dataclass(frozen=True, slots=True)
class Reminder:
    """Of one spell of arrears, which began on the due date `since` and was found at the close of `opened_on`.

    Cancelled where the spell ended first, or a promise to pay stands in its place.
    """

    id: UUID
    loan_id: UUID
    fund_id: UUID
    region: str
    cae_siren: Siren
    since: date
    opened_on: date
    step: ReminderStep
    due_on: date
    created_at: datetime
    status: ReminderStatus = ReminderStatus.DUE
    done_on: date | None = None
    note: str | None = None
    cancelled_on: date | None = None


def complete(reminder: Reminder, *, done_on: date, note: str | None, today: date) -> Reminder:
    if reminder.status is not ReminderStatus.DUE:
        raise StatusForbids(
            status=reminder.status, act=ReminderAct.COMPLETE, possible_from=[ReminderStatus.DUE]
        )
    require_past(DateField.DONE_ON, done_on, today)
    require_order(DateField.UNPAID_SINCE, reminder.since, DateField.DONE_ON, done_on)
    return replace(reminder, status=ReminderStatus.DONE, done_on=done_on, note=note)
