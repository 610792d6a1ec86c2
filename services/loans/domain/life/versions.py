"""Every schedule that a loan has had, by the day from which it held."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.language import Word
from services.loans.domain.life.facts import ChangeKind, LoanFile, ScheduleChange, standing_on
from services.loans.domain.life.standing import schedule_on
from services.loans.domain.schedule import Schedule


class ScheduleCause(Word):
    DISBURSEMENT = "disbursement", "versement", "disbursement"
    RESCHEDULING = "rescheduling", "rééchelonnement", "rescheduling"
    SUSPENSION = "suspension", "suspension", "suspension"
    ACCELERATION = "acceleration", "déchéance du terme", "acceleration"
    EARLY_REPAYMENT = "early_repayment", "remboursement anticipé", "early repayment"
    REVERSAL = "reversal", "annulation d'un remboursement", "reversal of a repayment"


@dataclass(frozen=True, slots=True)
class ScheduleVersion:
    """`fact_id` is the change or the repayment that made it, None for the disbursement.

    Numbers follow the dates, not the order of recording: a fact that arrives late takes its place, and what
    lies after it is laid out again. The facts keep their ids.
    """

    version: int
    effective_on: date
    cause: ScheduleCause
    schedule: Schedule
    fact_id: UUID | None = None
    reason: str | None = None


def versions_of(file: LoanFile) -> tuple[ScheduleVersion, ...]:
    """From the first; none while tranches are still to leave."""
    if not file.original:
        return ()
    first = ScheduleVersion(1, file.starts_on, ScheduleCause.DISBURSEMENT, file.original)
    if not file.is_rearranged:
        return (first,)
    versions = [first]
    for day in file.turning_days:
        schedule = schedule_on(file, day)
        if day >= file.starts_on and schedule != versions[-1].schedule:
            versions.append(_version(file, len(versions) + 1, day, schedule))
    return tuple(versions)


def _version(file: LoanFile, number: int, day: date, schedule: Schedule) -> ScheduleVersion:
    """Named after the last fact of the day that rearranges; where there is none, a repayment came back."""
    found = [
        fact
        for fact in standing_on(file, day)
        if (fact.on == day if isinstance(fact, ScheduleChange) else fact.early and fact.paid_on == day)
    ]
    if found:
        fact = found[-1]
        if isinstance(fact, ScheduleChange):
            return ScheduleVersion(number, day, _CAUSES[fact.kind], schedule, fact.id, fact.reason)
        return ScheduleVersion(number, day, ScheduleCause.EARLY_REPAYMENT, schedule, fact.id)
    bounced = next(taken for taken in file.repayments if taken.reversed_on == day)
    return ScheduleVersion(
        number,
        day,
        ScheduleCause.REVERSAL,
        schedule,
        bounced.id,
        bounced.reversal.reason if bounced.reversal else None,
    )


_CAUSES = {
    ChangeKind.RESCHEDULING: ScheduleCause.RESCHEDULING,
    ChangeKind.SUSPENSION: ScheduleCause.SUSPENSION,
    ChangeKind.ACCELERATION: ScheduleCause.ACCELERATION,
}
