"""Calls that are read without FastAPI's search answer as FastAPI does, and all others go its way."""

from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from services.runtime import problems
from services.runtime.fields import Body, PositiveCents
from services.runtime.plain_calls import PlainCall
from services.runtime.preconditions import IfMatch
from services.runtime.query_parameters import known_parameters_only
from services.runtime.routes import Route, add_routes

ID = "01932c07-9c1e-7a3b-8f21-0b5e3a6d9c42"
JSON = {"content-type": "application/json"}

router = APIRouter()


class Payment(Body):
    amount_cents: PositiveCents
    note: str = ""


async def length_of_body(request: Request) -> int:
    return len(await request.body())


def told(**seen: Any) -> Response:
    return Response(repr(seen), status_code=201, headers={"x-seen": str(len(seen))})


@router.post("/loans/{loan_id}/payments")
async def pay(
    loan_id: UUID, body: Payment, match: IfMatch, length: Annotated[int, Depends(length_of_body)]
) -> Response:
    return told(loan_id=loan_id, body=body, match=match, length=length)


@router.post("/closings")
async def close(match: IfMatch) -> Response:
    return told(match=match)


@router.post("/models")
async def model(body: Payment) -> Payment:
    return body


@router.post("/filters")
async def filtered(limit: Annotated[int, Query()] = 3) -> Response:
    return told(limit=limit)


@router.post("/headers")
async def headed(x_needed: Annotated[str, Header()]) -> Response:
    return told(needed=x_needed)


@router.post("/embedded")
async def embedded(one: Payment, two: Payment) -> Response:
    return told(one=one, two=two)


@pytest.fixture(scope="module")
def apps() -> tuple[FastAPI, FastAPI]:
    """The same endpoints, found and called by our routes and by FastAPI's own."""
    ours, theirs = FastAPI(), FastAPI()
    dependencies = [Depends(known_parameters_only)]
    add_routes(ours, router, prefix="/v1", dependencies=dependencies)
    theirs.include_router(router, prefix="/v1", dependencies=dependencies)
    for app in (ours, theirs):
        problems.install(app)
    return ours, theirs


async def send(app: FastAPI, method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://essor") as client:
        return await client.request(method, path, content=body, headers=headers)


def test_which_routes_are_plain(apps: tuple[FastAPI, FastAPI]) -> None:
    routes = [route for route in apps[0].routes if isinstance(route, Route)]
    plain = {route.path for route in routes if PlainCall.of(route) is not None}
    assert plain == {"/v1/loans/{loan_id}/payments", "/v1/closings"}


PAY = f"/v1/loans/{ID}/payments"
GOOD = b'{"amount_cents": 5}'


@pytest.mark.parametrize(
    ("path", "body", "headers", "is_plain"),
    [
        (PAY, GOOD, JSON, True),
        (PAY, b' {"note": "\\u00e9", "amount_cents": 5.0, "amount_cents": 6}', JSON, True),
        (PAY, GOOD, {"content-type": "application/json; charset=utf-8"}, True),
        (f"/v1/loans/{ID.upper().replace('-', '')}/payments", GOOD, JSON, True),
        ("/v1/closings", b"", {}, True),
        ("/v1/closings", b"not read", {"content-type": "text/plain"}, True),
        (PAY, GOOD, {"content-type": "application/merge-patch+json"}, False),
        (PAY, GOOD, {"content-type": "text/plain"}, False),
        (PAY, GOOD, {}, False),
        (PAY, GOOD, JSON | {"if-match": '"5f2c"'}, False),
        (PAY, GOOD, JSON | {"If-Match": "5f2c"}, False),
        (f"{PAY}?dry_run=1", GOOD, JSON, False),
        ("/v1/loans/seven/payments", GOOD, JSON, False),
        ("/v1/loans/seven/payments", b"{", JSON, False),
        (PAY, b"", JSON, False),
        (PAY, b"{", JSON, False),
        (PAY, b"null", JSON, False),
        (PAY, b"[]", JSON, False),
        (PAY, b'{"amount_cents": NaN}', JSON, False),
        (PAY, b'{"amount_cents": 0}', JSON, False),
        (PAY, b'{"amount_cents": "5"}', JSON, False),
        (PAY, b'{"amount_cents": 5, "more": 1}', JSON, False),
        (PAY, b'\xff{"amount_cents": 5}', JSON, False),
        (PAY, b"[" * 100_000, JSON, False),
        ("/v1/models", GOOD, JSON, False),
        ("/v1/filters?limit=4", b"", {}, False),
        ("/v1/headers", b"", {"x-needed": "1"}, False),
        ("/v1/embedded", b'{"one": {"amount_cents": 5}, "two": {"amount_cents": 6}}', JSON, False),
    ],
)
async def test_the_answer_is_what_fastapi_answers(
    apps: tuple[FastAPI, FastAPI],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: bytes,
    headers: dict[str, str],
    is_plain: bool,
) -> None:
    by_fastapi = []
    usual = APIRoute.handle

    async def watched(route: APIRoute, *given: Any) -> None:
        by_fastapi.append(route.path)
        await usual(route, *given)

    monkeypatch.setattr(APIRoute, "handle", watched)
    ours = await send(apps[0], "POST", path, body, headers)
    assert (not by_fastapi) is is_plain
    theirs = await send(apps[1], "POST", path, body, headers)
    assert (ours.status_code, ours.content, ours.headers) == (
        theirs.status_code,
        theirs.content,
        theirs.headers,
    )
    assert ours.is_success or not is_plain


async def test_another_method_is_told_those_there_are(apps: tuple[FastAPI, FastAPI]) -> None:
    ours, theirs = [await send(app, "PUT", PAY, GOOD, JSON) for app in apps]
    assert ours.status_code == 405
    assert (ours.content, ours.headers) == (theirs.content, theirs.headers)
