from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.kernel.refusals import InvalidInput
from services.runtime.pagination import cut_page, decode_cursor, encode_cursor


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    identifier = uuid4()
    assert decode_cursor(encode_cursor("2026-01-31", identifier), str, UUID) == ("2026-01-31", identifier)


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "%%%", encode_cursor("one"), encode_cursor(1, 2, 3), encode_cursor("no", "uuid")]
)
def test_any_other_cursor_is_invalid_input(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(cursor, str, UUID)
    assert refused.value.pointer == "?after"


@pytest.mark.parametrize(
    ("rows", "page", "has_next"),
    [([], [], False), ([1], [1], False), ([1, 2], [1, 2], False), ([1, 2, 3], [1, 2], True)],
)
def test_one_row_too_many_tells_that_there_is_a_next_page(
    rows: list[int], page: list[int], has_next: bool
) -> None:
    found, cursor = cut_page(rows, 2, encode_cursor)
    assert found == page
    assert cursor == (encode_cursor(page[-1]) if has_next else None)


@pytest.mark.parametrize(
    ("cursor", "kind"),
    [
        (encode_cursor(2**63), int),
        (encode_cursor("a\x00b"), str),
        (encode_cursor("2026-01-31T00:00:00"), datetime.fromisoformat),
        (encode_cursor(1.5e308), int),
        (encode_cursor([]), int),
        (encode_cursor("x" * 5), date.fromisoformat),
    ],
)
def test_a_cursor_asks_the_database_nothing_it_cannot_compare(
    cursor: str, kind: Callable[[Any], Any]
) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(cursor, kind)


def test_cursors_carry_what_rows_are_ordered_by() -> None:
    now = datetime.now(UTC)
    cursor = encode_cursor(-(2**63), now, date(2026, 1, 31), "Zoé")
    assert decode_cursor(cursor, int, datetime.fromisoformat, date.fromisoformat, str) == (
        -(2**63),
        now,
        date(2026, 1, 31),
        "Zoé",
    )
