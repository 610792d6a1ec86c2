"""Room kept at request, and the list of who waits for some, as a CAE and its operator see them."""

import httpx
import pytest

from services.capital.duties import duties
from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, top_up


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def opened(operator: httpx.AsyncClient, **version: object) -> str:
    answer = await operator.post("/v1/schemes", json=scheme(**version))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_rules_that_reserve_refuse_at_the_door_what_finds_no_room(operator: httpx.AsyncClient) -> None:
    scheme_id, siren = await opened(operator, reserves_at="request", cae_cap_cents=3_500_00), new_siren()

    kept = await operator.post("/v1/top-ups", json=top_up(scheme_id, siren))
    refused = await operator.post("/v1/top-ups", json=top_up(scheme_id, siren))

    assert (kept.status_code, kept.json()["reserved_cents"]) == (201, 2_000_00)
    assert (refused.status_code, refused.json()["code"]) == (409, "cae-cap-reached")
    assert (refused.json()["room_cents"], refused.json()["used_cents"]) == (1_500_00, 2_000_00)
    granted = await operator.post(f"/v1/top-ups/{kept.json()['id']}/grant", json=grant(), headers=once())
    assert (granted.json()["reserved_cents"], granted.json()["award_cents"]) == (None, 2_000_00)


async def test_a_waiting_list_reserves_at_request(operator: httpx.AsyncClient) -> None:
    version = (await operator.get(f"/v1/schemes/{await opened(operator, waiting_list=True)}")).json()[
        "version"
    ]

    assert (version["reserves_at"], version["waiting_list"]) == ("request", True)


async def test_who_waits_sees_its_place_and_is_promoted_by_the_worker(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    scheme_id = await opened(operator, waiting_list=True, budget_cents=2_000_00)
    first, second = new_siren(), new_siren()
    asked = [
        (await operator.post("/v1/top-ups", json=top_up(scheme_id, siren))).json()
        for siren in (first, first, second)
    ]
    path = f"/v1/schemes/{scheme_id}/waiting-list"

    page = (await operator.get(path, params={"limit": 1, "count": True})).json()
    rest = (await operator.get(path, params={"after": page["next"]})).json()
    own = (await capital_api.as_("cae", siren=second).get(path)).json()

    assert [top_up["status"] for top_up in asked] == ["requested", "waiting", "waiting"]
    assert (page["total"], [(item["place"], item["top_up"]["id"]) for item in page["items"]]) == (
        2,
        [(1, asked[1]["id"])],
    )
    assert [(item["place"], item["top_up"]["id"]) for item in rest["items"]] == [(2, asked[2]["id"])]
    assert [item["place"] for item in own["items"]] == [2]
    assert (await operator.get(path, params={"cae": first})).json()["items"] == page["items"]
    waiting = await operator.post(f"/v1/top-ups/{asked[1]['id']}/grant", json=grant(), headers=once())
    assert (waiting.status_code, waiting.json()["code"]) == (409, "status-forbids")
    await capital_api.as_("cae", siren=first).post(f"/v1/top-ups/{asked[0]['id']}/withdrawal", json={})

    [promote] = [duty for duty in duties(capital_api.database) if duty.name == "promote-requests"]
    assert await promote.run() >= 1

    now = (await operator.get(f"/v1/top-ups/{asked[1]['id']}")).json()
    assert (now["status"], now["reserved_cents"]) == ("requested", 2_000_00)
    assert [item["place"] for item in (await operator.get(path)).json()["items"]] == [1]
    assert await promote.run() == 0
