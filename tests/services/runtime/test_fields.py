"""What a body may hold, value by value, and over HTTP for what breaks parsers."""

import json
from datetime import date, datetime
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from services.runtime.fields import (
    LARGEST_CENTS,
    BusinessDate,
    Cents,
    LongText,
    PositiveCents,
    Reference,
    RegionField,
    ShortText,
)
from tests.api import Api, once

DATE, CENTS = TypeAdapter(BusinessDate), TypeAdapter(Cents)
SHORT, LONG = TypeAdapter(ShortText), TypeAdapter(LongText)


def kinds(adapter: TypeAdapter[Any], value: Any) -> list[str]:
    with pytest.raises(ValidationError) as error:
        adapter.validate_python(value)
    return [found["type"] for found in error.value.errors()]


@pytest.mark.parametrize("value", ["2026-01-31", date(2026, 1, 31)])
def test_a_date_is_a_day(value: Any) -> None:
    assert DATE.validate_python(value) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "value",
    [
        *("1700006400", "2026-1-31", "20260131", "2026-W05-6", "31/01/2026", "2026-01-31T00:00:00Z"),
        *("2026-02-30", "２０２６-01-31", "2026-01-31\n", "", "1899-12-31", "2201-01-01"),
        *(1700006400, None, True, datetime(2026, 1, 31)),  # noqa: DTZ001
    ],
)
def test_nothing_else_is_a_date(value: Any) -> None:
    assert kinds(DATE, value)


@pytest.mark.parametrize("value", [0, 1, LARGEST_CENTS])
def test_cents_are_whole(value: int) -> None:
    assert CENTS.validate_python(value) == value


@pytest.mark.parametrize("value", ["12", 12.0, 1e3, True, None, [1], -1, LARGEST_CENTS + 1, float("nan")])
def test_nothing_else_is_cents(value: Any) -> None:
    assert kinds(CENTS, value)


def test_money_that_moves_is_more_than_nothing() -> None:
    assert kinds(TypeAdapter(PositiveCents), 0) == ["greater_than"]


@pytest.mark.parametrize(
    "value", ["a\x00b", "a\x1bb", "a\x7fb", "a\x92b", "a\u202eb", "a\nb", "a\tb", "a\u2028b", "\ud800"]
)
def test_a_line_holds_no_control(value: str) -> None:
    for adapter in (SHORT, TypeAdapter(Reference)):
        assert kinds(adapter, value)


@pytest.mark.parametrize("value", ["a\x00b", "a\x1bb", "a\u202eb", "\ud800"])
def test_a_text_holds_lines_and_no_other_control(value: str) -> None:
    assert LONG.validate_python("first\r\n\tsecond\n") == "first\r\n\tsecond"
    assert kinds(LONG, value)


def test_texts_are_stripped_and_neither_empty_nor_endless() -> None:
    assert SHORT.validate_python(" Zoé\u00a0d’Été 🙂\n") == "Zoé\u00a0d’Été 🙂"
    assert kinds(SHORT, " ") == ["string_too_short"]
    assert kinds(SHORT, "x" * 201) == ["string_too_long"]
    assert kinds(TypeAdapter(RegionField), "99") == ["unknown-region"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount_cents": NaN}',
        b'{"amount_cents": 1e3}',
        b'{"amount_cents": ' + b"9" * 1_500 + b"}",
        b'{"amount_cents": 1, "siret": "\\u0000"}',
        b'{"amount_cents": 1, "siret": "\\ud800"}',
        b'{"amount_cents": 1, "iban": "\\ud800\\u0000"}',
        b'{"amount_cents": 1, "\\ud800": 1}',
        b'{"amount_cents": 1, "seconds": Infinity}',
        b"[" * 2_000,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b"\xff\xfe",
        b"null",
        b"",
        b'"text"',
        b"[]",
    ],
)
async def test_no_body_breaks_the_door(probe: Api, body: bytes) -> None:
    headers = {**once(), "content-type": "application/json"}
    response = await operator(probe).post("/v1/deposits", content=body, headers=headers)
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"
    json.loads(response.content)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", "nonsense"])
async def test_a_body_that_is_not_json_is_refused_as_input(probe: Api, content_type: str) -> None:
    headers = {**once(), "content-type": content_type}
    response = await operator(probe).post("/v1/deposits", content=b'{"amount_cents": 1}', headers=headers)
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"pointer": "", "code": "model-attributes-type", "message": "Un objet JSON est attendu."}
    ]


async def test_what_is_no_json_is_pointed_at_as_a_whole(probe: Api) -> None:
    headers = {**once(), "content-type": "application/json"}
    response = await operator(probe).post("/v1/deposits", content=b'{"amount_cents": ', headers=headers)
    assert response.json()["errors"][0]["pointer"] == ""


@pytest.mark.parametrize("query", ["on=1700006400", "on=2026-1-1", "siret=%ED%A0%80", "siret=1%2F2", "on="])
async def test_parameters_are_as_strict_as_bodies(probe: Api, query: str) -> None:
    response = await operator(probe).get(f"/v1/deposits?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"


def operator(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["84"])
