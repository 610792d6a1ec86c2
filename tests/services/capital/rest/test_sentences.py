"""Refusals speak the language of their reader; their facts stay the codes that programs compare."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import grant, new_siren, scheme, top_up
from tests.sentences import codes_in

Json = dict[str, Any]


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def requested(operator: httpx.AsyncClient, cae: str, **limits: Any) -> str:
    made = await operator.post("/v1/schemes", json=scheme(**limits))
    answer = await operator.post("/v1/top-ups", json=top_up(made.json()["id"], cae))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def granted(client: httpx.AsyncClient, top_up_id: str, **changed: Any) -> httpx.Response:
    return await client.post(f"/v1/top-ups/{top_up_id}/grant", json={**grant(), **changed}, headers=once())


def problem(response: httpx.Response, status: int) -> Json:
    assert response.status_code == status, response.text
    found: Json = response.json()
    assert codes_in(found["title"] + " " + found["detail"]) == set()
    return found


async def test_a_status_that_forbids_is_named_in_french(operator: httpx.AsyncClient) -> None:
    top_up_id = await requested(operator, new_siren())
    assert (await granted(operator, top_up_id)).status_code == 200

    refused = problem(await granted(operator, top_up_id), 409)

    assert refused["detail"] == (
        "Le dossier est à l'état « accordé » ; accorder l'abondement n'est possible que depuis : demandé."
    )
    assert (refused["act"], refused["possible_from"]) == ("grant", ["requested"])


async def test_a_role_that_may_not_is_named_in_french(operator: httpx.AsyncClient, capital_api: Api) -> None:
    cae = new_siren()
    top_up_id = await requested(operator, cae)

    refused = problem(await granted(capital_api.as_("cae", siren=cae), top_up_id), 403)
    english = await granted(capital_api.as_("cae", siren=cae, language="en"), top_up_id)

    assert refused["detail"] == "Le rôle « CAE » ne permet pas : accorder un abondement."
    assert (refused["role"], refused["act"]) == ("cae", "grant_top_up")
    assert english.json()["detail"] == "The role CAE does not allow: granting a top-up."


async def test_dates_are_named_in_french(operator: httpx.AsyncClient) -> None:
    top_up_id = await requested(operator, new_siren())

    refused = problem(await granted(operator, top_up_id, decided_on="2001-01-01"), 409)

    assert refused["detail"].startswith("La date de décision (01/01/2001) ne peut pas précéder la date de ")
    assert (refused["later"], refused["earlier"]) == ("decided_on", "paid_up_on")


async def test_the_period_of_a_limit_is_named_in_french(operator: httpx.AsyncClient) -> None:
    top_up_id = await requested(operator, new_siren(), budget_cents=100_00)

    refused = problem(await granted(operator, top_up_id), 409)

    assert "(période : durée du dispositif)" in refused["detail"]
    assert (refused["code"], refused["period"]) == ("scheme-budget-exhausted", "scheme")


@pytest.mark.parametrize(
    ("path", "what", "french"),
    [("schemes/{id}", "scheme", "dispositif"), ("top-ups/{id}", "top_up", "abondement")],
)
async def test_what_is_not_found_is_named_in_french(
    operator: httpx.AsyncClient, path: str, what: str, french: str
) -> None:
    wanted = uuid4()

    missing = problem(await operator.get(f"/v1/{path.format(id=wanted)}"), 404)

    assert missing["detail"] == f"Aucun élément « {french} » {wanted} n'est visible avec ce jeton."
    assert missing["what"] == what
