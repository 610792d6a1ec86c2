from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import REGION_SIREN, new_siren, scheme, version


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def opened(operator: httpx.AsyncClient, **changed: Any) -> str:
    answer = await operator.post("/v1/schemes", json=scheme(**changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_the_answer_echoes_the_body(operator: httpx.AsyncClient) -> None:
    body = scheme(match_ratio=1.5, budget_cents=30_000_000, budget_period="calendar_year") | {
        "authority": {"name": "Région Nouvelle-Aquitaine", "siret": "20005375900011"}
    }
    body["version"]["funders"] = [
        {"siren": "200 053 759", "name": "Région", "share_percent": 66.6667},
        {"siren": "320252489", "name": "Bpifrance", "share_percent": "33.3333"},
    ]

    answer = (await operator.post("/v1/schemes", json=body)).json()

    assert (answer["region"], answer["name"], answer["authority"]) == (
        "75",
        body["name"],
        body["authority"],
    )
    [only] = answer["versions"]
    assert only == answer["version"]
    assert {name: only[name] for name in body["version"] if name != "funders"} == {
        name: value for name, value in body["version"].items() if name != "funders"
    }
    assert [(funder["siren"], funder["share_percent"]) for funder in only["funders"]] == [
        ("200053759", 66.6667),
        ("320252489", 33.3333),
    ]
    assert (await operator.get(f"/v1/schemes/{answer['id']}")).json()["version"] == only


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"floor_cents": 3_000_00}, "/version/ceiling_cents"),
        ({"floor_cents": -1}, "/version/floor_cents"),
        ({"floor_cents": 1.5}, "/version/floor_cents"),
        ({"match_ratio": 0}, "/version/match_ratio"),
        ({"match_ratio": 0.00001}, "/version/match_ratio"),
        ({"cap_period": "month"}, "/version/cap_period"),
        ({"valid_from": "01/02/2026"}, "/version/valid_from"),
        ({"funders": []}, "/version/funders"),
        (
            {"funders": [{"siren": REGION_SIREN, "name": "Région", "share_percent": 99.99}]},
            "/version/funders",
        ),
        (
            {"funders": [{"siren": "200053750", "name": "Région", "share_percent": 100}]},
            "/version/funders/0/siren",
        ),
        ({"unheard_of": 1}, "/version/unheard_of"),
    ],
)
async def test_a_malformed_scheme_says_where(
    operator: httpx.AsyncClient, changed: dict[str, Any], pointer: str
) -> None:
    answer = await operator.post("/v1/schemes", json=scheme(**changed))

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_scheme_takes_later_versions(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator)
    later = version(valid_from="2026-01-01", ceiling_cents=3_000_00)

    added = await operator.post(f"/v1/schemes/{scheme_id}/versions", json=later)
    again = await operator.post(f"/v1/schemes/{scheme_id}/versions", json=later)

    assert (added.status_code, added.json()["scheme_id"]) == (201, scheme_id)
    assert (again.status_code, again.json()["code"]) == (409, "version-date-taken")
    read = (await operator.get(f"/v1/schemes/{scheme_id}")).json()
    assert [one["valid_from"] for one in read["versions"]] == ["2020-01-01", "2026-01-01"]
    assert read["version"]["ceiling_cents"] == 3_000_00
    assert read["totals"] == {
        "awarded_cents": 0,
        "to_pay_cents": 0,
        "paid_cents": 0,
        "clawed_back_cents": 0,
        "by_funder": [
            {"siren": REGION_SIREN, "name": "Région Nouvelle-Aquitaine", "amount_cents": 0},
            {"siren": "320252489", "name": "Bpifrance", "amount_cents": 0},
        ],
    }


async def test_schemes_are_listed_by_pages(operator: httpx.AsyncClient, capital_api: Api) -> None:
    mayotte = capital_api.as_("operator", regions=["06"])
    ids = [(await mayotte.post("/v1/schemes", json=scheme(region="06"))).json()["id"] for _ in range(3)]

    first = (await mayotte.get("/v1/schemes", params={"limit": 2, "count": True})).json()
    rest = (await mayotte.get("/v1/schemes", params={"limit": 2, "after": first["next"]})).json()

    assert first["total"] >= 3
    listed = [item["id"] for item in first["items"] + rest["items"]]
    assert set(listed) & set(ids)
    assert all(item["region"] == "06" for item in first["items"] + rest["items"])
    elsewhere = (await operator.get("/v1/schemes", params={"region": "06"})).json()
    assert elsewhere == {"items": [], "next": None, "total": None}
    assert (await mayotte.get("/v1/schemes", params={"after": "x"})).status_code == 422


async def test_a_funder_sees_its_own_schemes_and_its_own_part(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    scheme_id = await opened(operator)
    bpifrance = capital_api.as_("funder", siren="320252489")
    stranger = capital_api.as_("funder", siren="552100554")

    seen = await bpifrance.get(f"/v1/schemes/{scheme_id}")

    assert [part["siren"] for part in seen.json()["totals"]["by_funder"]] == ["320252489"]
    assert (await stranger.get(f"/v1/schemes/{scheme_id}")).status_code == 404
    assert (await bpifrance.get("/v1/top-ups")).status_code == 403


async def test_who_may_open_a_scheme(operator: httpx.AsyncClient, capital_api: Api) -> None:
    assert (await operator.post("/v1/schemes", json=scheme(region="84"))).status_code == 404
    for role in ("admin", "partner"):
        client = capital_api.as_(role, regions=["75"])
        assert (await client.post("/v1/schemes", json=scheme())).status_code == 403
    cae = capital_api.as_("cae", siren=new_siren())
    assert (await cae.post("/v1/schemes", json=scheme())).status_code == 403
    assert (await capital_api.anonymous().post("/v1/schemes", json=scheme())).status_code == 401


async def test_the_same_key_opens_one_scheme(operator: httpx.AsyncClient) -> None:
    key = once()
    body = scheme()

    first = await operator.post("/v1/schemes", json=body, headers=key)
    replayed = await operator.post("/v1/schemes", json=body, headers=key)

    assert replayed.json() == first.json()
    assert replayed.headers["idempotent-replayed"] == "true"
