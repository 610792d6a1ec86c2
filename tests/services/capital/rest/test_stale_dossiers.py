"""Two officers on one dossier: what one read is compared with what stands when the other's change lands."""

from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, top_up


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


@pytest.fixture
async def path(operator: httpx.AsyncClient) -> str:
    """Of a top-up that waits for its decision."""
    opened = await operator.post("/v1/schemes", json=scheme())
    asked = await operator.post("/v1/top-ups", json=top_up(opened.json()["id"], new_siren()))
    assert asked.status_code == 201, asked.text
    return f"/v1/top-ups/{asked.json()['id']}"


async def tag_of(client: httpx.AsyncClient, path: str) -> str:
    read = await client.get(path)
    assert read.status_code == 200, read.text
    return str(read.headers["etag"])


@pytest.mark.parametrize(
    ("act", "body", "moved"),
    [("grant", grant(), "granted"), ("refusal", {"reason": "Hors délai"}, "refused")],
)
async def test_a_change_is_made_on_what_was_read(
    operator: httpx.AsyncClient, path: str, act: str, body: dict[str, Any], moved: str
) -> None:
    tag = await tag_of(operator, path)

    done = await operator.post(f"{path}/{act}", json=body, headers=once() | {"If-Match": tag})

    assert (done.status_code, done.json()["status"]) == (200, moved)
    assert await tag_of(operator, path) != tag


async def test_what_has_changed_since_is_left_as_it_is(operator: httpx.AsyncClient, path: str) -> None:
    seen_by_the_first = await tag_of(operator, path)
    granted = await operator.post(f"{path}/grant", json=grant(), headers=once())
    assert granted.status_code == 200

    late = await operator.post(
        f"{path}/cancellation", json={"reason": "Doublon"}, headers={"If-Match": seen_by_the_first}
    )

    assert (late.status_code, late.json()["code"]) == (412, "stale-dossier")
    assert (await operator.get(path)).json()["status"] == "granted"
    again = {"If-Match": await tag_of(operator, path)}
    cancelled = await operator.post(f"{path}/cancellation", json={"reason": "Doublon"}, headers=again)
    assert cancelled.status_code == 200


async def test_a_replay_is_not_held_to_what_it_has_changed_itself(
    operator: httpx.AsyncClient, path: str
) -> None:
    headers = once() | {"If-Match": await tag_of(operator, path)}
    first = await operator.post(f"{path}/grant", json=grant(), headers=headers)

    replayed = await operator.post(f"{path}/grant", json=grant(), headers=headers)

    assert (replayed.status_code, replayed.json()) == (200, first.json())
    assert replayed.headers["idempotent-replayed"] == "true"


async def test_a_stale_dossier_tells_a_stranger_nothing(
    operator: httpx.AsyncClient, capital_api: Api, path: str
) -> None:
    stranger = capital_api.as_("operator", regions=["84"])
    headers = once() | {"If-Match": await tag_of(operator, path)}

    answer = await stranger.post(f"{path}/grant", json=grant(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_who_reads_without_names_holds_another_tag(
    operator: httpx.AsyncClient, capital_api: Api, path: str
) -> None:
    """A tag says of an answer that it is unchanged: a partner's is another answer."""
    assert await tag_of(capital_api.as_("partner", regions=["75"]), path) != await tag_of(operator, path)


async def test_a_scheme_has_a_tag_that_follows_its_figures(operator: httpx.AsyncClient, path: str) -> None:
    of_scheme = f"/v1/schemes/{(await operator.get(path)).json()['scheme_id']}"
    before = await tag_of(operator, of_scheme)
    assert await tag_of(operator, of_scheme) == before

    await operator.post(f"{path}/grant", json=grant(), headers=once())

    assert await tag_of(operator, of_scheme) != before
