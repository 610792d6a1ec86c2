"""Streams of events: whoever follows a service's events is told the same through Hive Gateway."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.api import token
from tests.event_streams import WAIT_SECONDS, Stream, Subscriber
from tests.factories.capital import new_siren
from tests.federation.hive_gateway import RUNTIMES
from tests.journeys import test_event_streams as loans
from tests.journeys import test_top_ups as capital

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.federation.gateways import ComparedEssor
    from tests.journeys.conftest import Caller

pytestmark = pytest.mark.federation

OPERATOR: dict[str, Any] = {"regions": ["84", "75"]}
GATEWAYS = ("essor", *RUNTIMES)


@dataclass(frozen=True)
class Feed:
    """What is followed, what happens meanwhile, and of how many events the last is of interest."""

    cursor: str
    events: str
    happen: Callable[[Caller], Awaitable[object]]
    count: int


async def _make_loan(operator: Caller) -> None:
    await loans.make_loan(operator, await loans.make_fund(operator), new_siren())


async def _ask_for_top_ups(operator: Caller) -> None:
    scheme, siren = await capital.open_scheme(operator), new_siren()
    for cents in (1_500_00, 1_800_00):
        await capital.ask(operator, scheme, siren, cents)


FEEDS = {
    "loans": Feed("loanEventsCursor", loans.EVENTS, _make_loan, 7),
    "capital": Feed(
        "topUpEventsCursor",
        """subscription ($after: String) { onTopUpEvent(after: $after) {
          id cursor type dossier { kind id } topUp { id cae { siren loans(first: 1) { totalCount } } } } }""",
        _ask_for_top_ups,
        3,
    ),
}


async def told_by(gateway: str, essor: ComparedEssor, feed: Feed, after: str) -> list[dict[str, Any]]:
    address = essor.others.get(gateway, essor.gateway)
    headers = {"Authorization": f"Bearer {token(essor.settings, 'operator', **OPERATOR)}"}
    async with (
        asyncio.timeout(WAIT_SECONDS),
        Subscriber(address, headers).opened(feed.events, after=after) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream"), await response.aread()
        return [event.answer for event in await Stream(response).events(feed.count)]


@pytest.mark.parametrize("service", FEEDS)
async def test_a_stream_tells_the_same_events(essor: ComparedEssor, service: str, table: list[str]) -> None:
    """Each with what the dossier has become, from the service itself and from the other one."""
    feed = FEEDS[service]
    async with essor.as_("operator", **OPERATOR) as operator, loans.publishing(essor.settings, service):
        after = (await operator.graphql(f"{{ {feed.cursor} }}"))[feed.cursor]
        telling = [asyncio.create_task(told_by(each, essor, feed, after)) for each in GATEWAYS]
        await feed.happen(operator)
        ours, *others = await asyncio.gather(*telling)
    assert all(theirs == ours for theirs in others)
    (event,) = ours[-1]["data"].values()
    dossier = event.get("loan") or event.get("topUp")
    assert 0 in [counted["totalCount"] for counted in dossier["cae"].values() if isinstance(counted, dict)]
    table.append(f"{feed.count} events of {service}: the same of Hive Gateway with both of its runtimes")
