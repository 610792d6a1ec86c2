from dataclasses import replace
from datetime import date

import pytest

from services.loans.domain.approval import FundFacts, check_approval
from services.loans.domain.refusals import Refusal
from services.loans.domain.terms import FundSettings

HELD_ON = date(2024, 3, 14)
FACTS = FundFacts(
    available_cents=10_000_00, person_exposure_cents=0, cae_exposure_cents=0, person_arrears_cents=0
)
NO_LIMIT = FundSettings()
LIMITED = FundSettings(
    max_outstanding_per_person_cents=8_000_00, max_outstanding_per_cae_cents=20_000_00, lend_in_arrears=False
)


@pytest.mark.parametrize(
    ("settings", "facts", "amount_cents", "refusal"),
    [
        (NO_LIMIT, FACTS, 10_000_00, None),
        (
            NO_LIMIT,
            FACTS,
            10_000_01,
            ("fund-short", {"available_cents": 10_000_00, "amount_cents": 10_000_01}),
        ),
        (NO_LIMIT, replace(FACTS, available_cents=-1), 1, ("fund-short", None)),
        (NO_LIMIT, replace(FACTS, person_exposure_cents=90_000_00, person_arrears_cents=1), 1_000_00, None),
        (LIMITED, replace(FACTS, person_exposure_cents=5_000_00), 3_000_00, None),
        (
            LIMITED,
            replace(FACTS, person_exposure_cents=5_000_00),
            3_000_01,
            (
                "person-limit-reached",
                {"limit_cents": 8_000_00, "room_cents": 3_000_00, "amount_cents": 3_000_01},
            ),
        ),
        (
            LIMITED,
            replace(FACTS, cae_exposure_cents=20_000_01),
            1,
            ("cae-limit-reached", {"limit_cents": 20_000_00, "room_cents": 0, "amount_cents": 1}),
        ),
        (LIMITED, replace(FACTS, person_arrears_cents=1), 1_000_00, ("borrower-in-arrears", None)),
    ],
)
def test_what_a_fund_may_promise(
    settings: FundSettings,
    facts: FundFacts,
    amount_cents: int,
    refusal: tuple[str, dict[str, object] | None] | None,
) -> None:
    if refusal is None:
        check_approval(settings, facts, amount_cents=amount_cents, held_on=HELD_ON)
        return
    code, expected_facts = refusal
    with pytest.raises(Refusal) as refused:
        check_approval(settings, facts, amount_cents=amount_cents, held_on=HELD_ON)
    assert refused.value.code == code
    assert expected_facts is None or refused.value.facts == expected_facts
