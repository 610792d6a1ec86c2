"""Who may ask the gateway, as `essor serve gateway` runs it."""

import asyncio
from contextlib import ExitStack

import httpx
import pytest

from tests.api import token
from tests.journeys.conftest import Essor, free_port, serve, wait_until_alive

QUERY = {"query": '{ region(code: "84") { name } }'}


async def test_a_query_needs_a_token_of_the_issuer(essor: Essor) -> None:
    async with httpx.AsyncClient(base_url=essor.gateway) as client:
        refused = await client.post("/graphql", json=QUERY, headers={"Accept-Language": "en"})
        forged = await client.post("/graphql", json=QUERY, headers={"Authorization": "Bearer a.b.c"})
        bearer = token(essor.settings, "partner", regions=["84"])
        accepted = await client.post("/graphql", json=QUERY, headers={"Authorization": f"Bearer {bearer}"})
    assert (refused.status_code, forged.status_code) == (401, 401)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.json()["title"] == "Token missing or refused"
    assert len(refused.headers["x-request-id"]) >= 8
    assert accepted.json() == {"data": {"region": {"name": "Auvergne-Rhône-Alpes"}}}


async def test_its_health_and_the_issuers_public_keys_need_none(essor: Essor) -> None:
    async with httpx.AsyncClient(base_url=essor.gateway) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        assert (await client.get("/ready")).json()["status"] == "ready"
        (key,) = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert key["use"] == "sig"
    assert "d" not in key


async def test_a_service_that_is_asked_by_the_gateway_knows_the_request(essor: Essor) -> None:
    async with essor.as_("partner", regions=["84"]) as partner:
        response = await partner.client.post(
            f"{essor.gateway}/graphql",
            json={"query": "{ loans(first: 1) { totalCount } }"},
            headers={"X-Request-Id": "followed-through"},
        )
    assert response.headers["x-request-id"] == "followed-through"
    async with asyncio.timeout(10):  # the line is written once the answer has left
        while "followed-through" not in logs_of(essor, "loans"):  # noqa: ASYNC110 - a file is watched
            await asyncio.sleep(0.05)


def logs_of(essor: Essor, service: str) -> str:
    return "".join(path.read_text() for path in essor.settings.state_directory.glob(f"{service}-*.log"))


@pytest.mark.parametrize(
    ("down", "left", "lost"),
    [("loans", "topUpSchemes", "loanFunds"), ("capital", "loanFunds", "topUpSchemes")],
)
async def test_one_service_that_is_down_leaves_what_the_other_gives(
    essor: Essor, down: str, left: str, lost: str
) -> None:
    with ExitStack() as stack:
        addresses = {
            "loans": essor.loans[0],
            "capital": essor.capital[0],
            down: f"http://127.0.0.1:{free_port()}",
        }
        urls = {
            f"ESSOR_SUBGRAPH_{name.upper()}_URL": f"{address}/graphql" for name, address in addresses.items()
        }
        gateway = serve(stack, essor.settings, "gateway", **urls)
        wait_until_alive(gateway)
        async with essor.as_("partner", regions=["84"]) as partner:
            query = {"query": '{ region(code: "84") { loanFunds { name } topUpSchemes { name } } }'}
            answer = (await partner.client.post(f"{gateway}/graphql", json=query)).json()
            assert (await partner.client.get(f"{gateway}/ready")).status_code == 503
    assert isinstance(answer["data"]["region"][left], list)
    assert answer["data"]["region"][lost] is None
    assert [error["path"] for error in answer["errors"]] == [["region", lost]]
    assert {error["extensions"]["service"] for error in answer["errors"]} == {down}
