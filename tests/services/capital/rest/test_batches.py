"""Lists of requests and of grants, over REST."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, top_up


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


@pytest.fixture
async def scheme_id(operator: httpx.AsyncClient) -> str:
    return str((await operator.post("/v1/schemes", json=scheme())).json()["id"])


async def requested(
    client: httpx.AsyncClient, items: list[dict[str, Any]], *, atomic: bool = True
) -> httpx.Response:
    return await client.post("/v1/top-up-batches", json={"items": items, "atomic": atomic}, headers=once())


async def asked(client: httpx.AsyncClient, scheme_id: str, cae: str, number: int) -> list[str]:
    answer = await requested(client, [top_up(scheme_id, cae) for _ in range(number)])
    assert answer.status_code == 201, answer.text
    return [line["top_up_id"] for line in answer.json()["results"]]


def decided(ids: list[str], *, atomic: bool | None = None) -> dict[str, Any]:
    mode = {} if atomic is None else {"atomic": atomic}
    return grant(decisions=[{"top_up_id": top_up_id} for top_up_id in ids]) | mode


async def test_a_list_of_requests_is_recorded_by_its_cae(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    siren = new_siren()
    cae = capital_api.as_("cae", siren=siren)
    key = once()
    body = {"items": [top_up(scheme_id, siren, paid_up_cents=cents) for cents in (1_500_00, 500_00)]}

    first = await cae.post("/v1/top-up-batches", json=body, headers=key)
    replayed = await cae.post("/v1/top-up-batches", json=body, headers=key)

    assert (first.status_code, replayed.json()) == (201, first.json())
    assert first.json()["requested_count"] == 2
    assert [
        (line["index"], line["status"], line["entitlement_cents"]) for line in first.json()["results"]
    ] == [
        (0, "requested", 1_500_00),
        (1, "requested", 0),
    ]
    listed = (await operator.get(f"/v1/top-ups?cae={siren}")).json()["items"]
    assert [item["id"] for item in listed] == [line["top_up_id"] for line in first.json()["results"]]


async def test_requests_all_or_none_or_line_by_line(operator: httpx.AsyncClient, scheme_id: str) -> None:
    siren = new_siren()
    cape_too_long = top_up(scheme_id, siren)
    cape_too_long["entrepreneur"]["contract"] = {
        "kind": "CESA",
        "started_on": "2026-03-02",
        "cape_started_on": "2023-03-01",
        "cape_ended_on": "2026-03-01",
    }
    items = [
        top_up(scheme_id, siren),
        cape_too_long,
        top_up(str(uuid4()), siren),
        top_up(scheme_id, siren, paid_up_on="2019-12-31"),
    ]

    whole = await requested(operator, items)
    assert (whole.status_code, whole.json()["code"], whole.json()["count"]) == (409, "batch-refused", 3)
    places = [(error["pointer"], error["code"]) for error in whole.json()["errors"]]
    assert places == [
        ("/items/1/entrepreneur/contract/cape_ended_on", "invalid-input"),
        ("/items/2/scheme_id", "not-found"),
        ("/items/3", "no-version-in-force"),
    ]
    assert (await operator.get(f"/v1/top-ups?cae={siren}")).json()["items"] == []

    by_line = (await requested(operator, items, atomic=False)).json()
    assert (by_line["requested_count"], by_line["refused_count"]) == (1, 3)
    problems = [line["problem"] for line in by_line["results"]]
    assert problems[0] is None
    assert [(problem["pointer"], problem["code"]) for problem in problems[1:]] == places
    assert "36 mois" in problems[1]["detail"]
    assert len((await operator.get(f"/v1/top-ups?cae={siren}")).json()["items"]) == 1


async def test_another_caes_request_refuses_its_line(capital_api: Api, scheme_id: str) -> None:
    siren = new_siren()

    answer = await requested(
        capital_api.as_("cae", siren=siren), [top_up(scheme_id, siren), top_up(scheme_id, new_siren())]
    )

    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/items/1/cae/siret", "not-found")
    ]


async def test_grants_as_far_as_room_goes(operator: httpx.AsyncClient, scheme_id: str) -> None:
    ids = await asked(operator, scheme_id, new_siren(), 12)

    answer = await operator.post(
        f"/v1/schemes/{scheme_id}/grants", json=decided(ids, atomic=False), headers=once()
    )

    content = answer.json()
    assert (answer.status_code, content["granted_count"], content["refused_count"]) == (200, 10, 2)
    assert content["granted_cents"] == 20_000_00
    assert [line["top_up_id"] for line in content["results"]] == ids
    assert [line["status"] for line in content["results"]] == ["granted"] * 10 + ["refused"] * 2
    problem = content["results"][10]["problem"]
    assert (problem["code"], problem["pointer"], problem["room_cents"]) == (
        "cae-cap-reached",
        "/decisions/10/top_up_id",
        0,
    )
    assert (await operator.get(f"/v1/top-ups/{ids[11]}")).json()["status"] == "requested"


async def test_grants_are_whole_by_default_and_happen_once(
    operator: httpx.AsyncClient, scheme_id: str
) -> None:
    ids, path = await asked(operator, scheme_id, new_siren(), 11), f"/v1/schemes/{scheme_id}/grants"

    refused = await operator.post(path, json=decided(ids), headers=once())
    assert (refused.status_code, refused.json()["code"]) == (409, "batch-refused")
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/decisions/10/top_up_id", "cae-cap-reached")
    without = await operator.post(path, json=decided(ids[:10]))
    assert (without.status_code, without.json()["code"]) == (400, "idempotency-key-required")

    key = once()
    first = await operator.post(path, json=decided(ids[:10]), headers=key)
    replayed = await operator.post(path, json=decided(ids[:10]), headers=key)
    other = await operator.post(path, json=decided(ids[:9]), headers=key)
    assert (first.status_code, replayed.json(), other.json()["code"]) == (
        200,
        first.json(),
        "idempotency-key-reused",
    )


async def test_lists_have_a_longest_and_are_never_empty(operator: httpx.AsyncClient, scheme_id: str) -> None:
    path, one = f"/v1/schemes/{scheme_id}/grants", str(uuid4())

    for body in (decided([one] * 501), decided([])):
        assert (await operator.post(path, json=body, headers=once())).status_code == 422
    twice = await operator.post(path, json=decided([one, one]), headers=once())
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (422, "/decisions/1/top_up_id")
    assert (await requested(operator, [])).status_code == 422
    assert (await requested(operator, [top_up(scheme_id, new_siren())] * 501)).status_code == 422
    whole = await requested(operator, [top_up(scheme_id, new_siren()) for _ in range(500)])
    assert (whole.status_code, whole.json()["requested_count"]) == (201, 500)
