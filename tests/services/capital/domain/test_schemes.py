from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from services.capital.domain.refusals import NoVersionInForce, VersionDateTaken
from services.capital.domain.schemes import (
    FunderShare,
    Period,
    Version,
    check_terms,
    require_free_date,
    require_version,
    version_applying,
)
from services.kernel.identifiers import Siren
from services.kernel.language import Language
from services.kernel.refusals import InvalidInput

REGION = FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(50))
STATE = FunderShare(Siren("100000009"), "État", Decimal(50))


def version(number: int, valid_from: date) -> Version:
    return Version(
        id=UUID(int=number),
        created_at=datetime(2020, 1, 1, tzinfo=UTC),
        valid_from=valid_from,
        floor_cents=1_000_00,
        ceiling_cents=2_000_00,
        cae_cap_cents=20_000_00,
        cap_period=Period.SCHEME,
        partial_awards=False,
        once_per_person=True,
        funders=(REGION, STATE),
    )


FIRST, SECOND = version(1, date(2020, 1, 1)), version(2, date(2024, 7, 1))


@pytest.mark.parametrize(
    ("paid_up_on", "applies"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), FIRST),
        (date(2024, 6, 30), FIRST),
        (date(2024, 7, 1), SECOND),
        (date(2030, 1, 1), SECOND),
    ],
)
def test_the_version_is_that_of_the_day_the_contribution_was_paid_up(
    paid_up_on: date, applies: Version | None
) -> None:
    assert version_applying([SECOND, FIRST], paid_up_on) is applies


def test_before_the_first_version_there_are_no_rules() -> None:
    with pytest.raises(NoVersionInForce) as refusal:
        require_version([SECOND, FIRST], date(2019, 12, 31))

    assert refusal.value.facts == {
        "paid_up_on": date(2019, 12, 31),
        "first_version_on": date(2020, 1, 1),
    }
    assert "31/12/2019" in refusal.value.message(Language.FRENCH)


def test_two_versions_cannot_start_on_one_day() -> None:
    require_free_date([FIRST], date(2020, 1, 2))
    with pytest.raises(VersionDateTaken):
        require_free_date([FIRST], date(2020, 1, 1))


def test_terms_that_hold_together_pass() -> None:
    check_terms(FIRST)
    thirds = [Decimal("33.3333"), Decimal("33.3333"), Decimal("33.3334")]
    sirens = [Siren("200053759"), Siren("100000009"), Siren("320252489")]
    shares = tuple(FunderShare(siren, siren, percent) for siren, percent in zip(sirens, thirds, strict=True))
    check_terms(replace(FIRST, funders=shares))


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
    ],
)
def test_terms_that_contradict_themselves_are_refused(changed: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_terms(replace(FIRST, **changed), "/version")  # type: ignore[arg-type]

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize(("period", "key"), [(Period.SCHEME, "scheme"), (Period.CALENDAR_YEAR, "2026")])
def test_the_name_of_a_period(period: Period, key: str) -> None:
    assert period.key(date(2026, 12, 31)) == key
