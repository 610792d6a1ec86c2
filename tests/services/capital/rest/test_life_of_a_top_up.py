"""A top-up from the scheme to its payment, as its callers see it."""

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import BPIFRANCE, REGION_SIREN, grant, new_siren, scheme, top_up


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def test_from_the_scheme_to_the_payment(operator: httpx.AsyncClient, capital_api: Api) -> None:
    opened = await operator.post("/v1/schemes", json=scheme())
    assert opened.status_code == 201, opened.text
    scheme_id, cae = opened.json()["id"], new_siren()

    asked = await operator.post("/v1/top-ups", json=top_up(scheme_id, cae, paid_up_cents=1_500_01))
    assert asked.status_code == 201, asked.text
    request = asked.json()
    assert (request["status"], request["entitlement_cents"], request["award_cents"]) == (
        "requested",
        1_500_01,
        None,
    )

    granted = await operator.post(f"/v1/top-ups/{request['id']}/grant", json=grant(), headers=once())
    assert granted.status_code == 200, granted.text
    assert (granted.json()["status"], granted.json()["award_cents"]) == ("granted", 1_500_01)
    assert (granted.json()["decided_on"], granted.json()["reference"]) == ("2026-02-01", "CP 2026-02 n° 12")

    cap = (await operator.get(f"/v1/schemes/{scheme_id}/caps", params={"cae": cae})).json()
    assert (cap["cap_cents"], cap["used_cents"], cap["room_cents"], cap["period"]) == (
        20_000_00,
        1_500_01,
        18_499_99,
        "scheme",
    )

    paid = await operator.post(
        f"/v1/schemes/{scheme_id}/payments",
        json={"cae": cae, "top_up_ids": [request["id"]], "paid_on": "2026-03-01", "reference": "Mandat 7"},
        headers=once(),
    )
    assert paid.status_code == 201, paid.text
    assert [(part["siren"], part["amount_cents"]) for part in paid.json()["by_funder"]] == [
        (REGION_SIREN, 1_200_01),
        (BPIFRANCE, 300_00),
    ]

    read = await operator.get(f"/v1/top-ups/{request['id']}")
    assert (read.json()["status"], read.json()["payment_id"]) == ("paid", paid.json()["id"])
    assert read.headers["etag"]
    totals = (await operator.get(f"/v1/schemes/{scheme_id}")).json()["totals"]
    assert (totals["awarded_cents"], totals["to_pay_cents"], totals["paid_cents"]) == (1_500_01, 0, 1_500_01)
