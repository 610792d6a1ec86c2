"""Payments as they are made and read, and what each co-funder is told of them."""

from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import BPIFRANCE, REGION_SIREN, grant, new_siren, scheme, top_up


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


@pytest.fixture
async def scheme_id(operator: httpx.AsyncClient) -> str:
    return str((await operator.post("/v1/schemes", json=scheme())).json()["id"])


async def granted(operator: httpx.AsyncClient, scheme_id: str, cae: str, cents: int) -> str:
    asked = await operator.post("/v1/top-ups", json=top_up(scheme_id, cae, paid_up_cents=cents))
    path = f"/v1/top-ups/{asked.json()['id']}"
    assert (await operator.post(f"{path}/grant", json=grant(), headers=once())).status_code == 200
    return str(asked.json()["id"])


async def paid(operator: httpx.AsyncClient, scheme_id: str, cae: str, *ids: str) -> dict[str, Any]:
    body = {"cae": cae, "top_up_ids": list(ids), "paid_on": "2026-03-01", "reference": "Mandat 7"}
    made = await operator.post(f"/v1/schemes/{scheme_id}/payments", json=body, headers=once())
    assert made.status_code == 201, made.text
    answer = made.json()
    assert isinstance(answer, dict)
    return answer


async def test_a_payment_is_read_as_it_was_made(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    cae = new_siren()
    made = await paid(operator, scheme_id, cae, await granted(operator, scheme_id, cae, 1_500_00))
    path = f"/v1/payments/{made['id']}"

    for client in (operator, capital_api.as_("cae", siren=cae), capital_api.as_("admin")):
        read = await client.get(path)
        assert (read.status_code, read.json()) == (200, made)
        assert read.headers["etag"]
    for stranger in (capital_api.as_("cae", siren=new_siren()), capital_api.as_("operator", regions=["84"])):
        assert (await stranger.get(path)).status_code == 404
    assert (await capital_api.as_("funder", siren=BPIFRANCE).get(path)).status_code == 403


async def test_payments_are_listed_page_by_page(operator: httpx.AsyncClient, scheme_id: str) -> None:
    caes = [new_siren(), new_siren()]
    made = [
        (await paid(operator, scheme_id, cae, await granted(operator, scheme_id, cae, 1_000_00)))["id"]
        for cae in (*caes, caes[0])
    ]

    async def listed(**params: Any) -> Any:
        answer = await operator.get("/v1/payments", params={"scheme_id": scheme_id} | params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = await listed(limit=2, count=True)
    assert ([item["id"] for item in first["items"]], first["total"]) == (made[:2], 3)
    second = await listed(limit=2, after=first["next"])
    assert ([item["id"] for item in second["items"]], second["next"]) == (made[2:], None)
    assert [item["id"] for item in (await listed(cae=caes[0]))["items"]] == [made[0], made[2]]
    assert (await listed(cae=new_siren(), count=True))["total"] == 0


async def test_a_co_funder_reads_its_own_part_of_each_figure(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    """80 % and 20 %: 1 000.01 paid gives 800.01 and 200.00, and 1 500.00 still to pay 1 200.00 and 300.00."""
    cae = new_siren()
    first = await granted(operator, scheme_id, cae, 1_000_01)
    await granted(operator, scheme_id, cae, 1_500_00)
    await paid(operator, scheme_id, cae, first)

    async def totals(role: str, **who: Any) -> Any:
        read = await capital_api.as_(role, **who).get(f"/v1/schemes/{scheme_id}")
        assert read.status_code == 200, read.text
        return read.json()["totals"]

    assert await totals("operator", regions=["75"]) == {
        "awarded_cents": 2_500_01,
        "to_pay_cents": 1_500_00,
        "paid_cents": 1_000_01,
        "clawed_back_cents": 0,
        "by_funder": [
            {"siren": REGION_SIREN, "name": "Région Nouvelle-Aquitaine", "amount_cents": 800_01},
            {"siren": BPIFRANCE, "name": "Bpifrance", "amount_cents": 200_00},
        ],
    }
    assert await totals("funder", siren=REGION_SIREN) == {
        "awarded_cents": 2_000_01,
        "to_pay_cents": 1_200_00,
        "paid_cents": 800_01,
        "clawed_back_cents": 0,
        "by_funder": [{"siren": REGION_SIREN, "name": "Région Nouvelle-Aquitaine", "amount_cents": 800_01}],
    }
    assert await totals("funder", siren=BPIFRANCE) == {
        "awarded_cents": 500_00,
        "to_pay_cents": 300_00,
        "paid_cents": 200_00,
        "clawed_back_cents": 0,
        "by_funder": [{"siren": BPIFRANCE, "name": "Bpifrance", "amount_cents": 200_00}],
    }
    assert await totals("partner", regions=["75"]) == await totals("admin")
    assert await totals("cae", siren=cae) is None


async def test_a_payment_that_came_back_is_reversed_once(
    operator: httpx.AsyncClient, capital_api: Api, scheme_id: str
) -> None:
    cae = new_siren()
    top_up = await granted(operator, scheme_id, cae, 1_500_00)
    made = await paid(operator, scheme_id, cae, top_up)
    path, body = f"/v1/payments/{made['id']}/reversal", {"reversed_on": "2026-03-09", "reason": "IBAN clos"}

    without_key = await operator.post(path, json=body)
    assert (without_key.status_code, without_key.json()["code"]) == (400, "idempotency-key-required")
    key = once()
    reversed_ = await operator.post(path, json=body, headers=key)
    assert reversed_.status_code == 201, reversed_.text
    told = reversed_.json()
    assert {**told, "reversal": None} == made
    assert (told["reversal"]["reversed_on"], told["reversal"]["reason"]) == ("2026-03-09", "IBAN clos")
    replayed = await operator.post(path, json=body, headers=key)
    assert (replayed.json(), replayed.headers["Idempotent-Replayed"]) == (told, "true")
    again = await operator.post(path, json=body, headers=once())
    assert (again.status_code, again.json()["code"]) == (409, "payment-already-reversed")
    assert again.json()["detail"] == "Le paiement a déjà été annulé le 09/03/2026."

    assert (await operator.get(f"/v1/payments/{made['id']}")).json() == told
    dossier = (await operator.get(f"/v1/top-ups/{top_up}")).json()
    assert (dossier["status"], dossier["payment_id"]) == ("granted", None)
    partner = await capital_api.as_("partner", regions=["75"]).get(f"/v1/payments/{made['id']}")
    assert partner.json() == {**told, "reversal": {**told["reversal"], "reason": None}}


@pytest.mark.parametrize(
    "body", [{}, {"reversed_on": "2026-03-09"}, {"reversed_on": "9 mars", "reason": "x"}]
)
async def test_a_malformed_reversal_is_told_field_by_field(
    operator: httpx.AsyncClient, scheme_id: str, body: dict[str, str]
) -> None:
    cae = new_siren()
    made = await paid(operator, scheme_id, cae, await granted(operator, scheme_id, cae, 1_500_00))

    refused = await operator.post(f"/v1/payments/{made['id']}/reversal", json=body, headers=once())

    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} <= {"/reversed_on", "/reason"}
