"""Who may ask the gateway, as `essor serve gateway` runs it."""

import asyncio
from contextlib import ExitStack

import httpx
import pytest

from services.runtime.gateway_calls import HEADER, gateway_key
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
        keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert {key["use"] for key in keys} == {"sig"}
    assert all("d" not in key for key in keys)


async def test_a_service_that_is_asked_by_the_gateway_knows_the_request(essor: Essor) -> None:
    async with essor.as_("partner", regions=["84"]) as partner:
        response = await partner.client.post(
            f"{essor.gateway}/graphql",
            json={"query": "{ loans(first: 1) { totalCount } }"},
            headers={"X-Request-Id": "followed-through"},
        )
    assert response.headers["x-request-id"] == "followed-through"
    async with asyncio.timeout(60):  # the line is written once the answer has left
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


async def test_a_service_answers_the_gateway_alone_and_limits_are_told_at_each_door(essor: Essor) -> None:
    async with essor.as_("partner", regions=["84"]) as partner:
        through = await partner.client.post(f"{essor.gateway}/graphql", json=QUERY)
        for address in (essor.loans[0], essor.capital[0]):
            direct = await partner.client.post(f"{address}/graphql", json=QUERY)
            assert (direct.status_code, direct.json()["code"]) == (403, "gateway-only")
            assert direct.headers["ratelimit"].startswith('"client";r=')
    assert "errors" not in through.json()
    assert through.headers["ratelimit-policy"].startswith('"client";q=')


async def test_no_process_logs_a_token_or_the_gateways_secret(essor: Essor) -> None:
    bearer = token(essor.settings, "operator", regions=["84"], client="written-down")
    secrets = [bearer, bearer.rsplit(".", 1)[1], "forged.token.of-nobody", gateway_key(essor.settings)]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}) as client:
        for address in (essor.loans[0], essor.capital[0]):
            await client.get(f"{address}/v1/funds")
            await client.get(f"{address}/v1/schemes?access_token={bearer}")
            await client.get(f"{address}/v1/funds", headers={"Authorization": f"Bearer {secrets[2]}"})
            await client.post(f"{address}/graphql", json=QUERY, headers={HEADER: secrets[3]})
        await client.post(f"{essor.gateway}/graphql", json=QUERY)
        await client.post(f"{essor.gateway}/graphql", json=[bearer])
        await client.post(f"{essor.gateway}/graphql", json={"query": f"{{ {bearer} }}"})
    async with asyncio.timeout(60):
        while "written-down" not in logs_of(essor, "capital"):  # noqa: ASYNC110 - a file is watched
            await asyncio.sleep(0.05)
    written = "".join(path.read_text() for path in essor.settings.state_directory.glob("*.log"))
    assert [secret for secret in secrets if secret in written] == []
