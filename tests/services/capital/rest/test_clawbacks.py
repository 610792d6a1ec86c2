"""What is taken back of a paid top-up, as its callers see it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import BPIFRANCE, REGION_SIREN, grant, new_siren, scheme, top_up

Json = dict[str, Any]
Clawing = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def paid(operator: httpx.AsyncClient, cae: str, **version: Any) -> str:
    scheme_id = (await operator.post("/v1/schemes", json=scheme(**version))).json()["id"]
    asked = (await operator.post("/v1/top-ups", json=top_up(scheme_id, cae, paid_up_cents=1_000_01))).json()
    await operator.post(f"/v1/top-ups/{asked['id']}/grant", json=grant(), headers=once())
    body = {"cae": cae, "top_up_ids": [asked["id"]], "paid_on": "2026-03-01", "reference": "Mandat 7"}
    done = await operator.post(f"/v1/schemes/{scheme_id}/payments", json=body, headers=once())
    assert done.status_code == 201, done.text
    return str(asked["id"])


def acting(caller: httpx.AsyncClient, top_up_id: str) -> Clawing:
    async def act(tail: str = "", body: Json | None = None, **headers: str) -> httpx.Response:
        path = f"/v1/top-ups/{top_up_id}/clawback{tail}"
        return await caller.post(path, json=body or {}, headers={**once(), **headers})

    return act


async def test_from_the_proposal_to_the_last_receipt(operator: httpx.AsyncClient, capital_api: Api) -> None:
    cae = new_siren()
    top_up_id = await paid(operator, cae, clawback_rule="pro_rata")
    act = acting(operator, top_up_id)

    proposed = await act("", {"reason": "Départ", "stayed_until": "2026-05-31", "amount_cents": 900_00})
    assert proposed.status_code == 201, proposed.text
    told = proposed.json()
    assert told["computation"] == {
        "rule": "pro_rata",
        "formula": "unearned_cents * (days_promised - days_stayed) / days_promised",
        "paid_cents": 1_000_01,
        "unearned_cents": 1_000_01,
        "stayed_from": "2026-03-01",
        "stayed_until": "2026-05-31",
        "promised_until": "2029-03-01",
        "days_stayed": 91,
        "months_stayed": 2,
        "days_promised": 1_096,
        "amount_cents": 916_97,
    }
    assert (told["status"], told["amount_cents"], told["owed_cents"]) == ("proposed", 900_00, 900_00)
    confirmed = (await act("/confirmation")).json()
    assert (confirmed["status"], confirmed["owed_cents"]) == ("confirmed", 900_00)
    for cents in (500_00, 400_00):
        body = {"amount_cents": cents, "received_on": "2026-06-01", "reference": "VIR 1"}
        received = await act("/receipt", body)
        assert received.status_code == 201, received.text
    assert (received.json()["status"], received.json()["owed_cents"]) == ("received", 0)
    assert [
        [(part["siren"], part["amount_cents"]) for part in receipt["by_funder"]]
        for receipt in received.json()["receipts"]
    ] == [[(REGION_SIREN, 400_00), (BPIFRANCE, 100_00)], [(REGION_SIREN, 320_00), (BPIFRANCE, 80_00)]]

    read = await operator.get(f"/v1/top-ups/{top_up_id}/clawback")
    assert read.json() == received.json()
    assert read.headers["etag"]
    dossier = (await operator.get(f"/v1/top-ups/{top_up_id}")).json()
    assert (dossier["status"], dossier["award_cents"], dossier["clawed_back_cents"]) == (
        "clawed_back",
        1_000_01,
        900_00,
    )
    own = await capital_api.as_("cae", siren=cae).get(f"/v1/top-ups/{top_up_id}/clawback")
    assert own.json() == received.json()
    seen = (await capital_api.as_("partner", regions=["75"]).get(f"/v1/top-ups/{top_up_id}/clawback")).json()
    assert (seen["reason"], [one["reference"] for one in seen["receipts"]]) == (None, [None, None])


async def test_a_key_is_asked_for_and_a_retry_takes_nothing_twice(operator: httpx.AsyncClient) -> None:
    top_up_id = await paid(operator, new_siren())
    path, body = f"/v1/top-ups/{top_up_id}/clawback", {"reason": "Départ"}

    without = await operator.post(path, json=body)
    assert (without.status_code, without.json()["code"]) == (400, "idempotency-key-required")
    key = once()
    first, again = [await operator.post(path, json=body, headers=key) for _ in range(2)]
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    receipt = {"amount_cents": 400_00, "received_on": "2026-06-01", "reference": "VIR 1"}
    key = once()
    for _ in range(2):
        received = await operator.post(f"{path}/receipt", json=receipt, headers=key)
    assert received.json()["received_cents"] == 400_00
    more = {**receipt, "amount_cents": 600_02}
    refused = await operator.post(f"{path}/receipt", json=more, headers=once())
    assert (refused.status_code, refused.json()["code"], refused.json()["owed_cents"]) == (
        409,
        "clawback-exceeded",
        600_01,
    )


async def test_an_officer_who_read_before_another_acted_changes_nothing(operator: httpx.AsyncClient) -> None:
    top_up_id = await paid(operator, new_siren())
    act = acting(operator, top_up_id)
    read = (await operator.get(f"/v1/top-ups/{top_up_id}")).headers["etag"]
    assert (await act("", {"reason": "Départ"}, **{"If-Match": read})).status_code == 201

    stale = await act("/waiver", {"reason": "Décès"}, **{"If-Match": read})

    assert (stale.status_code, stale.json()["code"]) == (412, "stale-dossier")
    assert (await act("/withdrawal", {"reason": "Erreur"})).json()["status"] == "withdrawn"
    gone = await operator.get(f"/v1/top-ups/{top_up_id}/clawback")
    assert (gone.status_code, gone.json()["code"]) == (404, "not-found")


async def test_the_waiver_of_what_another_person_proposed(capital_api: Api) -> None:
    anne, paul = (capital_api.as_("operator", regions=["75"], person=name) for name in ("anne", "paul"))
    top_up_id = await paid(anne, new_siren(), waiver_by_another=True)
    await acting(anne, top_up_id)("", {"reason": "Départ"})

    refused = await acting(anne, top_up_id)("/waiver", {"reason": "Décès"})
    waived = await acting(paul, top_up_id)("/waiver", {"reason": "Décès"})

    assert (refused.status_code, refused.json()["code"]) == (409, "another-person-required")
    assert refused.json()["detail"] == (
        "Le dispositif demande pour l'abandon de la reprise une autre personne que celle qui a proposé la "
        "reprise (réglage « abandon par une autre personne »)."
    )
    assert (waived.json()["status"], waived.json()["waived_cents"]) == ("waived", 1_000_01)


@pytest.mark.parametrize(
    ("tail", "body", "pointers"),
    [
        ("", {}, {"/reason"}),
        ("", {"reason": "x", "amount_cents": 0}, {"/amount_cents"}),
        ("", {"reason": "x", "stayed_until": "9 mars"}, {"/stayed_until"}),
        ("/confirmation", {"amount_cents": "1"}, {"/amount_cents"}),
        ("/receipt", {}, {"/amount_cents", "/received_on", "/reference"}),
        ("/waiver", {"waived_on": "2026-03-01"}, {"/reason"}),
        ("/withdrawal", {}, {"/reason"}),
    ],
)
async def test_a_malformed_body_is_told_field_by_field(
    operator: httpx.AsyncClient, tail: str, body: Json, pointers: set[str]
) -> None:
    refused = await acting(operator, "01932c07-9c1e-7a3b-8f21-0b5e3a6d9c42")(tail, body)

    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == pointers
