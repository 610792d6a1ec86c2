"""What officers decide of a schedule: rescheduling, suspension, acceleration. No money moves."""

from dataclasses import dataclass, replace
from datetime import date

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.life.borrower_events import (
    BorrowerEventKind,
    LoanPath,
    require_event,
    require_open,
)
from services.loans.domain.life.facts import ChangeKind, LoanFile, ScheduleChange, require_schedule
from services.loans.domain.life.settling import settle
from services.loans.domain.life.standing import stand
from services.loans.domain.loan import LoanAct, next_status
from services.loans.domain.refusals import (
    NothingUnpaid,
    ScheduleChangedThatDay,
    TooManyInstalments,
)


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """`months`: new instalments of a rescheduling, months of a suspension, None for an acceleration.

    `is_plan` where it is the plan of a court or a commission, after an insolvency.
    """

    kind: ChangeKind
    on: date
    reason: str
    months: int | None = None
    noticed_on: date | None = None
    is_plan: bool = False

    @property
    def path(self) -> LoanPath:
        if self.kind is ChangeKind.ACCELERATION:
            return LoanPath.ACCELERATE
        return LoanPath.PLAN if self.is_plan else LoanPath.RESCHEDULE


def rearrange(file: LoanFile, order: ChangeOrder, *, today: date) -> LoanFile:
    """The new change is the last of the file's; it may be dated before facts that are already known."""
    loan = file.loan
    next_status(loan, LoanAct.REARRANGE)
    field = DateField.ACCELERATED_ON if order.kind is ChangeKind.ACCELERATION else DateField.FROM
    require_past(field, order.on, today)
    require_schedule(file)
    require_order(DateField.DISBURSED_ON, file.starts_on, field, order.on)
    if order.noticed_on is not None:
        require_order(DateField.DISBURSED_ON, file.starts_on, DateField.NOTICED_ON, order.noticed_on)
        require_order(DateField.NOTICED_ON, order.noticed_on, field, order.on)
    if loan.written_off_on is not None:
        require_order(field, order.on, DateField.WRITTEN_OFF_ON, loan.written_off_on)
    require_open(file.events, order.path, order.on)
    if order.is_plan:
        require_event(file.events, BorrowerEventKind.INSOLVENCY, order.on)
    if any(change.on == order.on for change in file.changes):
        raise ScheduleChangedThatDay(on=order.on)
    standing = stand(file, order.on)
    unpaid_cents = standing.disbursed_cents - standing.repaid_cents
    if unpaid_cents == 0:
        raise NothingUnpaid(on=order.on)
    if order.kind is ChangeKind.RESCHEDULING and order.months and order.months > unpaid_cents:
        raise TooManyInstalments(unpaid_cents=unpaid_cents, months=order.months)
    change = ScheduleChange(
        id=new_id(),
        loan_id=loan.id,
        kind=order.kind,
        on=order.on,
        reason=order.reason,
        months=order.months,
        noticed_on=order.noticed_on,
        is_plan=order.is_plan,
    )
    return settle(replace(file, changes=(*file.changes, change)))
