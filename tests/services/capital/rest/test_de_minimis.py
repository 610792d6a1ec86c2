"""What a CAE is told of the ceiling, and what is declared from outside."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, siret_of, top_up

DECLARATIONS = "/v1/de-minimis-declarations"


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


@pytest.fixture
def elsewhere(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["84"])


@pytest.fixture
def cae() -> str:
    return new_siren()


def aid(cae: str, **changed: Any) -> dict[str, Any]:
    return {
        "region": "75",
        "cae": cae,
        "granted_on": "2025-04-14",
        "amount_cents": 15_000_00,
        "grantor": "Ville de Limoges",
        "reference": "DEL 2025-04-31",
    } | changed


async def declared(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    made = await client.post(DECLARATIONS, json=body)
    assert made.status_code == 201, made.text
    answer = made.json()
    assert isinstance(answer, dict)
    return answer


async def granted(client: httpx.AsyncClient, region: str, cae: str, cents: int) -> dict[str, Any]:
    opened = await client.post(
        "/v1/schemes", json=scheme(region=region, ceiling_cents=300_000_00, cae_cap_cents=None)
    )
    scheme_id = opened.json()["id"]
    asked = await client.post("/v1/top-ups", json=top_up(scheme_id, cae, paid_up_cents=cents))
    done = await client.post(f"/v1/top-ups/{asked.json()['id']}/grant", json=grant(), headers=once())
    return {"scheme_id": scheme_id, "status": done.status_code, **done.json()}


async def read(client: httpx.AsyncClient, cae: str, on: str = "2026-03-01") -> dict[str, Any]:
    told = await client.get("/v1/de-minimis", params={"cae": cae, "on": on})
    assert told.status_code == 200, told.text
    answer = told.json()
    assert isinstance(answer, dict)
    return answer


async def test_every_source_is_told_and_adds_up(
    operator: httpx.AsyncClient, elsewhere: httpx.AsyncClient, capital_api: Api, cae: str
) -> None:
    own = await granted(operator, "75", cae, 2_000_00)
    other = await granted(elsewhere, "84", cae, 3_000_00)
    await declared(operator, aid(cae))
    await declared(elsewhere, aid(cae, region="84", amount_cents=1_000_00))

    told = await read(operator, cae)

    assert {name: told[name] for name in ("cae", "on", "counted_from", "received_cents", "room_cents")} == {
        "cae": cae,
        "on": "2026-03-01",
        "counted_from": "2023-03-01",
        "received_cents": 21_000_00,
        "room_cents": 279_000_00,
    }
    assert (told["rule"]["ceiling_cents"], told["rule"]["window"]) == (300_000_00, "rolling")
    name = "Abondement au capital des CAE"
    assert [tuple(source.values()) for source in told["sources"]] == [
        ("scheme", own["scheme_id"], name, 2_000_00),
        ("declared", None, None, 15_000_00),
        ("elsewhere", None, None, 4_000_00),
    ]
    of_the_cae = await read(capital_api.as_("cae", siren=cae), cae)
    assert of_the_cae["received_cents"] == 21_000_00
    assert {tuple(source.values()) for source in of_the_cae["sources"]} == {
        ("scheme", own["scheme_id"], name, 2_000_00),
        ("scheme", other["scheme_id"], name, 3_000_00),
        ("declared", None, None, 16_000_00),
    }


async def test_the_window_and_the_rule_are_those_of_the_day(operator: httpx.AsyncClient, cae: str) -> None:
    await declared(operator, aid(cae, granted_on="2021-05-03", amount_cents=190_000_00))

    assert (await read(operator, cae, "2023-12-31"))["room_cents"] == 10_000_00
    assert (await read(operator, cae, "2024-05-03"))["room_cents"] == 110_000_00
    assert (await read(operator, cae, "2024-05-04"))["room_cents"] == 300_000_00
    before_any_rule = await read(operator, cae, "2006-12-31")
    assert [before_any_rule[name] for name in ("rule", "counted_from", "room_cents")] == [None] * 3
    assert (before_any_rule["received_cents"], before_any_rule["sources"]) == (0, [])


async def test_without_a_day_it_is_today(operator: httpx.AsyncClient, cae: str) -> None:
    told = await operator.get("/v1/de-minimis", params={"cae": cae})

    assert (told.json()["received_cents"], told.json()["room_cents"]) == (0, 300_000_00)


async def test_what_is_declared_leaves_less_room_until_it_is_cancelled(
    operator: httpx.AsyncClient, capital_api: Api, cae: str
) -> None:
    back_office = capital_api.as_("cae", siren=cae)
    made = await declared(back_office, aid(cae, amount_cents=299_000_00))
    assert (made["declared_by"], made["status"], made["cancelled_on"]) == ("cae", "declared", None)

    refused = await granted(operator, "75", cae, 2_000_00)
    assert (refused["status"], refused["code"]) == (409, "de-minimis-ceiling-reached")
    assert (refused["award_cents"], refused["room_cents"]) == (2_000_00, 1_000_00)

    path = f"{DECLARATIONS}/{made['id']}"
    tag = (await operator.get(path)).headers["etag"]
    cancelled = await back_office.post(
        f"{path}/cancellation", json={"reason": "Doublon"}, headers={"If-Match": tag}
    )
    assert cancelled.status_code == 200, cancelled.text
    assert (cancelled.json()["status"], cancelled.json()["reason"]) == ("cancelled", "Doublon")
    assert (await operator.get(path)).json() == cancelled.json()
    stale = await operator.post(f"{path}/cancellation", json={"reason": "x"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    again = await operator.post(f"{path}/cancellation", json={"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "declaration-already-cancelled")
    assert (await granted(operator, "75", cae, 2_000_00))["status"] == "granted"


async def test_a_declaration_that_passes_the_ceiling_is_a_fact(operator: httpx.AsyncClient, cae: str) -> None:
    await granted(operator, "75", cae, 100_000_00)
    await declared(operator, aid(cae, amount_cents=250_000_00))

    told = await read(operator, cae)

    assert (told["received_cents"], told["room_cents"]) == (350_000_00, 0)


async def test_a_cae_takes_back_its_own_declarations_and_no_others(
    operator: httpx.AsyncClient, capital_api: Api, cae: str
) -> None:
    made = await declared(operator, aid(cae))
    path = f"{DECLARATIONS}/{made['id']}"
    back_office = capital_api.as_("cae", siren=cae)
    assert (await back_office.get(path)).json() == made

    refused = await back_office.post(f"{path}/cancellation", json={"reason": "x"})

    assert (refused.status_code, refused.json()["code"]) == (409, "declared-by-the-operator")
    assert (await operator.post(f"{path}/cancellation", json={"reason": "Erreur"})).status_code == 200


async def test_a_cae_declares_and_asks_for_itself_alone(capital_api: Api, cae: str) -> None:
    stranger = capital_api.as_("cae", siren=new_siren())

    assert (await stranger.post(DECLARATIONS, json=aid(cae))).status_code == 404
    assert (await stranger.get("/v1/de-minimis", params={"cae": cae})).status_code == 404


async def test_an_operator_declares_to_its_own_regions(operator: httpx.AsyncClient, cae: str) -> None:
    assert (await operator.post(DECLARATIONS, json=aid(cae, region="84"))).status_code == 404


async def test_the_same_aid_is_declared_once_in_whichever_region(
    operator: httpx.AsyncClient, elsewhere: httpx.AsyncClient, cae: str
) -> None:
    made = await declared(operator, aid(cae))

    again = await elsewhere.post(DECLARATIONS, json=aid(cae, region="84"))

    assert (again.status_code, again.json()["code"]) == (409, "de-minimis-aid-already-declared")
    assert made["id"] not in again.text
    await operator.post(f"{DECLARATIONS}/{made['id']}/cancellation", json={"reason": "Autre région"})
    await declared(elsewhere, aid(cae, region="84"))
    assert (await read(operator, cae))["received_cents"] == 15_000_00


async def test_a_retry_declares_nothing_more(operator: httpx.AsyncClient, cae: str) -> None:
    key = once()
    first = await operator.post(DECLARATIONS, json=aid(cae), headers=key)
    again = await operator.post(DECLARATIONS, json=aid(cae), headers=key)

    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    assert (await read(operator, cae))["received_cents"] == 15_000_00


async def test_at_once_it_is_declared_once_and_cancelled_once(operator: httpx.AsyncClient, cae: str) -> None:
    made = await asyncio.gather(*(operator.post(DECLARATIONS, json=aid(cae)) for _ in range(4)))
    assert sorted(one.status_code for one in made) == [201, 409, 409, 409]
    [declaration] = [one.json() for one in made if one.status_code == 201]

    path = f"{DECLARATIONS}/{declaration['id']}/cancellation"
    taken = await asyncio.gather(*(operator.post(path, json={"reason": "x"}) for _ in range(4)))

    assert sorted(one.status_code for one in taken) == [200, 409, 409, 409]
    assert (await read(operator, cae))["received_cents"] == 0


async def test_declarations_are_listed_page_by_page(operator: httpx.AsyncClient, cae: str) -> None:
    made = [(await declared(operator, aid(cae, reference=f"DEL {number}")))["id"] for number in range(3)]
    await operator.post(f"{DECLARATIONS}/{made[1]}/cancellation", json={"reason": "x"})
    query = f"{DECLARATIONS}?cae={cae}"

    first = (await operator.get(f"{query}&limit=2&count=true")).json()
    second = (await operator.get(f"{query}&limit=2&after={first['next']}")).json()

    assert [one["id"] for one in first["items"] + second["items"]] == made
    assert (first["total"], second["next"]) == (3, None)
    for status, expected in (("declared", [made[0], made[2]]), ("cancelled", [made[1]])):
        found = (await operator.get(f"{query}&status={status}")).json()["items"]
        assert [one["id"] for one in found] == expected


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"amount_cents": 0}, "/amount_cents"),
        ({"amount_cents": 10.5}, "/amount_cents"),
        ({"cae": "552100555"}, "/cae"),
        ({"region": "99"}, "/region"),
        ({"grantor": ""}, "/grantor"),
        ({"granted_on": "14/04/2025"}, "/granted_on"),
    ],
)
async def test_what_no_aid_can_be_is_refused_where_it_stands(
    operator: httpx.AsyncClient, cae: str, changed: dict[str, Any], pointer: str
) -> None:
    refused = await operator.post(DECLARATIONS, json=aid(cae) | changed)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_aid_to_come_is_not_granted_yet(operator: httpx.AsyncClient, cae: str) -> None:
    refused = await operator.post(DECLARATIONS, json=aid(cae, granted_on="2199-01-01"))

    assert (refused.status_code, refused.json()["code"]) == (409, "date-in-the-future")


async def test_a_simulation_tells_what_the_ceiling_leaves(operator: httpx.AsyncClient, cae: str) -> None:
    await declared(operator, aid(cae, amount_cents=297_500_00, granted_on="2025-11-03"))
    opened = await operator.post("/v1/schemes", json=scheme())
    contributions = [
        {"reference": reference, "paid_up_cents": 1_500_00, "paid_up_on": "2026-01-15"} for reference in "AB"
    ]
    body = {"cae": {"siret": siret_of(cae)}, "contributions": contributions}

    told = (await operator.post(f"/v1/schemes/{opened.json()['id']}/simulations", json=body)).json()

    assert [(one["award_cents"], one["reason"]) for one in told["awards"]] == [
        (1_500_00, None),
        (0, "de-minimis-ceiling-reached"),
    ]
    left = {name: told["de_minimis"][name] for name in ("room_before_cents", "room_after_cents")}
    assert left == {"room_before_cents": 2_500_00, "room_after_cents": 1_000_00}
