"""`onLoanEvent`: the feed of `GET /v1/events` as a stream, for the same eyes and by the same cursors."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.runtime.gateway_calls import HEADER, gateway_key
from services.runtime.history.relay import relay
from tests.api import token
from tests.event_streams import Stream, Subscriber, listening
from tests.factories.capital import new_siren, siret_of
from tests.graph import data
from tests.services.loans.conftest import Json, Lending
from tests.services.loans.rest.test_events import end_of_feed, follow, page

EVENTS = """subscription ($after: String, $types: [LoanEventType!]) {
  onLoanEvent(after: $after, types: $types) {
  id cursor type occurredAt subjectId dossier { kind id version } cae { siren } region { code } } }"""
LOANS = """subscription ($after: String) { onLoanEvent(after: $after, types: [LOAN_DISBURSED]) {
  type cae { siren } loan { id principalCents cae { siren } } application { id } fund { id } } }"""
CURSOR = "query ($fromStart: Boolean!) { loanEventsCursor(fromStart: $fromStart) }"


class Following:
    """Loans' own door, and what happens behind it."""

    def __init__(self, address: str, lending: Lending) -> None:
        self.address, self.lending = address, lending

    def by(self, role: str, **who: Any) -> Subscriber:
        settings = self.lending.api.settings
        bearer = token(settings, role, **who)
        headers = {"Authorization": f"Bearer {bearer}", HEADER: gateway_key(settings)}
        return Subscriber(self.address, headers)

    @property
    def operator(self) -> Subscriber:
        return self.by("operator", regions=["84"])

    async def publish(self) -> None:
        await relay(self.lending.api.database)

    async def end(self) -> str:
        """Where the feed stands, once all that happened so far is published."""
        await self.publish()
        answer = await data(self.lending.operator, CURSOR, fromStart=False)
        return str(answer["loanEventsCursor"])

    async def start(self) -> str:
        answer = await data(self.lending.operator, CURSOR, fromStart=True)
        return str(answer["loanEventsCursor"])

    async def loan_of(self, siren: str) -> Json:
        cae = {"siret": siret_of(siren), "name": "Graines d'Activité"}
        fund = await self.lending.fund()
        return await self.lending.loan(fund["id"], amount_cents=1_000_00, months=12, cae=cae)


@pytest.fixture
async def following(lending: Lending) -> AsyncIterator[Following]:
    async with listening(lending.api.app) as address:
        yield Following(address, lending)


async def told(stream: Stream, count: int) -> list[Json]:
    return await stream.told(count, "onLoanEvent")


async def test_a_stream_tells_what_the_feed_tells(following: Following) -> None:
    after = await following.end()
    async with following.operator.stream(EVENTS, after=after) as stream:
        loan = await following.loan_of(new_siren())
        await following.publish()
        events = await stream.events(7)

    rest = await follow(following.lending.operator, after)
    graph = [event.answer["data"]["onLoanEvent"] for event in events]
    assert [event["type"].lower() for event in graph] == [event["type"].replace(".", "_") for event in rest]
    for ours, theirs in zip(graph, rest, strict=True):
        assert (ours["id"], ours["dossier"]) == (theirs["id"], theirs["dossier"])
        assert (ours["occurredAt"], ours["subjectId"]) == (theirs["occurred_at"], theirs["subject_id"])
        assert ours["region"] == {"code": "84"}
    assert [event.id for event in events] == [event["cursor"] for event in graph]
    assert {event.name for event in events} == {"next"}
    assert graph[0]["cae"] is None
    assert graph[-1]["cae"] == {"siren": loan["cae"]["siret"][:9]}


async def test_without_a_cursor_a_stream_begins_now(following: Following) -> None:
    await following.loan_of(new_siren())
    await following.publish()
    async with following.operator.stream(EVENTS) as stream:
        # The first comment comes before the first read: an event that may be missed is tried again.
        fund = None
        reading = asyncio.create_task(stream.event())
        while not reading.done():
            fund = await following.lending.fund(contributions=())
            await following.publish()
            await asyncio.wait({reading}, timeout=2)
        first = reading.result().answer["data"]["onLoanEvent"]
    assert fund is not None
    assert first["type"] == "FUND_CREATED"


async def test_what_an_event_is_about_is_read_with_the_readers_rights(following: Following) -> None:
    siren = new_siren()
    after = await following.end()
    loan = await following.loan_of(siren)
    await following.publish()

    readers = (
        (following.operator, after),
        (following.by("admin"), after),
        (following.by("cae", siren=siren), await following.start()),
    )
    for reader, place in readers:
        async with reader.stream(LOANS, after=place) as stream:
            (event,) = await told(stream, 1)
        about = {"id": loan["id"], "principalCents": 1_000_00, "cae": {"siren": siren}}
        assert event["loan"] == about
        assert (event["application"], event["fund"]) == (None, None)


async def test_each_cae_is_told_of_its_own_dossiers_alone(following: Following) -> None:
    ours, theirs = new_siren(), new_siren()
    start = await following.start()
    async with (
        following.by("cae", siren=ours).stream(EVENTS, after=start) as our_stream,
        following.by("cae", siren=theirs).stream(EVENTS, after=start) as their_stream,
    ):
        for _ in range(2):
            await asyncio.gather(following.loan_of(ours), following.loan_of(theirs))
            await following.publish()
        (our_events, their_events) = await asyncio.gather(told(our_stream, 10), told(their_stream, 10))

    assert {event["cae"]["siren"] for event in our_events} == {ours}
    assert {event["cae"]["siren"] for event in their_events} == {theirs}
    assert {event["dossier"]["kind"] for event in our_events} == {"application", "loan"}


@pytest.mark.parametrize(
    ("role", "who"),
    [("cae", {"siren": "732829320"}), ("operator", {"regions": ["53"]}), ("partner", {"regions": ["53"]})],
)
async def test_a_stranger_is_told_of_nothing(following: Following, role: str, who: dict[str, Any]) -> None:
    """Its stream and one that sees all are fed side by side: what the other has been told, it was not."""
    after = await following.end()
    stranger = following.lending.api.as_(role, **who)
    told_before = await end_of_feed(stranger)
    async with (
        following.by(role, **who).stream(EVENTS, after=told_before) as theirs,
        following.by("admin").stream(EVENTS, after=after) as everything,
    ):
        nothing = asyncio.create_task(theirs.event())
        loan = await following.loan_of(new_siren())
        await following.publish()
        events = await told(everything, 7)
        assert events[-1]["dossier"]["id"] == loan["id"]
        assert await follow(stranger, told_before) == []
        assert not nothing.done(), nothing.result()
        nothing.cancel()


async def test_a_partner_follows_no_draft(following: Following) -> None:
    after = await following.end()
    fund = await following.lending.fund(contributions=())
    body = {**following.lending.asking(fund["id"]), "draft": True}
    assert (await following.lending.operator.post("/v1/applications", json=body)).status_code == 201
    await following.lending.fund(contributions=())
    await following.publish()

    async with following.by("partner", regions=["84"]).stream(EVENTS, after=after) as stream:
        kinds = [event["dossier"]["kind"] for event in await told(stream, 2)]
    async with following.operator.stream(EVENTS, after=after) as stream:
        more = [event["dossier"]["kind"] for event in await told(stream, 3)]
    assert (kinds, more) == (["fund", "fund"], ["fund", "application_draft", "fund"])


async def test_a_role_that_follows_nothing_is_told_so(following: Following) -> None:
    async with following.by("funder", siren="110044013").stream(EVENTS) as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "not-allowed"


async def test_cursors_of_rest_and_of_streams_are_the_same(following: Following) -> None:
    after = await following.end()
    assert after == await end_of_feed(following.lending.operator)
    await following.loan_of(new_siren())
    await following.publish()
    half = (await page(following.lending.operator, after, limit=3))["next"]

    async with following.operator.stream(EVENTS, after=half) as stream:
        events = await stream.events(4)
    assert [event.answer["data"]["onLoanEvent"]["type"] for event in events][-1] == "LOAN_DISBURSED"
    assert await follow(following.lending.operator, str(events[-1].id)) == []


async def test_a_filter_by_type_leaves_out_the_rest(following: Following) -> None:
    after = await following.end()
    types = ["LOAN_DISBURSED", "REPAYMENT_RECORDED"]
    async with following.operator.stream(EVENTS, after=after, types=types) as stream:
        loan = await following.loan_of(new_siren())
        await following.publish()
        await following.lending.repay(loan["id"], 100_00, "2024-03-01")
        await following.publish()
        assert [event["type"] for event in await told(stream, 2)] == types


async def test_nothing_is_missed_nor_repeated_over_reconnections(following: Following) -> None:
    """Writers, two relays, and a reader that leaves and comes back every few events."""
    after = await following.end()
    fund = (await following.lending.fund())["id"]
    loans = [await following.lending.loan(fund, amount_cents=8_000_00) for _ in range(3)]
    expected = 2 + 3 * 5 + 3 * 6
    is_over = False

    async def repay(loan: Json) -> None:
        for _ in range(6):
            await following.lending.repay(loan["id"], 100_00, "2024-03-01")

    async def publish() -> None:
        while not is_over:
            await following.publish()
            await asyncio.sleep(0.05)

    async def read() -> list[Json]:
        """By `after` and by `Last-Event-ID` in turn; what EventSource sends again is the first `after`."""
        seen: list[Json] = []
        last: str | None = None
        while len(seen) < expected:
            given = after if last is None or len(seen) % 2 else last
            async with following.operator.stream(EVENTS, after=given, last_event_id=last) as stream:
                events = await stream.events(min(4, expected - len(seen)))
            last = events[-1].id
            seen += [event.answer["data"]["onLoanEvent"] for event in events]
        return seen

    relays = [asyncio.create_task(publish()) for _ in range(2)]
    try:
        seen, *_ = await asyncio.gather(read(), *(repay(loan) for loan in loans))
    finally:
        is_over = True
        await asyncio.gather(*relays)

    assert [event["id"] for event in seen] == [
        event["id"] for event in await follow(following.lending.operator, after)
    ]


@pytest.mark.parametrize("given", ["xyz", "WzEsMl0"])
async def test_a_cursor_that_is_none_is_told_so(following: Following, given: str) -> None:
    async with following.operator.stream(EVENTS, after=given) as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "invalid-input"


async def test_a_cursor_that_history_does_not_have_says_where_to_resume(following: Following) -> None:
    elsewhere = "WzEsIjAxOTMyYjA1LTZlMjAtN2U4NS05ZmE3LWJlNTM2YzcxODA5ZiJd"
    async with following.operator.stream(EVENTS, after=elsewhere) as stream:
        last = await stream.end()
    rest = await following.lending.operator.get("/v1/events", params={"after": elsewhere})
    assert last.error["extensions"]["code"] == rest.json()["code"] == "feed-restored"
    assert last.error["extensions"]["facts"]["resume_after"] == rest.json()["resume_after"]


async def test_a_subscription_asked_without_a_stream_says_how(following: Following) -> None:
    answer = await following.lending.operator.post("/graphql", json={"query": EVENTS})
    assert answer.json()["errors"][0]["extensions"]["code"] == "only-streamed"


async def test_what_is_wrong_with_the_document_is_told_in_the_stream(following: Following) -> None:
    async with following.operator.stream("subscription { onLoanEvent { iban } }") as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "graphql-invalid"
