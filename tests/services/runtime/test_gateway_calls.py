"""`/graphql` of a service is for the gateway, known by its secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.loans.app import make_app
from services.runtime.gateway_calls import HEADER, gateway_key
from services.runtime.settings import Settings
from tests.api import Api, token

QUERY = {"query": "{ __typename }"}
SDL = {"query": "{ _service { sdl } }"}


@asynccontextmanager
async def loans(settings: Settings, tmp_path: Path, **changes: Any) -> AsyncIterator[Api]:
    chosen = settings.model_copy(update={"state": tmp_path, **changes})
    async with Api.of(make_app(chosen), chosen) as api:
        yield api


def outsider(api: Api, **headers: str) -> httpx.AsyncClient:
    """With a good token, and nothing that the gateway knows."""
    bearer = token(api.settings, "operator", regions=["84"])
    return api.outsider({"Authorization": f"Bearer {bearer}", **headers})


@pytest.mark.parametrize("body", [QUERY, SDL, []])
async def test_who_is_not_the_gateway_is_sent_there(loans_api: Api, body: Any) -> None:
    answer = await outsider(loans_api).post("/graphql", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "gateway-only")
    assert answer.json()["title"] == "Réservé à la passerelle"
    english = await outsider(loans_api, **{"Accept-Language": "en"}).post("/graphql", json=body)
    assert english.json()["detail"].startswith("Ask the gateway")


@pytest.mark.parametrize("path", ["/graphql", "/graphql%0A", "/graphql?x=1", "//graphql", "/graphql/"])
@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "OPTIONS"])
async def test_no_way_of_asking_goes_round_it(loans_api: Api, path: str, method: str) -> None:
    answer = await outsider(loans_api).request(method, path, json=QUERY)
    assert answer.status_code in {403, 404, 405}
    assert b"data" not in answer.content


async def test_a_wrong_or_empty_secret_is_none(loans_api: Api) -> None:
    for wrong in ("", "x", gateway_key(loans_api.settings)[:-1], gateway_key(loans_api.settings) + "x"):
        answer = await outsider(loans_api, **{HEADER: wrong}).post("/graphql", json=QUERY)
        assert answer.status_code == 403


async def test_the_gateway_passes_with_a_token_only(loans_api: Api) -> None:
    key = {HEADER: gateway_key(loans_api.settings)}
    assert (await outsider(loans_api, **key).post("/graphql", json=SDL)).json()["data"]["_service"]["sdl"]
    assert (await loans_api.outsider(key).post("/graphql", json=SDL)).status_code == 401


async def test_rest_asks_for_no_secret(loans_api: Api) -> None:
    assert (await outsider(loans_api).get("/v1/funds")).status_code == 200


async def test_a_setting_gives_the_secret(settings: Settings, tmp_path: Path) -> None:
    async with loans(settings, tmp_path, subgraph_key="a secret of twelve") as api:
        known = outsider(api, **{HEADER: "a secret of twelve"})
        assert (await known.post("/graphql", json=QUERY)).status_code == 200
    assert not (tmp_path / "keys" / "subgraphs.key").exists()


async def test_a_setting_opens_the_door(settings: Settings, tmp_path: Path) -> None:
    async with loans(settings, tmp_path, open_subgraphs=True) as api:
        assert (await outsider(api).post("/graphql", json=QUERY)).status_code == 200


async def test_the_gateways_calls_are_not_counted_twice(settings: Settings, tmp_path: Path) -> None:
    async with loans(settings, tmp_path, rate_per_second=0.1, rate_burst=1, open_subgraphs=True) as api:
        gateway = outsider(api, **{HEADER: gateway_key(api.settings)})
        for _ in range(3):
            assert (await gateway.post("/graphql", json=QUERY)).status_code == 200
        codes = [(await outsider(api).post("/graphql", json=QUERY)).status_code for _ in range(2)]
        assert codes == [200, 429]
