"""`onTopUpEvent`: capital's feed as a stream, each event with the top-up that it is about."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.runtime.gateway_calls import HEADER, gateway_key
from services.runtime.history.relay import relay
from tests.api import token
from tests.event_streams import Subscriber, listening
from tests.factories.capital import new_siren
from tests.graph import data
from tests.services.capital.graphql.conftest import Granting

EVENTS = """subscription ($after: String, $types: [TopUpEventType!]) {
  onTopUpEvent(after: $after, types: $types) {
    id cursor type dossier { kind id } cae { siren } region { code }
    topUp { id status } scheme { id } payment { id totalCents } } }"""
CURSOR = "query ($fromStart: Boolean!) { topUpEventsCursor(fromStart: $fromStart) }"


@pytest.fixture
async def address(granting: Granting) -> AsyncIterator[str]:
    async with listening(granting.api.app) as address:
        yield address


def by(granting: Granting, address: str, role: str, **who: Any) -> Subscriber:
    settings = granting.api.settings
    bearer = token(settings, role, **who)
    return Subscriber(address, {"Authorization": f"Bearer {bearer}", HEADER: gateway_key(settings)})


async def cursor(granting: Granting, *, from_start: bool) -> str:
    await relay(granting.api.database)
    return str((await data(granting.operator, CURSOR, fromStart=from_start))["topUpEventsCursor"])


async def test_a_stream_tells_what_becomes_of_top_ups(granting: Granting, address: str) -> None:
    after, siren = await cursor(granting, from_start=False), new_siren()
    async with by(granting, address, "operator", regions=["75"]).stream(EVENTS, after=after) as stream:
        scheme_id = await granting.scheme()
        top_up = await granting.granted(scheme_id, siren)
        await relay(granting.api.database)
        created, requested, granted = await stream.told(3, "onTopUpEvent")

    assert (created["type"], created["scheme"], created["topUp"]) == (
        "SCHEME_CREATED",
        {"id": scheme_id},
        None,
    )
    assert [requested["type"], granted["type"]] == ["TOP_UP_REQUESTED", "TOP_UP_GRANTED"]
    assert requested["topUp"] == granted["topUp"] == {"id": top_up["id"], "status": "GRANTED"}
    assert granted["cae"] == {"siren": siren}
    rest = (await granting.operator.get("/v1/events", params={"after": after})).json()["items"]
    assert [event["id"] for event in rest] == [event["id"] for event in (created, requested, granted)]


async def test_each_cae_is_told_of_its_own_top_ups_alone(granting: Granting, address: str) -> None:
    start, sirens = await cursor(granting, from_start=True), (new_siren(), new_siren())
    scheme_id = await granting.scheme()
    made = {siren: (await granting.request(scheme_id, siren))["id"] for siren in sirens}
    await relay(granting.api.database)

    for siren in sirens:
        async with by(granting, address, "cae", siren=siren).stream(EVENTS, after=start) as stream:
            (event,) = await stream.told(1, "onTopUpEvent")
            # Its last: the feed of GET /v1/events has nothing more for it either.
            rest = granting.api.as_("cae", siren=siren)
            page = (await rest.get("/v1/events", params={"after": event["cursor"]})).json()
        assert event["topUp"]["id"] == made[siren]
        assert page["items"] == []


async def test_a_funder_follows_nothing(granting: Granting, address: str) -> None:
    async with by(granting, address, "funder", siren="200053726").stream(EVENTS) as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "not-allowed"
