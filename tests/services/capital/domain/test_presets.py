"""Each preset gives what its source says."""

from datetime import date
from decimal import Decimal

import pytest

from services.capital.domain.awards import Usage, entitle, rooms
from services.capital.domain.presets import PRESETS, Preset
from services.capital.domain.scheme_checks import check_rules
from services.kernel.regions import REGIONS

NA_CAE, NA_SCOP, BFC = "nouvelle-aquitaine-cae", "nouvelle-aquitaine-scop", "bourgogne-franche-comte-tremplin"


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_whole_and_says_where_it_comes_from(preset: Preset) -> None:
    check_rules(preset.rules)
    assert preset.region in REGIONS
    assert preset.sources
    assert all(source.url is None or source.url.startswith("https://") for source in preset.sources)
    assert all(source.title and source.publisher for source in preset.sources)
    assert preset.reading.french != preset.reading.english


@pytest.mark.parametrize(
    ("code", "contribution", "criterion", "award"),
    [
        (NA_CAE, 999, None, 0),
        (NA_CAE, 1_000, None, 1_000),
        (NA_CAE, 3_000, None, 2_000),
        (NA_SCOP, 999, None, 0),
        (NA_SCOP, 4_000, None, 4_000),
        (NA_SCOP, 6_000, None, 5_000),
        (BFC, 2_000, None, 2_000),
        (BFC, 4_000, None, 3_000),
        (BFC, 2_000, "parent-isole", 4_000),
        (BFC, 4_000, "rsa", 6_000),
    ],
)
def test_what_a_person_gets(code: str, contribution: int, criterion: str | None, award: int) -> None:
    assert entitle(PRESETS[code].rules, contribution * 100, criterion).amount_cents == award * 100


@pytest.mark.parametrize(("code", "cap"), [(NA_CAE, 20_000), (NA_SCOP, 100_000), (BFC, None)])
def test_what_a_cooperative_gets_at_most(code: str, cap: int | None) -> None:
    room = rooms(PRESETS[code].rules, Usage(), date(2026, 1, 1)).cap

    assert (room.period, room.left_cents) == ("scheme", None if cap is None else cap * 100)


def test_priority_groups_are_helped_twice() -> None:
    assert {(group.match_ratio, group.ceiling_cents) for group in PRESETS[BFC].rules.priority_groups} == {
        (Decimal(2), 2 * PRESETS[BFC].rules.ceiling_cents)
    }
