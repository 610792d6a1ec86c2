"""Every REST door of both services, with what no caller should send: never a 5xx, always a problem."""

import re
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


@pytest.fixture(params=["loans", "capital"])
def api(request: pytest.FixtureRequest) -> Api:
    found = request.getfixturevalue(f"{request.param}_api")
    assert isinstance(found, Api)
    return found


def caller(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["84", "75"])


async def operations(api: Api, method: str) -> list[tuple[str, dict[str, Any]]]:
    paths = (await api.anonymous().get("/openapi.json")).json()["paths"]
    found = [(path, paths[path][method]) for path in paths if method in paths[path] and "/v1" in path]
    assert found
    return found


def filled(path: str, value: str) -> str:
    return re.sub(r"\{[^}]+\}", value, path)


def check(response: httpx.Response) -> None:
    asked = f"{response.request.method} {response.request.url}"
    assert response.status_code < 500, asked
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json", asked
        assert response.json()["code"], asked


async def test_no_parameter_breaks_a_list_or_a_page(api: Api) -> None:
    for path, operation in await operations(api, "get"):
        names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        for name in names:
            for value in PARAMETERS:
                check(await caller(api).get(f"{filled(path, str(new_id()))}?{name}={value}"))


async def test_no_address_breaks_a_door(api: Api) -> None:
    for method in ("get", "post"):
        for path, _ in await operations(api, method):
            if "{" in path:
                for value in ("x", "%00", "é", "9" * 300, "%2e%2e", str(new_id())):
                    url = filled(path, value)
                    check(await caller(api).request(method.upper(), url, headers=once()))


async def test_no_body_breaks_a_door(api: Api) -> None:
    for path, _ in await operations(api, "post"):
        for body in BODIES:
            headers = {**once(), "content-type": "application/json"}
            check(await caller(api).post(filled(path, str(new_id())), content=body, headers=headers))
