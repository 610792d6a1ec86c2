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
