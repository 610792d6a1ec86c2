"""Labels of `@override`: which are active, and for whom."""

from __future__ import annotations

import pytest

from gateway.override_labels import OverrideLabels, is_label


@pytest.mark.parametrize("label", ["moved", "team:a/b.c-d_e", "percent(0)", "percent(100)", "percent(0.5)"])
def test_names_and_shares_are_labels(label: str) -> None:
    assert is_label(label)


@pytest.mark.parametrize("label", ["percent(101)", "percent()", "percent(-1)", "9lives", "two words", ""])
def test_other_texts_are_no_labels(label: str) -> None:
    assert not is_label(label)


def test_a_name_is_active_when_the_settings_name_it() -> None:
    labels = OverrideLabels(["moved", "kept", "percent(0)"], "unknown, moved,percent(0)")
    assert labels.active("any") == {"moved"}


def test_a_share_of_requests_is_drawn_by_their_ids() -> None:
    labels = OverrideLabels(["percent(30)", "percent(100)"], "")
    drawn = [labels.active(f"request {number}") for number in range(2_000)]
    assert all("percent(100)" in each for each in drawn)
    assert sum("percent(30)" in each for each in drawn) == pytest.approx(600, abs=60)
    assert drawn == [labels.active(f"request {number}") for number in range(2_000)]
