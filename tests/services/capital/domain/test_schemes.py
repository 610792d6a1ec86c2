from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from services.capital.domain.refusals import NoVersionAnyMore, NoVersionInForce
from services.capital.domain.schemes import (
    FunderShare,
    Period,
    Version,
    require_version,
    version_applying,
    version_shown,
)
from services.kernel.identifiers import Siren
from services.kernel.language import Language

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


def test_a_version_applies_until_its_last_day_and_no_longer() -> None:
    ending = replace(SECOND, valid_until=date(2026, 6, 30))

    assert version_applying([FIRST, ending], date(2026, 6, 30)) is ending
    assert version_applying([FIRST, ending], date(2026, 7, 1)) is None
    with pytest.raises(NoVersionAnyMore) as refusal:
        require_version([FIRST, ending], date(2026, 7, 1))
    assert refusal.value.code == "no-version-in-force"
    assert refusal.value.facts == {"paid_up_on": date(2026, 7, 1), "last_day_on": date(2026, 6, 30)}


@pytest.mark.parametrize(
    ("day", "shown"),
    [(date(2019, 1, 1), 0), (date(2023, 1, 1), 0), (date(2025, 1, 1), 1), (date(2027, 1, 1), 1)],
)
def test_a_scheme_always_has_a_version_to_show(day: date, shown: int) -> None:
    ending = replace(SECOND, valid_until=date(2026, 6, 30))

    assert version_shown([ending, FIRST], day) is (FIRST, ending)[shown]


@pytest.mark.parametrize(("period", "key"), [(Period.SCHEME, "scheme"), (Period.CALENDAR_YEAR, "2026")])
def test_the_name_of_a_period(period: Period, key: str) -> None:
    assert period.key(date(2026, 12, 31)) == key
