from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kernel.calendar import add_months, today_in_paris
from tests.api import Api, once
from tests.factories.capital import grant, new_siren, person, scheme, siret_of, top_up


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


@pytest.fixture
async def scheme_id(operator: httpx.AsyncClient) -> str:
    return str((await operator.post("/v1/schemes", json=scheme())).json()["id"])


async def asked(client: httpx.AsyncClient, scheme_id: str, cae: str, **changed: Any) -> str:
    answer = await client.post("/v1/top-ups", json=top_up(scheme_id, cae, **changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def granted(client: httpx.AsyncClient, top_up_id: str) -> httpx.Response:
    return await client.post(f"/v1/top-ups/{top_up_id}/grant", json=grant(), headers=once())


async def test_a_request_echoes_what_it_was_given(operator: httpx.AsyncClient, scheme_id: str) -> None:
    cae = new_siren()
    body = top_up(scheme_id, cae, admitted_on="2026-02-01", requested_on="2026-02-03")
    body["entrepreneur"] = person(
        email="awa@example.org",
        phone="05 55 00 00 00",
        birth_date="1988-05-14",
        address="3 rue du Port, 87000 Limoges",
        contract={
            "kind": "CESA",
            "started_on": "2026-03-01",
            "cape_started_on": "2025-03-01",
            "cape_ended_on": "2026-02-28",
        },
        member_since="2026-04-01",
    )

    answer = (await operator.post("/v1/top-ups", json=body)).json()

    assert answer["cae"] == {**body["cae"], "siren": cae}
    assert {name: answer["entrepreneur"][name] for name in body["entrepreneur"]} == body["entrepreneur"]
    for name in (
        "scheme_id",
        "subscribed_cents",
        "paid_up_cents",
        "paid_up_on",
        "admitted_on",
        "requested_on",
    ):
        assert answer[name] == body[name]
    assert (answer["membership_due_on"], answer["status"]) == ("2028-03-01", "requested")
    assert (await operator.get(f"/v1/top-ups/{answer['id']}")).json() == answer


async def test_more_than_36_months_of_cape_is_refused_as_input(
    operator: httpx.AsyncClient, scheme_id: str
) -> None:
    body = top_up(scheme_id, new_siren())
    body["entrepreneur"]["contract"] = {
        "kind": "CESA",
        "started_on": "2026-03-02",
        "cape_started_on": "2023-03-01",
        "cape_ended_on": "2026-03-01",
    }

    answer = await operator.post("/v1/top-ups", json=body)

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/entrepreneur/contract/cape_ended_on"
    assert "36 mois" in error["message"]


async def test_refusals_tell_the_room_in_the_callers_language(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    cae = new_siren()
    for _ in range(9):
        assert (await granted(operator, await asked(operator, scheme_id, cae))).status_code == 200
    first = await asked(operator, scheme_id, cae, paid_up_cents=1_500_00, reference="T-1")
    assert (await granted(operator, first)).status_code == 200
    english = capital_api.as_("operator", regions=["75"], language="en")

    cases = {
        "cae-cap-reached": await asked(operator, scheme_id, cae),
        "already-awarded": await asked(operator, scheme_id, cae, reference="T-1"),
        "below-floor": await asked(operator, scheme_id, cae, paid_up_cents=999_99),
    }

    for code, top_up_id in cases.items():
        answer = await granted(operator, top_up_id)
        assert (answer.status_code, answer.json()["code"], answer.json()["room_cents"]) == (
            409,
            code,
            500_00,
        )
        assert (await operator.get(f"/v1/top-ups/{top_up_id}")).json()["status"] == "requested"
    french = (await granted(operator, cases["cae-cap-reached"])).json()
    assert "500,00" in french["detail"]
    assert "€500.00" in (await granted(english, cases["cae-cap-reached"])).json()["detail"]


async def test_the_budget_refuses_with_its_own_code(operator: httpx.AsyncClient) -> None:
    body = scheme(budget_cents=2_500_00)
    scheme_id = (await operator.post("/v1/schemes", json=body)).json()["id"]
    assert (await granted(operator, await asked(operator, scheme_id, new_siren()))).status_code == 200

    answer = await granted(operator, await asked(operator, scheme_id, new_siren()))

    assert (answer.status_code, answer.json()["code"], answer.json()["room_cents"]) == (
        409,
        "scheme-budget-exhausted",
        500_00,
    )


async def test_two_establishments_share_one_cap(operator: httpx.AsyncClient, scheme_id: str) -> None:
    cae = new_siren()
    answers = [
        await granted(operator, await asked(operator, scheme_id, cae, establishment=1 + number % 2))
        for number in range(11)
    ]

    assert [answer.status_code for answer in answers] == [200] * 10 + [409]


async def test_what_moves_money_needs_a_key_and_happens_once(
    operator: httpx.AsyncClient, scheme_id: str
) -> None:
    cae = new_siren()
    top_up_id = await asked(operator, scheme_id, cae)
    without = await operator.post(f"/v1/top-ups/{top_up_id}/grant", json=grant())
    assert (without.status_code, without.json()["code"]) == (400, "idempotency-key-required")

    key = once()
    first = await operator.post(f"/v1/top-ups/{top_up_id}/grant", json=grant(), headers=key)
    replayed = await operator.post(f"/v1/top-ups/{top_up_id}/grant", json=grant(), headers=key)
    assert (first.status_code, replayed.json()) == (200, first.json())

    payment = {"cae": cae, "top_up_ids": [top_up_id], "paid_on": "2026-03-01", "reference": "Mandat 7"}
    path = f"/v1/schemes/{scheme_id}/payments"
    assert (await operator.post(path, json=payment)).status_code == 400
    key = once()
    paid = await operator.post(path, json=payment, headers=key)
    again = await operator.post(path, json=payment, headers=key)
    assert (paid.status_code, again.json()) == (201, paid.json())
    other = await operator.post(path, json=payment, headers=once())
    assert (other.status_code, other.json()["code"]) == (409, "not-payable")


async def test_a_refused_grant_may_succeed_later_with_the_same_key(
    operator: httpx.AsyncClient, scheme_id: str
) -> None:
    cae = new_siren()
    ids = [await asked(operator, scheme_id, cae) for _ in range(11)]
    for top_up_id in ids[:10]:
        await granted(operator, top_up_id)
    key = once()
    path = f"/v1/top-ups/{ids[10]}/grant"
    assert (await operator.post(path, json=grant(), headers=key)).status_code == 409

    cancelled = await operator.post(f"/v1/top-ups/{ids[0]}/cancellation", json={"reason": "Départ"})
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")

    assert (await operator.post(path, json=grant(), headers=key)).status_code == 200


async def test_a_refusal_says_why(operator: httpx.AsyncClient, scheme_id: str) -> None:
    top_up_id = await asked(operator, scheme_id, new_siren())

    refused = await operator.post(f"/v1/top-ups/{top_up_id}/refusal", json={"reason": "Apport non libéré"})

    assert (refused.status_code, refused.json()["status"], refused.json()["reason"]) == (
        200,
        "refused",
        "Apport non libéré",
    )
    again = await operator.post(f"/v1/top-ups/{top_up_id}/refusal", json={"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "status-forbids")


async def test_a_cae_asks_simulates_and_reads_its_own(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    siren = new_siren()
    cae, other = capital_api.as_("cae", siren=siren), capital_api.as_("cae", siren=new_siren())
    top_up_id = await asked(cae, scheme_id, siren)
    simulated = await cae.post(
        f"/v1/schemes/{scheme_id}/simulations",
        json={
            "cae": {"siret": siret_of(siren)},
            "contributions": [
                {"reference": "a", "paid_up_cents": 3_000_00, "paid_up_on": "2026-01-15"},
                {"reference": "b", "paid_up_cents": 999_99, "paid_up_on": "2026-01-15"},
            ],
        },
    )

    assert simulated.status_code == 200, simulated.text
    assert (simulated.json()["room_before_cents"], simulated.json()["room_after_cents"]) == (
        20_000_00,
        18_000_00,
    )
    assert [
        (award["reference"], award["entitlement_cents"], award["award_cents"], award["reason"])
        for award in simulated.json()["awards"]
    ] == [("a", 2_000_00, 2_000_00, "above-ceiling"), ("b", 0, 0, "below-floor")]
    assert (await cae.get(f"/v1/top-ups/{top_up_id}")).status_code == 200
    assert (await granted(cae, top_up_id)).status_code == 403
    assert (await other.get(f"/v1/top-ups/{top_up_id}")).status_code == 404
    assert (await other.post("/v1/top-ups", json=top_up(scheme_id, siren))).status_code == 404
    assert (await other.get("/v1/top-ups", params={"cae": siren})).json()["items"] == []
    caps = f"/v1/schemes/{scheme_id}/caps"
    assert (await cae.get(caps, params={"cae": siren})).json()["room_cents"] == 20_000_00
    assert (await other.get(caps, params={"cae": siren})).status_code == 404
    assert (await operator.get(caps)).status_code == 422


async def test_a_simulation_says_what_another_order_would_change(operator: httpx.AsyncClient) -> None:
    opened = await operator.post("/v1/schemes", json=scheme(cae_cap_cents=3_000_00))
    path = f"/v1/schemes/{opened.json()['id']}/simulations"
    lines = [("a", 2_000_00, "2026-01-15"), ("b", 2_000_00, "2026-01-14"), ("c", 1_000_00, "2026-01-16")]
    body = {
        "cae": {"siret": siret_of(new_siren())},
        "contributions": [
            {"reference": name, "paid_up_cents": cents, "paid_up_on": day} for name, cents, day in lines
        ],
    }

    simulated = (await operator.post(path, json=body)).json()

    assert (simulated["order"], simulated["awarded_cents"]) == ("given", 3_000_00)
    assert [(award["place"], award["award_cents"]) for award in simulated["awards"]] == [
        (1, 2_000_00),
        (2, 0),
        (3, 1_000_00),
    ]
    by_date, largest, smallest = simulated["other_orders"]
    assert by_date == {
        "order": "payment_date",
        "awarded_cents": 3_000_00,
        "difference_cents": 0,
        "awarded_count": 2,
        "room_after_cents": 0,
        "changes": [
            {
                "place": 1,
                "reference": "a",
                "given_cents": 2_000_00,
                "award_cents": 0,
                "difference_cents": -2_000_00,
            },
            {
                "place": 2,
                "reference": "b",
                "given_cents": 0,
                "award_cents": 2_000_00,
                "difference_cents": 2_000_00,
            },
        ],
    }
    assert (largest["order"], largest["changes"]) == ("largest_first", [])
    assert (smallest["order"], smallest["changes"]) == ("smallest_first", [])
    body["contributions"] = body["contributions"][:1]
    assert (await operator.post(path, json=body)).json()["other_orders"] == []


async def test_a_partner_reads_without_names(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    top_up_id = await asked(operator, scheme_id, new_siren())
    partner = capital_api.as_("partner", regions=["75"])

    seen = (await partner.get(f"/v1/top-ups/{top_up_id}")).json()["entrepreneur"]

    assert seen["contract"]["kind"] == "CESA"
    assert {name for name, value in seen.items() if value is not None} == {"id", "reference", "contract"}
    await operator.post(f"/v1/top-ups/{top_up_id}/refusal", json={"reason": "Awa Le Goff a déménagé"})
    refused = (await partner.get(f"/v1/top-ups/{top_up_id}")).json()
    assert (refused["status"], refused["reason"]) == ("refused", None)


async def test_lists_are_filtered_and_paged(operator: httpx.AsyncClient, scheme_id: str) -> None:
    cae = new_siren()
    ids = [await asked(operator, scheme_id, cae) for _ in range(3)]
    await granted(operator, ids[1])

    async def listed(**params: Any) -> Any:
        return (await operator.get("/v1/top-ups", params={"scheme_id": scheme_id} | params)).json()

    page = await listed(limit=2, count=True)
    assert ([item["id"] for item in page["items"]], page["total"]) == (ids[:2], 3)
    following = await listed(limit=2, after=page["next"])
    assert ([item["id"] for item in following["items"]], following["next"]) == (ids[2:], None)
    assert [item["id"] for item in (await listed(cae=cae, status="granted"))["items"]] == [ids[1]]
    wrong = await operator.get("/v1/top-ups", params={"status": "unheard-of"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "?status")


async def test_membership_deadlines(operator: httpx.AsyncClient, scheme_id: str) -> None:
    cae, today = new_siren(), today_in_paris()
    for reference, months in (("soon", 2), ("later", 5), ("far", 9)):
        started_on = add_months(today, months - 36)
        body = top_up(scheme_id, cae, paid_up_cents=1_200_00)
        contract = {"kind": "CESA", "started_on": started_on.isoformat()}
        body["entrepreneur"] = person(reference, contract=contract)
        assert (await operator.post("/v1/top-ups", json=body)).status_code == 201

    async def due(**params: Any) -> Any:
        answer = await operator.get("/v1/membership-deadlines", params={"cae": cae} | params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    page = await due(within_months=6, limit=1)
    assert [item["entrepreneur"]["reference"] for item in page["items"]] == ["soon"]
    [later] = (await due(within_months=6, limit=1, after=page["next"]))["items"]
    assert (later["entrepreneur"]["reference"], later["entitlement_cents"]) == ("later", 1_200_00)
    whole_year = await due(within_months=12, count=True)
    assert (len(whole_year["items"]), whole_year["total"], page["total"]) == (3, 3, None)


async def test_a_deadline_says_what_the_caes_cap_leaves(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    cae = new_siren()
    opened = (
        await operator.post("/v1/schemes", json=scheme(cae_cap_cents=3_500_00, partial_awards=True))
    ).json()
    contract = {"kind": "CESA", "started_on": add_months(today_in_paris(), 2 - 36).isoformat()}
    near = top_up(opened["id"], cae) | {"entrepreneur": person("near", contract=contract)}
    asked = [
        (await operator.post("/v1/top-ups", json=body)).json() for body in (near, top_up(opened["id"], cae))
    ]

    async def told(client: httpx.AsyncClient) -> tuple[int, int, str | None]:
        [line] = (await client.get("/v1/membership-deadlines", params={"cae": cae})).json()["items"]
        return line["entitlement_cents"], line["award_cents"], line["reason"]

    assert await told(operator) == (2_000_00, 2_000_00, None)
    await operator.post(f"/v1/top-ups/{asked[1]['id']}/grant", json=grant(), headers=once())
    for client in (operator, capital_api.as_("cae", siren=cae), capital_api.as_("admin")):
        assert await told(client) == (2_000_00, 1_500_00, "cae-cap-reached")


async def test_what_does_not_exist(operator: httpx.AsyncClient) -> None:
    for path in (f"/v1/top-ups/{uuid4()}", f"/v1/schemes/{uuid4()}"):
        answer = await operator.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert (await operator.post("/v1/top-ups", json=top_up(str(uuid4()), new_siren()))).status_code == 404
