"""Every REST route of both services, in every role's name: own dossiers, others', and no tenant at all."""

import json
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.loans.duties import close_days
from services.runtime.history.relay import relay
from services.runtime.tokens.reading import local_issuer
from tests.access.building import Request
from tests.access.rest_calls import CALLS, left_as_it_is
from tests.access.table import ROLES, Cell, rows
from tests.access.worlds import STRANGERS, Tenant, Tenants
from tests.api import Api, once

OPENAPI = Path(__file__).parents[2] / "openapi"
TABLES = {"loans": rows("REST: loans"), "capital": rows("REST: capital")}
CASES = [
    pytest.param(service, route, role, id=f"{role} {route}")
    for service, table in TABLES.items()
    for route in table
    for role in ROLES
]
FIGURES = {"GET /v1/indicators", "GET /v1/indicators/cohorts", "GET /v1/repayment-curve"}
TAKEN = {200, 201, 202, 204}
HIDDEN = {403, 404}


def described(service: str) -> set[str]:
    paths = json.loads((OPENAPI / f"{service}.json").read_text())["paths"]
    return {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method in operations
        if path.startswith("/v1")
    }


@pytest.mark.parametrize("service", TABLES)
def test_the_table_has_every_route(service: str) -> None:
    assert set(TABLES[service]) == described(service)


@pytest.mark.parametrize("service", TABLES)
def test_the_walk_knows_every_route(service: str) -> None:
    assert set(CALLS[service]) == described(service)


@pytest.fixture(scope="session")
def apis(loans_api: Api, capital_api: Api) -> dict[str, Api]:
    return {"loans": loans_api, "capital": capital_api}


@pytest.fixture(scope="session")
async def close(apis: dict[str, Api]) -> Callable[[str], Awaitable[None]]:
    """The next day of a region's loans; what was late before the first is reminded of by none."""
    days: dict[str, date] = {}

    async def close_next(region: str) -> None:
        days[region] = days.get(region, date(2024, 3, 9)) + timedelta(days=1)
        await close_days(
            apis["loans"].database,
            until=days[region],
            today=today_in_paris(),
            client="tests",
            regions=[region],
        )

    return close_next


@pytest.fixture(scope="session")
async def tenants(apis: dict[str, Api], close: Callable[[str], Awaitable[None]]) -> Tenants:
    def clients(service: str, role: str, **who: object) -> httpx.AsyncClient:
        return apis[service].as_(role, **who)  # type: ignore[arg-type]

    regions = {"own": "84", "neighbour": "84", "abroad": "53"}
    made = {name: Tenant(clients, region, close=close) for name, region in regions.items()}
    for tenant in made.values():
        await tenant.fund()  # a region without a fund has no day to close
    for region in set(regions.values()):
        await close(region)
    return made


async def send(client: httpx.AsyncClient, route: str, request: Request) -> httpx.Response:
    method = route.partition(" ")[0]
    headers = {**(once() if method != "GET" else {}), **(request.headers or {})}
    return await client.request(
        method, request.path, json=request.body, headers=headers, files=request.files, data=request.form
    )


async def whole_list(client: httpx.AsyncClient, request: Request, response: httpx.Response) -> str:
    """The text of every page."""
    pages = [response.text]
    while response.json()["items"] and (following := response.json()["next"]) is not None:
        response = await client.get(request.path, params={"after": following, "limit": 100})
        pages.append(response.text)
    return "".join(pages)


def told(tenant: Tenant, request: Request, response: httpx.Response) -> list[str]:
    """The tenant's traces in the answer that the caller had not sent itself."""
    sent = json.dumps([request.path, request.body, request.form], ensure_ascii=False)
    return [trace for trace in tenant.traces_in(response.text) if trace not in sent]


@pytest.mark.parametrize(("service", "route", "role"), CASES)
async def test_own_dossiers(
    apis: dict[str, Api], tenants: Tenants, service: str, route: str, role: str
) -> None:
    own, cell = tenants["own"], TABLES[service][route].cells[role]
    for name in STRANGERS[role]:
        # A list that forgot its filter would have theirs beside one's own.
        await left_as_it_is(service, route, tenants[name], role)
    if cell is Cell.NO or route.startswith("GET "):
        request = await left_as_it_is(service, route, own, role)
    else:
        request = await CALLS[service][route](own, role)
    if route == "GET /v1/events":
        await relay(apis[service].database)

    response = await send(own.as_(service, role), route, request)

    if cell is Cell.NO:
        assert response.status_code == 403, response.text
        assert told(own, request, response) == []
        return
    assert response.status_code in TAKEN, response.text
    if cell is not Cell.ANYONE:
        assert [tenants[name].traces_in(response.text) for name in STRANGERS[role]] in ([], [[]], [[], []])
    if request.is_list and route not in FIGURES:
        assert own.traces_in(await whole_list(own.as_(service, role), request, response)) != []
    if cell in {Cell.UNNAMED, Cell.SHARE, Cell.ANYONE}:
        assert own.names_in(response.text) == []


@pytest.mark.parametrize(("service", "route", "role"), CASES)
async def test_dossiers_of_others(tenants: Tenants, service: str, route: str, role: str) -> None:
    cell = TABLES[service][route].cells[role]
    for name in STRANGERS[role]:
        other = tenants[name]
        request = await left_as_it_is(service, route, other, role)
        if request.names_nobody or cell is Cell.ANYONE:
            continue

        response = await send(tenants["own"].as_(service, role), route, request)

        if request.is_batch and response.status_code == 409:
            assert {error["code"] for error in response.json()["errors"]} == {"not-found"}
        else:
            assert response.status_code in HIDDEN, response.text
        assert told(other, request, response) == []


NARROWED = [pytest.param(*case.values, id=case.id) for case in CASES if case.values[2] != "admin"]


@pytest.mark.parametrize(("service", "route", "role"), NARROWED)
async def test_without_a_tenant(apis: dict[str, Api], service: str, route: str, role: str) -> None:
    """A token that names no region or no SIREN sees nothing, rather than everything."""
    api = apis[service]
    bare = local_issuer(api.settings).issue(Caller(Role(role), "tests"), timedelta(hours=1))

    response = await send(
        api.anonymous({"Authorization": f"Bearer {bare}"}), route, Request(route.partition(" ")[2])
    )

    assert response.status_code == 401, response.text
