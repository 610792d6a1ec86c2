"""Whatever is written as COPY's text, PostgreSQL reads as the value that it was."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.database.connection import copy, execute, fetch
from services.runtime.database.copy_text import as_copied

NAMES = ("id", "cents", "name", "on_date", "at", "is_so")
TABLE = (
    "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT NULL::uuid AS id, NULL::bigint AS cents,"
    " NULL::text AS name, NULL::date AS on_date, NULL::timestamptz AS at, NULL::boolean AS is_so WITH NO DATA"
)


class Word(StrEnum):
    BACKSLASH = "a\\b"


HARD_TEXTS = (
    "",
    "\\N",
    "\\",
    "\\.",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\x08\x0b",
    "Yaëlle — œuvre 🙂",
    Word.BACKSLASH,
)
INSTANT = datetime(2026, 6, 30, 23, 59, 59, 123456, UTC)


async def test_every_value_comes_back(scratch: Any) -> None:
    rows = [
        *((uuid4(), place, name, date(2026, 2, 28), INSTANT, True) for place, name in enumerate(HARD_TEXTS)),
        (None,) * len(NAMES),
        (uuid4(), -(2**63), None, date(1, 1, 1), INSTANT, False),
        (None, 2**63 - 1, "0", date(9999, 12, 31), None, None),
    ]

    assert await copied_and_read(scratch, rows) == rows


async def test_a_column_may_begin_with_nothing(scratch: Any) -> None:
    rows = [(None,) * len(NAMES), (uuid4(), 1, "x", date(2026, 1, 1), INSTANT, False)]

    assert await copied_and_read(scratch, rows) == rows


async def test_ids_that_the_driver_read_are_written_again(scratch: Any) -> None:
    async with scratch(pool_size=1) as api, api.database.of_all_tenants() as session:
        [row] = await fetch(session, "SELECT gen_random_uuid() AS id")
    assert type(row.id) is not UUID

    assert as_copied([(row.id,)]) == f"{row.id.hex}\n".encode()


async def copied_and_read(scratch: Any, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    async with scratch(pool_size=1) as api, api.database.of_all_tenants() as session:
        await execute(session, TABLE)
        await copy(session, "copied", NAMES, as_copied(rows))
        return [tuple(row) for row in await fetch(session, "SELECT * FROM copied ORDER BY ctid")]


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_no_text_makes_a_row_or_a_column_more(rows: list[tuple[str, str]]) -> None:
    text = as_copied(rows).decode()

    assert text.count("\n") == len(rows)
    assert text.count("\t") == len(rows)


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        as_copied([(1.5,)])
