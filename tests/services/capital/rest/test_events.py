"""The feed of capital as its readers follow it, and where its links lead."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from services.runtime.history.relay import relay
from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, top_up


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    answer = await client.post(f"/v1{path}", json=body, headers=once())
    assert answer.is_success, answer.text
    return answer.json()


async def followed(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Everything that the caller's feed holds."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (
            await client.get("/v1/events", params={"limit": 100} | ({"after": after} if after else {}))
        ).json()
        found += page["items"]
        if not page["items"]:
            return found
        after = page["next"]


@pytest.fixture
async def story(capital_api: Api) -> dict[str, str]:
    """A top-up that was paid, in a scheme of its own."""
    operator, cae = capital_api.as_("operator", regions=["75"]), new_siren()
    scheme_id = (await made(operator, "/schemes", scheme()))["id"]
    asked = (await made(operator, "/top-ups", top_up(scheme_id, cae)))["id"]
    await made(operator, f"/top-ups/{asked}/grant", grant())
    body = {"cae": cae, "top_up_ids": [asked], "paid_on": "2026-03-01", "reference": "Mandat 7"}
    payment = (await made(operator, f"/schemes/{scheme_id}/payments", body))["id"]
    await relay(capital_api.database)
    return {"cae": cae, "scheme": scheme_id, "top_up": asked, "payment": payment}


async def test_every_link_leads_to_its_dossier(capital_api: Api, story: dict[str, str]) -> None:
    operator = capital_api.as_("operator", regions=["75"])
    ours = {story[kind] for kind in ("scheme", "top_up", "payment")}

    events = [event for event in await followed(operator) if event["dossier"]["id"] in ours]

    assert [event["type"] for event in events] == [
        "scheme.created",
        "top_up.requested",
        "top_up.granted",
        "payment.made",
        "top_up.paid",
    ]
    for event in events:
        read = await operator.get(urlsplit(event["link"]).path)
        assert (read.status_code, read.json()["id"]) == (200, event["dossier"]["id"]), event["link"]


async def test_a_cae_follows_its_own_dossiers(capital_api: Api, story: dict[str, str]) -> None:
    own, other = (capital_api.as_("cae", siren=siren) for siren in (story["cae"], new_siren()))

    assert [event["type"] for event in await followed(own)] == [
        "top_up.requested",
        "top_up.granted",
        "payment.made",
        "top_up.paid",
    ]
    assert await followed(other) == []
    for event in await followed(own):
        assert (await own.get(urlsplit(event["link"]).path)).status_code == 200
        assert (await other.get(urlsplit(event["link"]).path)).status_code == 404


async def test_the_trail_says_who_granted(capital_api: Api, story: dict[str, str]) -> None:
    operator = capital_api.as_("operator", regions=["75"])
    stranger = capital_api.as_("operator", regions=["84"])

    told = (await operator.get("/v1/audit", params={"dossier_id": story["top_up"]})).json()["items"]

    assert sorted(line["act"] for line in told) == ["grant_top_up", "pay_top_ups", "request_top_up"]
    assert {line["client"] for line in told} == {"tests"}
    hidden = await stranger.get("/v1/audit", params={"dossier_id": story["top_up"]})
    assert hidden.json().get("items", []) == []
    cae = capital_api.as_("cae", siren=story["cae"])
    assert (await cae.get("/v1/audit", params={"dossier_id": story["top_up"]})).status_code == 403
