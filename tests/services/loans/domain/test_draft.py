from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.identifiers import Siren
from services.kernel.refusals import InvalidInput, StatusForbids
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.application_refusals import DraftTooLarge
from services.loans.domain.draft import (
    Draft,
    check_same_cae,
    fill,
    merge,
    named_fields,
    withdraw_draft,
)

NOW, LATER = datetime(2026, 6, 30, 12, tzinfo=UTC), datetime(2026, 6, 30, 13, tzinfo=UTC)
TODAY = date(2026, 6, 30)
EMPTY = Draft(UUID(int=1), UUID(int=2), "84", Siren("978592848"), created_at=NOW, changed_at=NOW)

values = st.recursive(
    st.one_of(st.integers(), st.text(max_size=3)),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": None}}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": {"b": None, "c": 3}}, {"a": {"c": 3}}),
        ({}, {"a": {"b": None}}, {"a": {}}),
    ],
)
def test_a_patch_is_merged_as_its_specification_says(
    before: dict[str, Any], patch: dict[str, Any], after: dict[str, Any]
) -> None:
    assert merge(before, patch) == after


@given(objects, objects)
def test_what_a_patch_gives_stands_and_the_same_patch_again_changes_nothing(
    before: dict[str, Any], patch: dict[str, Any]
) -> None:
    once = merge(before, patch)
    assert merge(once, patch) == once
    assert set(once) == set(before) | set(patch)


def test_a_change_is_dated_and_one_beyond_all_measure_refused() -> None:
    filled = fill(EMPTY, {"purpose": "Un four"}, at=LATER)

    assert (filled.content, filled.changed_at, filled.created_at) == ({"purpose": "Un four"}, LATER, NOW)
    with pytest.raises(DraftTooLarge):
        fill(EMPTY, {"purpose": "x" * 50_000}, at=LATER)


def test_a_withdrawn_draft_is_empty_and_stays_so() -> None:
    withdrawn = withdraw_draft(fill(EMPTY, {"a": 1}, at=NOW), on=TODAY, reason=None, today=TODAY)

    assert (withdrawn.status, withdrawn.content, withdrawn.ended_on) == (
        ApplicationStatus.WITHDRAWN,
        {},
        TODAY,
    )
    with pytest.raises(StatusForbids):
        fill(withdrawn, {"a": 1}, at=LATER)


def test_whose_a_draft_is_never_changes() -> None:
    with pytest.raises(InvalidInput):
        check_same_cae(EMPTY, Siren("356000000"))


def test_the_trail_names_what_changed_and_nothing_of_what_it_holds() -> None:
    assert named_fields(
        {"months": 3, "entrepreneur": {"given_name": "Inès", "contract": {"kind": "CESA"}}}
    ) == (
        "entrepreneur.contract.kind",
        "entrepreneur.given_name",
        "months",
    )
