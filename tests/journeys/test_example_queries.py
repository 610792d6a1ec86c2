"""The saved queries of the page for browsers, as a partner runs them on the demonstration's own services."""

import json

import httpx
import pytest

from gateway.settings import GatewaySettings
from services.loans.persistence.tables import metadata
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.history.places import START
from services.runtime.history.relay import relay
from tests.event_streams import Subscriber
from tests.factories.capital import new_siren
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


async def open_a_fund(essor: Essor) -> None:
    """And tell of it in the feed, as the worker does."""
    async with essor.as_("operator", regions=["84"]) as operator:
        asked = {"region": "84", "name": f"Fonds {new_siren()}", "opened_on": "2024-01-01"}
        await operator.post("loans", "/funds", asked)
    database = Database(service_url("loans", essor.settings), essor.settings, metadata=metadata)
    await relay(database)
    await database.close()


@pytest.mark.parametrize("place", range(len(FILES)), ids=[file.stem for file in FILES])
async def test_a_saved_query_is_answered_to_a_partner(essor: Essor, place: int) -> None:
    async with essor.as_("partner", regions=["84"]) as partner:
        offered = (await partner.client.get(f"{essor.gateway}/graphql/explorer/examples.json")).json()[place]
        variables = json.loads(offered["variables"] or "{}")
        if offered["query"].startswith("subscription"):
            await open_a_fund(essor)
            token = {"Authorization": partner.client.headers["Authorization"]}
            following = Subscriber(essor.gateway, token)
            async with following.stream(offered["query"], last_event_id=START.cursor, **variables) as stream:
                answer = (await stream.event()).answer
            assert "errors" not in answer, answer
            data = answer["data"]
        else:
            data = await partner.graphql(offered["query"], **variables)
    assert data
