"""No money leaves before what the committee asked for is there."""

from datetime import date
from uuid import UUID

import pytest

from services.kernel.officers import Officer
from services.kernel.refusals import Refusal
from services.loans.domain.condition import Condition, Lifting, check_lifted, lift
from tests.factories.loans import TODAY

OFFICER = Officer("tests", "Ana Roy")
INSURANCE = Condition(UUID(int=1), "Attestation d'assurance")
TRAINING = Condition(UUID(int=2), "Suivre la formation à la gestion", is_precedent=False)
HELD_ON = date(2024, 3, 14)


def lifted(condition: Condition, on: str) -> Condition:
    return lift(condition, Lifting(date.fromisoformat(on), "Vue", OFFICER), held_on=HELD_ON, today=TODAY)


# What was asked, and on which day it was lifted; the day of the payment; what is left.
PAYMENTS = {
    "nothing was asked": ((), "2024-04-02", None),
    "insurance is missing": ((INSURANCE,), "2024-04-02", ["Attestation d'assurance"]),
    "insurance came before": ((lifted(INSURANCE, "2024-03-28"),), "2024-04-02", None),
    "insurance came on the day itself": ((lifted(INSURANCE, "2024-04-02"),), "2024-04-02", None),
    "insurance came after": ((lifted(INSURANCE, "2024-04-03"),), "2024-04-02", ["Attestation d'assurance"]),
    "training may follow the money": ((TRAINING,), "2024-04-02", None),
    "training may, insurance may not": ((TRAINING, INSURANCE), "2024-04-02", ["Attestation d'assurance"]),
}


@pytest.mark.parametrize("story", PAYMENTS)
def test_payments_that_conditions_hold_back(story: str) -> None:
    conditions, disbursed_on, left = PAYMENTS[story]
    if left is None:
        check_lifted(conditions, disbursed_on=date.fromisoformat(disbursed_on))
        return
    with pytest.raises(Refusal) as refused:
        check_lifted(conditions, disbursed_on=date.fromisoformat(disbursed_on))
    assert refused.value.code == "conditions-not-lifted"
    assert refused.value.facts["conditions"] == left
    assert left[0] in refused.value.message()


@pytest.mark.parametrize(
    ("on", "code"), [("2024-03-13", "dates-out-of-order"), ("2026-07-01", "date-in-the-future")]
)
def test_a_condition_is_lifted_after_it_was_asked_and_not_tomorrow(on: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        lifted(INSURANCE, on)
    assert refused.value.code == code


def test_a_condition_is_lifted_once() -> None:
    with pytest.raises(Refusal) as refused:
        lifted(lifted(INSURANCE, "2024-03-28"), "2024-03-29")
    assert refused.value.code == "condition-already-lifted"
