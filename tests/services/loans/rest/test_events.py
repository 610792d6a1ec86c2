"""`GET /v1/events`: all that happened to the caller's dossiers, once, in an order that holds."""

import asyncio
from typing import Any

import httpx
import pytest

from services.runtime.history.relay import relay
from tests.api import Api
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Json, Lending, answered

REPAYMENTS = 12
MOST_PAGES = 500


async def page(client: httpx.AsyncClient, after: str | None = None, **query: Any) -> Json:
    given = query if after is None else {**query, "after": after}
    return answered(await client.get("/v1/events", params=given), 200)


async def end_of_feed(client: httpx.AsyncClient) -> str:
    """Where whoever begins to follow today is."""
    after: str | None = None
    for _ in range(MOST_PAGES):
        answer = await page(client, after, limit=100)
        after = answer["next"]
        if not answer["items"]:
            break
    assert after is not None
    return after


async def follow(client: httpx.AsyncClient, after: str, **query: Any) -> list[Json]:
    events: list[Json] = []
    while True:
        answer = await page(client, after, limit=5, **query)
        events += answer["items"]
        after = answer["next"]
        if not answer["items"]:
            return events


async def test_the_feed_tells_what_happened_and_where_to_read_it(lending: Lending) -> None:
    await relay(lending.api.database)
    after = await end_of_feed(lending.operator)
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_000_00, months=12)
    assert await follow(lending.operator, after) == [], "told once it is published"

    await relay(lending.api.database)
    events = await follow(lending.operator, after)

    assert [event["type"] for event in events] == [
        "fund.created",
        "contribution.recorded",
        "application.submitted",
        "application.under_review",
        "application.approved",
        "application.signed",
        "loan.disbursed",
    ]
    disbursed = events[-1]
    assert disbursed["dossier"] == {"kind": "loan", "id": loan["id"], "version": 1}
    assert disbursed["link"] == f"http://127.0.0.1:8001/v1/loans/{loan['id']}"
    assert set(disbursed) == {"id", "type", "occurred_at", "link", "dossier", "subject_id", "position"}
    assert [event["position"] for event in events] == sorted(event["position"] for event in events)


async def test_every_link_leads_its_reader_somewhere(lending: Lending) -> None:
    await relay(lending.api.database)
    siren = new_siren()
    readers = (
        lending.operator,
        lending.api.as_("cae", siren=siren),
        lending.api.as_("partner", regions=["84"]),
        lending.api.as_("admin"),
    )
    places = [await end_of_feed(reader) for reader in readers]
    cae = {"siret": siret_of(siren), "name": "Graines d'Activité"}
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_000_00, months=12, cae=cae)
    await lending.repay(loan["id"], 100_00, "2024-03-01")
    await relay(lending.api.database)

    for reader, place in zip(readers, places, strict=True):
        events = await follow(reader, place)
        assert {event["dossier"]["kind"] for event in events} >= {"loan", "application"}
        for event in events:
            path = event["link"].removeprefix("http://127.0.0.1:8001")
            assert (await reader.get(path)).status_code == 200, event


async def test_each_reader_follows_its_own_dossiers(lending: Lending) -> None:
    await relay(lending.api.database)
    after = await end_of_feed(lending.api.as_("admin"))
    fund_id = (await lending.fund())["id"]
    ours, theirs = [await lending.application(fund_id) for _ in range(2)]
    await relay(lending.api.database)

    made = {fund_id, ours["id"], theirs["id"]}

    async def seen_by(role: str, **who: Any) -> set[str]:
        client = lending.api.as_(role, **who)
        events = await follow(client, (await page(client, limit=1))["next"])
        return made & {event["dossier"]["id"] for event in [*(await page(client))["items"], *events]}

    admins = {event["dossier"]["id"] for event in await follow(lending.api.as_("admin"), after)}
    assert admins == made
    assert await seen_by("cae", siren=ours["cae"]["siret"][:9]) == {ours["id"]}
    assert await seen_by("operator", regions=["53"]) == set()
    assert await seen_by("partner", regions=["53"]) == set()
    funder = lending.api.as_("funder", siren="110044013")
    assert (await funder.get("/v1/events")).status_code == 403


async def test_an_empty_page_says_where_to_go_on_from(loans_api: Api, lending: Lending) -> None:
    nobody = loans_api.as_("operator", regions=["06"])
    first = await page(nobody)
    again = await page(nobody, first["next"])

    assert (first["items"], again) == ([], first)

    after = await end_of_feed(lending.operator)
    assert await page(lending.operator, after) == {"items": [], "next": after}


async def test_a_filter_by_type_does_not_look_twice_at_what_it_leaves_out(lending: Lending) -> None:
    await relay(lending.api.database)
    after = await end_of_feed(lending.operator)
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_000_00, months=12)
    await lending.repay(loan["id"], 100_00, "2024-03-01")
    await relay(lending.api.database)

    answer = await page(lending.operator, after, type=["loan.disbursed", "loan.written_off"])

    assert [event["type"] for event in answer["items"]] == ["loan.disbursed"]
    assert answer["next"] == await end_of_feed(lending.operator)


@pytest.mark.parametrize("query", ["type=loan.sold", "limit=0", "limit=101", "after=xyz", "kind=loan"])
async def test_what_the_feed_does_not_know_is_refused(lending: Lending, query: str) -> None:
    assert (await lending.operator.get(f"/v1/events?{query}")).status_code == 422


async def test_nothing_is_missed_while_dossiers_go_on(lending: Lending) -> None:
    """Writers, two relays and a reader at once: the reader ends with what the outbox has, in its order."""
    await relay(lending.api.database)
    after = await end_of_feed(lending.operator)
    fund_id = (await lending.fund())["id"]
    loans = [await lending.loan(fund_id, amount_cents=8_000_00) for _ in range(3)]
    is_over = asyncio.Event()

    async def publish() -> None:
        while not is_over.is_set():
            await relay(lending.api.database)
            await asyncio.sleep(0.01)

    async def read_on() -> list[Json]:
        place, events = after, []
        while True:
            was_over = is_over.is_set()
            answer = await page(lending.operator, place, limit=3)
            place = answer["next"]
            events += answer["items"]
            if was_over and not answer["items"]:
                return events

    async def write(loan: Json) -> None:
        for _ in range(REPAYMENTS):
            await lending.repay(loan["id"], 1_00, "2024-03-01")

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read_on())
        relays = [group.create_task(publish()) for _ in range(2)]
        await asyncio.gather(*map(write, loans))
        await relay(lending.api.database)
        is_over.set()
        await asyncio.gather(*relays)
        await relay(lending.api.database)
    events = [event for event in reading.result() if event["type"] == "repayment.recorded"]

    assert len({event["id"] for event in events}) == len(events) == 3 * REPAYMENTS
    for loan in loans:
        versions = [event["dossier"]["version"] for event in events if event["dossier"]["id"] == loan["id"]]
        assert versions == list(range(2, REPAYMENTS + 2))
