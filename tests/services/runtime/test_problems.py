import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api import Api, once


def operator(api: Api, language: str = "fr") -> httpx.AsyncClient:
    return api.as_("operator", regions=["84"], language=language)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "no-such-address"),
        ("DELETE", "/v1/deposits", 405, "method-not-allowed"),
        ("GET", "/v1/refusals/not-found", 404, "not-found"),
        ("GET", "/v1/refusals/crash", 500, "internal-error"),
        ("GET", "/v1/refusals/slow", 503, "unavailable"),
    ],
)
async def test_every_error_is_a_problem(probe: Api, method: str, path: str, status: int, code: str) -> None:
    response = await operator(probe).request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["code"], body["status"], body["instance"]) == (code, status, path)
    assert body["type"] == f"urn:essor:problem:{code}"
    assert body["title"]
    assert body["detail"]


async def test_an_unexpected_error_tells_nothing_of_what_it_held(
    probe: Api, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    response = await operator(probe).get("/v1/refusals/crash", headers={"X-Request-Id": "request-12345"})
    assert "request-12345" in response.json()["detail"]
    assert "Dupont" not in response.text
    assert b"Dupont" not in capfdbinary.readouterr().out


async def test_a_503_says_when_to_try_again(probe: Api) -> None:
    assert (await operator(probe).get("/v1/refusals/slow")).headers["retry-after"] == "2"


async def test_a_malformed_body_names_each_place_in_the_callers_language(probe: Api) -> None:
    body = {"amount_cents": 10.5, "siret": "123", "iban": "FR00", "surprise": 1}
    french = await operator(probe).post("/v1/deposits", json=body, headers=once())
    english = await operator(probe, "en").post("/v1/deposits", json=body, headers=once())
    assert french.status_code == english.status_code == 422
    found = {error["pointer"]: (error["code"], error["message"]) for error in french.json()["errors"]}
    assert found["/amount_cents"] == ("cents", "Un nombre entier de centimes d'euro est attendu.")
    assert found["/siret"][0] == "invalid-siret"
    assert found["/iban"][0] == "invalid-iban"
    assert found["/surprise"][0] == "extra-forbidden"
    assert "4 donnée(s) à corriger" in french.json()["detail"]
    assert "4 value(s) to correct" in english.json()["detail"]


async def test_a_body_that_is_not_json_is_said_so(probe: Api) -> None:
    response = await operator(probe).post(
        "/v1/deposits", content=b"{", headers={**once(), "content-type": "application/json"}
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["message"] == "Le corps n'est pas du JSON valide."


async def test_a_refusal_carries_its_facts_and_shows_euros(probe: Api) -> None:
    response = await operator(probe).post("/v1/deposits", json={"amount_cents": 1_000_001}, headers=once())
    assert response.status_code == 409
    body = response.json()
    assert (body["code"], body["asked_cents"], body["room_cents"]) == ("too-much", 1_000_001, 1_000_000)
    assert body["detail"] == "10\u202f000,01\u00a0€ dépasse 10\u202f000,00\u00a0€."


async def test_invalid_input_found_by_a_rule_looks_like_any_other(probe: Api) -> None:
    body = (await operator(probe).get("/v1/refusals/input")).json()
    assert body["errors"] == [{"pointer": "/deep/0", "code": "invalid-input", "message": "Trop tôt : hier."}]


async def test_a_body_over_the_limit_is_413_declared_or_not(probe: Api) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b" " * 1000

    large = await operator(probe).post("/v1/deposits", content=b" " * 4000, headers=once())
    streamed = await operator(probe).post("/v1/deposits", content=chunks(), headers=once())
    assert (large.status_code, streamed.status_code) == (413, 413)
    assert large.json()["limit_bytes"] == 2048


async def test_answers_carry_the_request_id_given_or_made(probe: Api) -> None:
    given = await operator(probe).get("/health", headers={"X-Request-Id": "abcdefgh-1"})
    made = await operator(probe).get("/health", headers={"X-Request-Id": "no spaces please"})
    assert given.headers["x-request-id"] == "abcdefgh-1"
    assert len(made.headers["x-request-id"]) == 36


async def test_a_method_that_is_not_served_is_told_those_that_are(probe: Api) -> None:
    for path, allowed in {"/v1/deposits": "GET, HEAD, POST", "/health": "GET, HEAD"}.items():
        response = await operator(probe).delete(path)
        assert (response.status_code, response.headers["allow"]) == (405, allowed)
        assert response.headers["content-type"] == "application/problem+json"


async def test_without_a_token_not_even_the_addresses_are_told(probe: Api) -> None:
    response = await probe.anonymous().get("/v1/nothing")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_no_address_redirects(probe: Api) -> None:
    response = await operator(probe).post("/v1/deposits/", json={"amount_cents": 1}, headers=once())
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("kind", "constraint"), [("check", "deposits_cents_check"), ("unique", "deposits_pkey")]
)
async def test_what_the_database_alone_refuses_is_a_conflict_that_tells_no_row(
    probe: Api, kind: str, constraint: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    response = await operator(probe).get(f"/v1/refusals/{kind}")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert response.json()["constraint"] == constraint
    assert "00000007" not in response.text
    assert b"00000007" not in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/refusals/column", 500, "internal-error"),
        ("/v1/refusals/unsendable", 500, "internal-error"),
        ("/v1/refusals/nul", 422, "invalid-input"),
        ("/v1/refusals/surrogate", 404, "not-found"),
        ("/v1/malformed-answer", 500, "internal-error"),
    ],
)
async def test_faults_of_ours_promise_no_better_next_time(
    probe: Api, path: str, status: int, code: str
) -> None:
    response = await operator(probe).get(path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "Dupont" not in response.text


async def test_of_two_calls_that_block_each_other_one_is_asked_to_come_again(scratch: Any) -> None:
    async with scratch(lock_seconds=10, statement_seconds=10) as api:
        answers = await asyncio.gather(
            operator(api).get("/v1/refusals/first-then-second"),
            operator(api).get("/v1/refusals/second-then-first"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 503]
