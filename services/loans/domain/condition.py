"""The conditions of an offer: each is lifted on a day, with its evidence; precedent ones before the money."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.officers import Officer
from services.loans.domain.committee_refusals import ConditionAlreadyLifted, ConditionsNotLifted


@dataclass(frozen=True, slots=True)
class AskedCondition:
    """`is_precedent`: no money leaves before it is lifted."""

    text: str
    is_precedent: bool = True


@dataclass(frozen=True, slots=True)
class Lifting:
    """`evidence` is what was seen: a document, its date, who holds it."""

    on: date
    evidence: str
    by: Officer


@dataclass(frozen=True, slots=True)
class Condition:
    id: UUID
    text: str
    is_precedent: bool = True
    lifting: Lifting | None = None

    def is_open_on(self, day: date) -> bool:
        return self.lifting is None or self.lifting.on > day


def lift(condition: Condition, lifting: Lifting, *, held_on: date, today: date) -> Condition:
    if condition.lifting is not None:
        raise ConditionAlreadyLifted(condition=condition.text, lifted_on=condition.lifting.on)
    require_past(DateField.LIFTED_ON, lifting.on, today)
    require_order(DateField.HELD_ON, held_on, DateField.LIFTED_ON, lifting.on)
    return replace(condition, lifting=lifting)


def check_lifted(conditions: Iterable[Condition], *, disbursed_on: date) -> None:
    """A condition lifted after the day of the payment was still open on it."""
    left = [condition for condition in conditions if condition.is_precedent]
    left = [condition for condition in left if condition.is_open_on(disbursed_on)]
    if left:
        raise ConditionsNotLifted(
            conditions=[condition.text for condition in left],
            condition_ids=[condition.id for condition in left],
            disbursed_on=disbursed_on,
        )
