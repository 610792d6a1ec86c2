"""Tokens that are not good are refused at every door, over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.runtime.gateway_calls import HEADER, gateway_key
from tests.forged_tokens import forged_tokens, good_token
from tests.journeys.conftest import Essor

ENTITIES = {
    "query": "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Region { code } } }",
    "variables": {"of": [{"__typename": "Region", "code": "84"}]},
}
QUESTION = {"query": '{ region(code: "84") { name } }'}


def doors(essor: Essor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with what it is asked; a subgraph as the gateway asks it, so that only the token is judged."""
    as_gateway = {HEADER: gateway_key(essor.settings)}
    yield f"{essor.loans[0]}/v1/funds", {"method": "GET"}
    yield f"{essor.capital[0]}/v1/schemes", {"method": "GET"}
    yield f"{essor.gateway}/graphql", {"method": "POST", "json": QUESTION}
    for address in (essor.loans[0], essor.capital[0]):
        yield f"{address}/graphql", {"method": "POST", "json": ENTITIES, "headers": as_gateway}


async def knock(client: httpx.AsyncClient, url: str, asked: dict[str, Any], token: str) -> httpx.Response:
    headers = {**asked.get("headers", {}), "Authorization": f"Bearer {token}"}
    return await client.request(url=url, **{**asked, "headers": headers})


async def test_a_good_token_opens_every_door(essor: Essor) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        for url, asked in doors(essor):
            answer = await knock(client, url, asked, good_token(essor.settings))
            assert answer.status_code == 200, (url, answer.text)
            assert "errors" not in answer.json(), (url, answer.text)


async def test_no_forged_token_opens_any(essor: Essor) -> None:
    forged = forged_tokens(essor.settings)
    assert len(forged) > 25
    opened, silent = [], []
    async with httpx.AsyncClient(timeout=60) as client:
        for url, asked in doors(essor):
            for wrong, token in forged.items():
                answer = await knock(client, url, asked, token)
                if answer.status_code != 401:
                    opened.append((url, wrong, answer.status_code))
                if answer.headers.get("www-authenticate") != 'Bearer error="invalid_token"':
                    silent.append((url, wrong))
            # What was refused does no harm to what comes after.
            assert (await knock(client, url, asked, good_token(essor.settings))).status_code == 200
    assert (opened, silent) == ([], [])


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer2", "DPoP"])
async def test_a_good_token_under_another_scheme_opens_none(essor: Essor, scheme: str) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        for url, asked in doors(essor):
            headers = {**asked.get("headers", {}), "Authorization": f"{scheme} {good_token(essor.settings)}"}
            answer = await client.request(url=url, **{**asked, "headers": headers})
            assert answer.status_code == 401


async def test_a_token_in_the_address_is_none(essor: Essor) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        for url, asked in doors(essor):
            answer = await client.request(
                url=url, params={"access_token": good_token(essor.settings)}, **asked
            )
            assert answer.status_code == 401


@pytest.mark.parametrize("wrong", ["expired", "alg 'none'", "signed by another key of the same name"])
async def test_the_forged_tokens_are_one_step_away_from_a_good_one(essor: Essor, wrong: str) -> None:
    """Otherwise they would be refused for another reason than the one that their name gives."""
    forged, good = forged_tokens(essor.settings)[wrong], good_token(essor.settings)
    assert forged.count(".") == good.count(".") == 2
