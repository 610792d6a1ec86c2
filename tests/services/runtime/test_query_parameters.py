"""Parameters that an address does not have, or has once."""

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query

from services.runtime import problems
from services.runtime.query_parameters import known_parameters_only
from tests.api import Api, once

router = APIRouter()


@router.get("/tagged")
def tagged(tag: Annotated[list[str] | None, Query()] = None) -> int:
    return len(tag or [])


def client(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["84"])


async def test_an_unknown_parameter_is_named_with_those_that_are_known(loans_api: Api) -> None:
    answer = await client(loans_api).get("/v1/loans?fundid=3&late=true&x=")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    known = (
        "sort, limit, after, count, fund_id, cae, status, late, bucket, due_from, due_to, min_amount_cents,"
        " max_amount_cents, min_outstanding_cents"
    )
    message = f"Paramètre inconnu ; ceux de cette adresse : {known}."
    assert answer.json()["errors"] == [
        {"pointer": "?fundid", "code": "unknown-parameter", "message": message},
        {"pointer": "?x", "code": "unknown-parameter", "message": message},
    ]


async def test_an_address_without_parameters_says_so(loans_api: Api) -> None:
    operator = loans_api.as_("operator", regions=["84"], language="en")
    answer = await operator.get("/v1/applications/01932c07-9c1e-7a3b-8f21-0b5e3a6d9c42?fields=id")
    (error,) = answer.json()["errors"]
    assert error == {
        "pointer": "?fields",
        "code": "no-parameter",
        "message": "This address takes no parameter.",
    }


async def test_a_parameter_given_twice_is_not_chosen_from(capital_api: Api) -> None:
    answer = await client(capital_api).get("/v1/top-ups?status=granted&limit=5&status=paid")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("?status", "repeated-parameter")
    assert error["message"] == "Paramètre donné 2 fois ; une seule valeur est attendue."


async def test_a_call_that_writes_is_no_exception(probe: Api) -> None:
    answer = await client(probe).post("/v1/deposits?dry_run=1", json={"amount_cents": 1}, headers=once())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?dry_run")


@pytest.mark.parametrize("name", ["", "%ED%A0%80", "a" * 3_000, "é", "limit[]", "Limit"])
async def test_no_name_breaks_the_door(loans_api: Api, name: str) -> None:
    answer = await client(loans_api).get(f"/v1/loans?{name}=1")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_many_unknown_names_are_told_up_to_a_bound(loans_api: Api) -> None:
    query = "&".join(f"p{number}=1" for number in range(500))
    answer = await client(loans_api).get(f"/v1/loans?{query}")
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) <= 50


async def test_a_list_may_be_given_several_times() -> None:
    app = FastAPI()
    problems.install(app)
    app.include_router(router, prefix="/v1", dependencies=[Depends(known_parameters_only)])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://essor.test") as caller:
        assert (await caller.get("/v1/tagged?tag=a&tag=b")).json() == 2
        assert (await caller.get("/v1/tagged?tags=a")).status_code == 422
