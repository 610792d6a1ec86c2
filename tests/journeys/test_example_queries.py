"""The saved queries of the page for browsers, as a partner runs them on the demonstration's own services."""

import json

import httpx
import pytest

from gateway.settings import GatewaySettings
from tests.journeys.conftest import Essor

FILES = sorted(GatewaySettings().gateway_examples.glob("*.graphql"))


async def test_the_page_is_open_and_offers_every_saved_query(essor: Essor) -> None:
    async with httpx.AsyncClient(base_url=essor.gateway) as client:
        page = await client.get("/graphql", headers={"Accept": "text/html"})
        told = await client.get("/graphql/explorer/examples.json")
        offered = told.json()
        refused = await client.get("/graphql", params={"query": "{ __typename }"})
    assert (page.status_code, refused.status_code) == (200, 401)
    assert len(offered) == len(FILES) > 0
    assert told.headers["ratelimit-policy"].startswith('"address"'), "counted, as whatever is open to all"


@pytest.mark.parametrize("place", range(len(FILES)), ids=[file.stem for file in FILES])
async def test_a_saved_query_is_answered_to_a_partner(essor: Essor, place: int) -> None:
    async with essor.as_("partner", regions=["84"]) as partner:
        offered = (await partner.client.get(f"{essor.gateway}/graphql/explorer/examples.json")).json()[place]
        data = await partner.graphql(offered["query"], **json.loads(offered["variables"] or "{}"))
    assert data
