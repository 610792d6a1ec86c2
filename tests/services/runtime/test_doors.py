"""Every REST door of both services, with what no caller should send: never a 5xx, always a problem."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.kernel.identifiers import new_id
from services.runtime.pagination import encode_cursor
from tests.api import Api, once

PARAMETERS = [
    *("", "%00", "é", "-1", "0", "9" * 30, "x" * 600, "1e3", "true", "null", "[]", "%ED%A0%80", "2026-02-30"),
    *("..%2F..", "'; --", "NaN", "1700006400", "732829320", "84", "2026-01-31"),
    *(encode_cursor(2**63), encode_cursor("x"), encode_cursor(None), encode_cursor([]), encode_cursor({})),
    *(encode_cursor(2**63, "x"), encode_cursor("2026-01-31", "x"), encode_cursor("x", 2**63)),
]
BODIES = [b"", b"null", b"[]", b"{}", b'"x"', b"{", b"\xff", b'{"x": 1}', b"[" * 2_000]


OPENAPI = Path(__file__).parents[3] / "openapi"


def described(method: str, *, by_id: bool = False) -> list[Any]:
    """Every door of that method, or those whose address has an id in it."""
    return [
        pytest.param(service, path, id=f"{service} {path}")
        for service in ("loans", "capital")
        for path, operations in json.loads((OPENAPI / f"{service}.json").read_text())["paths"].items()
        if method in operations and path.startswith("/v1") and (not by_id or "{" in path)
    ]


@pytest.fixture
def api(service: str, request: pytest.FixtureRequest) -> Api:
    found = request.getfixturevalue(f"{service}_api")
    assert isinstance(found, Api)
    return found


def caller(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["84", "75"])


def filled(path: str, value: str) -> str:
    return re.sub(r"\{[^}]+\}", value, path)


def check(response: httpx.Response) -> None:
    asked = f"{response.request.method} {response.request.url}"
    assert response.status_code < 500, asked
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json", asked
        assert response.json()["code"], asked


@pytest.mark.parametrize(("service", "path"), described("get"))
async def test_no_parameter_breaks_a_list_or_a_page(api: Api, service: str, path: str) -> None:
    operation = json.loads((OPENAPI / f"{service}.json").read_text())["paths"][path]["get"]
    for each in operation.get("parameters", []):
        if each["in"] == "query":
            for value in PARAMETERS:
                check(await caller(api).get(f"{filled(path, str(new_id()))}?{each['name']}={value}"))


@pytest.mark.parametrize(
    ("service", "path", "method"),
    [
        pytest.param(*door.values, method, id=f"{method} {door.id}")
        for method in ("get", "post")
        for door in described(method, by_id=True)
    ],
)
async def test_no_address_breaks_a_door(api: Api, method: str, service: str, path: str) -> None:
    for value in ("x", "%00", "é", "9" * 300, "%2e%2e", str(new_id())):
        check(await caller(api).request(method.upper(), filled(path, value), headers=once()))


@pytest.mark.parametrize(("service", "path"), described("post"))
async def test_no_body_breaks_a_door(api: Api, service: str, path: str) -> None:
    for body in BODIES:
        headers = {**once(), "content-type": "application/json"}
        check(await caller(api).post(filled(path, str(new_id())), content=body, headers=headers))
