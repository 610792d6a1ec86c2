"""Every list of capital is walked while rows are added to it: none is skipped, none is told twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.kernel.calendar import add_months, today_in_paris
from tests.api import Api, once
from tests.factories.capital import grant, new_siren, person, scheme, top_up

Add = Callable[[], Awaitable[str]]


class Lists:
    """Adds one item to a list, under a scheme and a CAE of its own."""

    def __init__(self, operator: httpx.AsyncClient, scheme_id: str) -> None:
        self.operator, self.scheme_id, self.cae, self.day = operator, scheme_id, new_siren(), 0

    async def post(self, path: str, body: dict[str, Any]) -> str:
        made = await self.operator.post(f"/v1{path}", json=body, headers=once())
        assert made.is_success, made.text
        return str(made.json()["id"])

    async def add_scheme(self) -> str:
        return await self.post("/schemes", scheme())

    async def add_top_up(self) -> str:
        return await self.post("/top-ups", top_up(self.scheme_id, self.cae, paid_up_cents=1_000_00))

    async def add_payment(self) -> str:
        asked = await self.add_top_up()
        await self.post(f"/top-ups/{asked}/grant", grant())
        body = {"cae": self.cae, "top_up_ids": [asked], "paid_on": "2026-03-01", "reference": "Mandat 7"}
        return await self.post(f"/schemes/{self.scheme_id}/payments", body)

    async def add_deadline(self) -> str:
        """Each is due a day before the last: the list is in the order of the days, not of the recording."""
        self.day += 1
        started_on = add_months(today_in_paris(), -30).replace(day=28 - self.day).isoformat()
        asked = top_up(self.scheme_id, self.cae) | {
            "entrepreneur": person(contract={"kind": "CESA", "started_on": started_on})
        }
        return await self.post("/top-ups", asked)


@pytest.fixture
async def lists(capital_api: Api) -> Lists:
    operator = capital_api.as_("operator", regions=["75"])
    opened = await operator.post("/v1/schemes", json=scheme())
    return Lists(operator, opened.json()["id"])


async def walked(lists: Lists, path: str, add: Add, **params: Any) -> list[str]:
    """Page by page of two, with one more item added after each of the first pages."""
    found: list[str] = []
    after, pages = None, 0
    while True:
        query = {**params, "limit": 2} | ({"after": after} if after else {})
        page = await lists.operator.get(f"/v1{path}", params=query)
        assert page.status_code == 200, page.text
        found += [item.get("id") or item["top_up_id"] for item in page.json()["items"]]
        after, pages = page.json()["next"], pages + 1
        if after is None:
            return found
        if pages < 3:
            await add()


@pytest.mark.parametrize(("path", "kind"), [("/top-ups", "top_up"), ("/payments", "payment")])
async def test_what_is_added_meanwhile_comes_at_the_end(lists: Lists, path: str, kind: str) -> None:
    add: Add = getattr(lists, f"add_{kind}")
    before = [await add() for _ in range(5)]

    found = await walked(lists, path, add, scheme_id=lists.scheme_id)

    assert found[:5] == before
    assert len(found) == len(set(found)) == 7


async def test_schemes_are_walked_while_others_are_opened(lists: Lists) -> None:
    """A region's list has those of other tests in it: ours stand in it once each, in their order."""
    ours = [await lists.add_scheme() for _ in range(3)]

    async def add() -> str:
        ours.append(await lists.add_scheme())
        return ours[-1]

    found = await walked(lists, "/schemes", add, region="75")

    assert [found.count(scheme_id) for scheme_id in ours] == [1] * len(ours)
    assert found == sorted(found)


async def test_deadlines_added_before_the_cursor_disturb_nobody(lists: Lists) -> None:
    """What is due earlier than the page at hand is for the next walk; the rest is told once."""
    before = [await lists.add_deadline() for _ in range(5)]

    found = await walked(lists, "/membership-deadlines", lists.add_deadline, cae=lists.cae, within_months=12)

    assert found == before[::-1]


@pytest.mark.parametrize("path", ["/schemes", "/top-ups", "/payments", "/membership-deadlines"])
async def test_every_list_counts_on_request_and_checks_what_it_is_asked(lists: Lists, path: str) -> None:
    async def get(**params: Any) -> httpx.Response:
        return await lists.operator.get(f"/v1{path}", params=params)

    plain, counted = (await get()).json(), (await get(count="true", limit=1)).json()
    assert plain["total"] is None
    assert counted["total"] >= len(counted["items"])
    for wrong, pointer in (
        ({"limit": 0}, "?limit"),
        ({"limit": 101}, "?limit"),
        ({"after": "nonsense"}, "?after"),
        ({"after": "WzFd"}, "?after"),
    ):
        refused = await get(**wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), wrong


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/schemes", {"region": "99"}),
        ("/top-ups", {"scheme_id": "12"}),
        ("/top-ups", {"cae": "552100555"}),
        ("/top-ups", {"status": "unheard-of"}),
        ("/payments", {"scheme_id": "12"}),
        ("/payments", {"cae": "1"}),
        ("/membership-deadlines", {"within_months": "37"}),
        ("/membership-deadlines", {"cae": "1"}),
    ],
)
async def test_filters_are_checked(lists: Lists, path: str, wrong: dict[str, str]) -> None:
    refused = await lists.operator.get(f"/v1{path}", params=wrong)
    [name] = wrong
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"?{name}")
