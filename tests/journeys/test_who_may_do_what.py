"""The table of rights through the gateway: what a subgraph hides, the supergraph cannot show."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.supergraph import load_supergraph
from services.runtime.settings import REPOSITORY
from tests.access.graph_walk import Door, walk_type
from tests.access.table import ROLES
from tests.access.worlds import Tenant, Tenants
from tests.api import token
from tests.journeys.conftest import Essor

SUPERGRAPH = REPOSITORY / "schema" / "supergraph.graphql"


@pytest.fixture(scope="module")
async def tenants(essor: Essor) -> AsyncIterator[Tenants]:
    opened: dict[str, httpx.AsyncClient] = {}
    addresses = {"loans": essor.loans[0], "capital": essor.capital[1], "gateway": essor.gateway}

    def clients(service: str, role: str, **who: object) -> httpx.AsyncClient:
        name = json.dumps([service, role, who])
        if name not in opened:
            bearer = token(essor.settings, role, **who)  # type: ignore[arg-type]
            opened[name] = httpx.AsyncClient(
                base_url=addresses[service], headers={"Authorization": f"Bearer {bearer}"}, timeout=60
            )
        return opened[name]

    regions = {"own": "84", "neighbour": "84", "abroad": "53"}
    yield {name: Tenant(clients, region) for name, region in regions.items()}
    for client in opened.values():
        await client.aclose()


@pytest.mark.parametrize("role", ROLES)
async def test_the_gateway_shows_what_the_table_says(tenants: Tenants, role: str) -> None:
    door = Door(load_supergraph(SUPERGRAPH).api)

    for name in door.ways:
        await walk_type(door, "gateway", tenants, name, role)
