"""Refusals speak the language of their reader; their facts stay the codes that programs compare."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kernel.calendar import today_in_paris
from tests.api import Api, once
from tests.sentences import codes_in
from tests.services.loans.conftest import REGION, Lending

Json = dict[str, Any]


def problem(response: httpx.Response, status: int) -> Json:
    assert response.status_code == status, response.text
    found: Json = response.json()
    assert codes_in(found["title"] + " " + found["detail"]) == set()
    return found


async def test_a_status_that_forbids_is_named_in_french(lending: Lending) -> None:
    dossier = await lending.approved((await lending.fund())["id"])
    path = f"/v1/applications/{dossier['id']}/decision"

    refused = problem(await lending.operator.post(path, json=lending.approval(), headers=once()), 409)

    assert refused["detail"] == (
        "Le dossier est à l'état « accordée » ; accorder la demande n'est possible que depuis : "
        "en instruction."
    )
    assert (refused["status"], refused["act"], refused["possible_from"]) == (
        409,
        "approve",
        ["under_review"],
    )


async def test_the_same_in_english(lending: Lending, loans_api: Api) -> None:
    dossier = await lending.approved((await lending.fund())["id"])
    english = loans_api.as_("operator", regions=[REGION], language="en")

    refused = await english.post(
        f"/v1/applications/{dossier['id']}/decision", json=lending.approval(), headers=once()
    )

    assert refused.json()["detail"] == (
        "The dossier is approved; approving the application is possible only from: under review."
    )


async def test_a_role_that_may_not_is_named_in_french(lending: Lending, loans_api: Api) -> None:
    dossier = await lending.under_review((await lending.fund())["id"])
    partner = loans_api.as_("partner", regions=[REGION])

    refused = problem(
        await partner.post(
            f"/v1/applications/{dossier['id']}/decision", json=lending.approval(), headers=once()
        ),
        403,
    )

    assert refused["detail"] == "Le rôle « partenaire » ne permet pas : statuer sur une demande."
    assert (refused["role"], refused["act"]) == ("partner", "decide_application")


async def test_dates_are_named_in_french(lending: Lending) -> None:
    today = today_in_paris()
    loan = await lending.loan((await lending.fund())["id"])
    path = f"/v1/loans/{loan['id']}/repayments"
    body = {"amount_cents": 100_00, "paid_on": "2024-01-30", "method": "transfer", "reference": "R"}

    early = problem(await lending.operator.post(path, json=body, headers=once()), 409)
    body["paid_on"] = (today + timedelta(days=1)).isoformat()
    late = problem(await lending.operator.post(path, json=body, headers=once()), 409)

    assert early["detail"] == (
        "La date de paiement (30/01/2024) ne peut pas précéder la date de versement (31/01/2024)."
    )
    assert (early["later"], early["earlier"]) == ("paid_on", "disbursed_on")
    assert late["detail"].startswith("La date de paiement (")
    assert f"est après aujourd'hui ({today:%d/%m/%Y})" in late["detail"]
    assert (late["field"], late["today"]) == ("paid_on", today.isoformat())


@pytest.mark.parametrize(
    ("path", "what", "french"),
    [
        ("funds/{id}", "fund", "fonds"),
        ("applications/{id}", "application", "demande"),
        ("loans/{id}", "loan", "prêt"),
    ],
)
async def test_what_is_not_found_is_named_in_french(
    lending: Lending, path: str, what: str, french: str
) -> None:
    wanted = uuid4()

    missing = problem(await lending.operator.get(f"/v1/{path.format(id=wanted)}"), 404)

    assert missing["detail"] == f"Aucun élément « {french} » {wanted} n'est visible avec ce jeton."
    assert missing["what"] == what


async def test_a_contract_that_is_not_eligible_is_named_in_french(lending: Lending) -> None:
    fund = await lending.fund(settings={"eligible_contracts": ["MEMBER"]})

    refused = problem(await lending.operator.post("/v1/applications", json=lending.asking(fund["id"])), 409)

    assert refused["detail"] == "Le fonds prête aux contrats : associé ; le contrat est : CESA."
    assert (refused["eligible_contracts"], refused["contract"]) == (["MEMBER"], "CESA")
