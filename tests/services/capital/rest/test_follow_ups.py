"""What was seen of a paid top-up's capital, as its callers see it. Paid on 1 March 2021: 1 000.01."""

from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, top_up

Json = dict[str, Any]


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def paid(operator: httpx.AsyncClient, cae: str, **version: Any) -> Json:
    scheme_id = (await operator.post("/v1/schemes", json=scheme(**version))).json()["id"]
    body = top_up(scheme_id, cae, paid_up_cents=1_000_01, paid_up_on="2021-01-15")
    asked = (await operator.post("/v1/top-ups", json=body)).json()
    decided = grant(decided_on="2021-02-01")
    await operator.post(f"/v1/top-ups/{asked['id']}/grant", json=decided, headers=once())
    paying = {"cae": cae, "top_up_ids": [asked["id"]], "paid_on": "2021-03-01", "reference": "Mandat 7"}
    done = await operator.post(f"/v1/schemes/{scheme_id}/payments", json=paying, headers=once())
    assert done.status_code == 201, done.text
    return {"top_up": asked["id"], "scheme": scheme_id, "payment": done.json()["id"]}


def seen(checked_on: str, **changed: Any) -> Json:
    return {
        "checked_on": checked_on,
        "still_member": True,
        "capital_kept_cents": 1_000_01,
        "evidence": "Registre des associés",
    } | changed


async def test_from_the_first_answer_to_the_last(operator: httpx.AsyncClient, capital_api: Api) -> None:
    cae = new_siren()
    ids = await paid(operator, cae)
    path = f"/v1/top-ups/{ids['top_up']}/follow-ups"
    due = f"/v1/follow-ups-due?scheme_id={ids['scheme']}&count=true"
    before = (await operator.get(due)).json()
    assert ([item["months"] for item in before["items"]], before["total"]) == ([12, 24, 36], 3)
    assert before["items"][0]["due_on"] == "2022-03-01"

    first = await operator.post(path, json=seen("2023-03-15"))
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["status"], told["proven_months"], told["clawback"]) == ("paid", 24, None)
    assert [item["months"] for item in (await operator.get(due)).json()["items"]] == [36]
    last = (await operator.post(path, json=seen("2024-03-01"))).json()
    assert (last["status"], last["proven_months"]) == ("closed", 36)

    read = (await operator.get(f"/v1/top-ups/{ids['top_up']}")).json()
    assert (read["status"], read["proven_months"]) == ("closed", 36)
    page = (await operator.get(f"{path}?limit=1&count=true")).json()
    assert (page["items"][0]["id"], page["total"]) == (told["id"], 2)
    following = (await operator.get(f"{path}?limit=1&after={page['next']}")).json()
    assert [item["evidence"] for item in following["items"]] == ["Registre des associés"]
    partner = capital_api.as_("partner", regions=["75"])
    assert [item["evidence"] for item in (await partner.get(path)).json()["items"]] == [None, None]
    proof = (await operator.get(f"/v1/schemes/{ids['scheme']}/proof-of-use?count=true")).json()
    assert [(month["due"], month["proven"], month["kept_percent"]) for month in proof["months"]] == [
        (1, 1, 100.0)
    ] * 3
    assert ([item["cae"] for item in proof["items"]], proof["total"], proof["next"]) == ([cae], 1, None)


async def test_leaving_explains_what_is_asked_back(operator: httpx.AsyncClient) -> None:
    ids = await paid(operator, new_siren(), clawback_rule="pro_rata")
    path = f"/v1/top-ups/{ids['top_up']}/follow-ups"

    told = (
        await operator.post(
            path, json=seen("2023-04-01", still_member=False, capital_kept_cents=0, left_on="2022-08-30")
        )
    ).json()

    assert (told["status"], told["ended_early"], told["unearned_cents"]) == (
        "clawback_proposed",
        True,
        1_000_01,
    )
    assert told["clawback"]["amount_cents"] == 1_000_01 * (1_096 - 547) // 1_096
    assert told["clawback"]["computation"]["stayed_until"] == "2022-08-30"
    assert (await operator.get(f"/v1/top-ups/{ids['top_up']}/clawback")).json()["id"] == told["clawback"][
        "id"
    ]
    right = (await operator.post(path, json=seen("2023-04-01", corrects=told["id"]))).json()
    assert (right["status"], right["corrects"], right["clawback"]) == ("paid", told["id"], None)
    first, _ = (await operator.get(path)).json()["items"]
    assert first["corrected_by"] == right["id"]


async def test_a_body_without_the_days_is_enough(operator: httpx.AsyncClient) -> None:
    """The day of the check counts where none is said."""
    ids = await paid(operator, new_siren())
    body = seen("2022-06-01", still_member=False, capital_kept_cents=0)

    told = (await operator.post(f"/v1/top-ups/{ids['top_up']}/follow-ups", json=body)).json()

    assert told["clawback"]["computation"]["stayed_until"] == "2022-06-01"
    assert (told["status"], told["proven_months"]) == ("clawback_proposed", 12)


async def test_what_is_refused_says_why(operator: httpx.AsyncClient) -> None:
    ids = await paid(operator, new_siren())
    path = f"/v1/top-ups/{ids['top_up']}/follow-ups"
    told = (await operator.post(path, json=seen("2022-03-01"))).json()

    again = await operator.post(path, json=seen("2022-03-01"))
    undated = await operator.post(path, json=seen("2024-06-01", still_member=False, capital_kept_cents=0))
    before = await operator.post(path, json=seen("2021-02-28"))
    incomplete = await operator.post(path, json={"checked_on": "2022-04-01"})
    unclear = await operator.post(path, json=seen("2022-04-01", still_member="yes"))
    reversal = {"reversed_on": "2022-06-01", "reason": "IBAN clos"}
    reversed_ = await operator.post(f"/v1/payments/{ids['payment']}/reversal", json=reversal, headers=once())

    assert (again.status_code, again.json()["code"]) == (409, "follow-up-already-recorded")
    assert again.json()["follow_up_id"] == told["id"]
    assert (undated.status_code, undated.json()["errors"][0]["pointer"]) == (422, "/left_on")
    assert "01/03/2024" in undated.json()["errors"][0]["message"]
    assert (before.status_code, before.json()["code"]) == (409, "dates-out-of-order")
    assert {error["pointer"] for error in incomplete.json()["errors"]} == {
        "/still_member",
        "/capital_kept_cents",
        "/evidence",
    }
    assert [error["pointer"] for error in unclear.json()["errors"]] == ["/still_member"]
    assert (reversed_.status_code, reversed_.json()["code"]) == (409, "payment-followed-up")
    assert reversed_.json()["top_up_ids"] == [ids["top_up"]]


async def test_a_retry_answers_what_was_done(operator: httpx.AsyncClient) -> None:
    ids = await paid(operator, new_siren())
    path, headers = f"/v1/top-ups/{ids['top_up']}/follow-ups", once()

    first = await operator.post(path, json=seen("2022-03-01"), headers=headers)
    again = await operator.post(path, json=seen("2022-03-01"), headers=headers)

    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len((await operator.get(path)).json()["items"]) == 1


async def test_a_stale_dossier_is_not_followed_up(operator: httpx.AsyncClient) -> None:
    ids = await paid(operator, new_siren())
    read = await operator.get(f"/v1/top-ups/{ids['top_up']}")
    path, tag = f"/v1/top-ups/{ids['top_up']}/follow-ups", {"If-Match": read.headers["ETag"]}

    first = await operator.post(path, json=seen("2022-03-01"), headers=tag)
    stale = await operator.post(path, json=seen("2023-03-01"), headers=tag)

    assert (first.status_code, stale.status_code, stale.json()["code"]) == (201, 412, "stale-dossier")
