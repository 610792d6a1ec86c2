from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.capital.domain.scheme_checks import check_terms
from services.capital.domain.schemes import FunderShare, Period, PriorityGroup, Terms
from services.kernel.identifiers import Siren, Siret
from services.kernel.refusals import InvalidInput

REGION = FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(50))
STATE = FunderShare(Siren("100000009"), "État", Decimal(50))
RSA = PriorityGroup("rsa", "Bénéficiaire du RSA", 3_000_00)
TERMS = Terms(
    valid_from=date(2020, 1, 1),
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=20_000_00,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
    funders=(REGION, STATE),
)


def test_terms_that_hold_together_pass() -> None:
    check_terms(TERMS)
    thirds = [Decimal("33.3333"), Decimal("33.3333"), Decimal("33.3334")]
    sirens = [Siren("200053759"), Siren("100000009"), Siren("320252489")]
    shares = tuple(FunderShare(siren, siren, percent) for siren, percent in zip(sirens, thirds, strict=True))
    check_terms(replace(TERMS, funders=shares))
    check_terms(replace(TERMS, valid_until=TERMS.valid_from, follow_up_months=()))
    check_terms(replace(TERMS, priority_groups=(RSA, replace(RSA, criterion="parent-isole"))))
    at_home = replace(REGION, siret=Siret("20005375900011"))
    check_terms(replace(TERMS, funders=(at_home, STATE)))


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"ceiling_cents": 999_99}, "/version/ceiling_cents"),
        ({"match_ratio": Decimal(0)}, "/version/match_ratio"),
        ({"funders": (REGION,)}, "/version/funders"),
        ({"funders": ()}, "/version/funders"),
        ({"funders": (REGION, REGION)}, "/version/funders"),
        (
            {"funders": (replace(REGION, percent=Decimal(100)), replace(STATE, percent=Decimal(0)))},
            "/version/funders",
        ),
        (
            {"funders": (REGION, replace(STATE, siret=Siret("20005375900011")))},
            "/version/funders/1/siret",
        ),
        ({"valid_until": date(2019, 12, 31)}, "/version/valid_until"),
        ({"follow_up_months": (0, 12)}, "/version/follow_up_months"),
        ({"follow_up_months": (24, 12)}, "/version/follow_up_months"),
        ({"follow_up_months": (12, 12)}, "/version/follow_up_months"),
        ({"priority_groups": (RSA, RSA)}, "/version/priority_groups"),
        (
            {"priority_groups": (replace(RSA, ceiling_cents=1_999_99),)},
            "/version/priority_groups/0/ceiling_cents",
        ),
        (
            {"priority_groups": (replace(RSA, criterion="isolé"),)},
            "/version/priority_groups/0/criterion",
        ),
        ({"priority_groups": (replace(RSA, criterion="rsa-"),)}, "/version/priority_groups/0/criterion"),
        (
            {"priority_groups": (RSA, replace(RSA, criterion="b", match_ratio=Decimal("0.5")))},
            "/version/priority_groups/1/match_ratio",
        ),
    ],
)
def test_terms_that_contradict_themselves_are_refused(changed: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_terms(replace(TERMS, **changed), "/version")  # type: ignore[arg-type]

    assert refusal.value.pointer == pointer
