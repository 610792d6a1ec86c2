"""Who may subscribe, by the table, at both services."""

import pytest

from services.runtime.gateway_calls import HEADER, gateway_key
from tests.access.table import ROLES, Cell, rows
from tests.api import Api, token
from tests.event_streams import Subscriber, listening

TABLE = rows("GraphQL")
FIELDS = {"loans": "onLoanEvent", "capital": "onTopUpEvent"}
WHO = {
    "operator": {"regions": ["84"]},
    "funder": {"siren": "110044013"},
    "cae": {"siren": "732829320"},
    "partner": {"regions": ["84"]},
    "admin": {},
}
ELSEWHERE = "WzEsIjAxOTMyYjA1LTZlMjAtN2U4NS05ZmE3LWJlNTM2YzcxODA5ZiJd"
"""A cursor of another history: whoever may follow is told so at once."""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", FIELDS)
async def test_the_table_says_who_subscribes(
    loans_api: Api, capital_api: Api, service: str, role: str
) -> None:
    api, field = {"loans": loans_api, "capital": capital_api}[service], FIELDS[service]
    bearer = token(api.settings, role, **WHO[role])
    headers = {"Authorization": f"Bearer {bearer}", HEADER: gateway_key(api.settings)}
    async with (
        listening(api.app) as address,
        Subscriber(address, headers).stream(
            f'subscription {{ {field}(after: "{ELSEWHERE}") {{ id }} }}'
        ) as stream,
    ):
        last = await stream.end()

    is_refused = TABLE[f"Subscription.{field}"].cells[role] is Cell.NO
    assert last.error["extensions"]["code"] == ("not-allowed" if is_refused else "feed-restored")


@pytest.mark.parametrize("service", FIELDS)
async def test_nobody_subscribes_without_a_token_or_the_gateway(
    loans_api: Api, capital_api: Api, service: str
) -> None:
    api, field = {"loans": loans_api, "capital": capital_api}[service], FIELDS[service]
    bearer = {"Authorization": f"Bearer {token(api.settings, 'admin')}"}
    key = {HEADER: gateway_key(api.settings)}
    async with listening(api.app) as address:
        for headers, status in ((key, 401), (bearer, 403)):
            async with Subscriber(address, headers).opened(f"subscription {{ {field} {{ id }} }}") as refused:
                assert refused.status_code == status
