"""A partner follows dossiers by reference; whom they are about is the fund's to open."""

from collections.abc import Iterator

import httpx
import pytest

from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import REGION, Json, Lending, answered

CONTACT = {
    "email": "ines@secret.example",
    "phone": "06 00 00 secret",
    "birth_date": "1988-05-14",
    "address": "3 rue du secret, Lyon",
}
HUSHED = {"open_questions", "items"}
# Each of these is told of a person, or may be: none may reach a partner.
SECRETS = (
    *("Inès", "Maître", *CONTACT.values()),
    *("0189", "AGRIFRPP", "four secret", "motif secret", "condition secrète", "Ada", "Léo", "Zoé"),
    *("VIR-1", "R-secret", "Prélèvement rejeté", "Liquidation judiciaire", "agent secret"),
)


def texts(value: object) -> Iterator[str]:
    match value:
        case dict():
            for inner in value.values():
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)
        case str():
            yield value


async def lost_loan(lending: Lending, **access: object) -> Json:
    """A dossier with all that could be told of a person, from its purpose to its loss."""
    cae = new_siren()
    fund = await lending.fund(access=access)
    asked = lending.asking(fund["id"], cae={"siret": siret_of(cae), "name": "Graines d'Activité"})
    asked["entrepreneur"] |= CONTACT
    asked["bank"]["bic"] = "AGRIFRPP"
    asked["purpose"] = "Un four secret"
    application = answered(await lending.operator.post("/v1/applications", json=asked), 201)
    await lending.act(application["id"], "review", {})
    decision = lending.approval(reason="motif secret", conditions=["condition secrète"])
    approved = await lending.act(application["id"], "decision", decision)
    (condition,) = approved["conditions"]
    lifting = {"lifted_on": "2024-01-15", "evidence": "pièce secrète"}
    await lending.by("agent secret").act(application["id"], f"conditions/{condition['id']}/lifting", lifting)
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})
    body = {"disbursed_on": "2024-01-31", "reference": "VIR-1"}
    loan = await lending.act(application["id"], "disbursement", body, status=201)
    repayment = await lending.repay(loan["id"], 100_00, "2024-02-29")
    await lending.reverse(repayment["id"], "2024-03-04")
    await lending.write_off(loan["id"], "2025-01-31")
    return loan


def without_questions(answer: Json) -> Json:
    """They are between a CAE and its operator, whoever else reads the dossier."""
    told = [answer, *answer.get("items", ())]
    return {"told": [{name: value for name, value in one.items() if name not in HUSHED} for one in told]}


def paths(loan: Json) -> list[str]:
    own = f"/v1/loans/{loan['id']}"
    return [
        f"/v1/applications?fund_id={loan['fund_id']}",
        f"/v1/applications/{loan['application_id']}",
        f"/v1/loans?fund_id={loan['fund_id']}",
        own,
        f"{own}/repayments",
        f"{own}/entries",
    ]


@pytest.fixture
def partner(lending: Lending) -> httpx.AsyncClient:
    return lending.api.as_("partner", regions=[REGION])


async def test_nothing_of_a_person_reaches_a_partner(lending: Lending, partner: httpx.AsyncClient) -> None:
    loan = await lost_loan(lending)

    for path in paths(loan):
        told = set(texts(answered(await partner.get(path), 200)))
        assert {text for text in told if any(secret in text for secret in SECRETS)} == set(), path


async def test_figures_and_references_do(lending: Lending, partner: httpx.AsyncClient) -> None:
    loan = await lost_loan(lending)

    seen = answered(await partner.get(f"/v1/applications/{loan['application_id']}"), 200)
    whole = answered(await lending.operator.get(f"/v1/applications/{loan['application_id']}"), 200)

    assert [name for name in seen if seen[name] != whole[name]] == [
        "entrepreneur",
        "bank",
        "purpose",
        "decision",
        "conditions",
        "open_questions",
    ]
    assert seen["conditions"] == [
        {**whole["conditions"][0], "text": None, "evidence": None, "lifted_by": None}
    ]
    person, committee = seen["entrepreneur"], seen["decision"]
    hidden = ("given_name", "family_name", *CONTACT)
    assert person == {**whole["entrepreneur"], **dict.fromkeys(hidden)}
    assert committee == {**whole["decision"], **dict.fromkeys(("present", "conditions", "reason"))}
    assert (seen["bank"], seen["purpose"]) == (None, None)


async def test_a_fund_may_open_its_dossiers_to_partners(lending: Lending, partner: httpx.AsyncClient) -> None:
    loan = await lost_loan(lending, partners_see_names=True)

    for path in paths(loan):
        seen, whole = (await partner.get(path)).json(), (await lending.operator.get(path)).json()
        assert without_questions(seen) == without_questions(whole), path
    bank = (await partner.get(f"/v1/applications/{loan['application_id']}")).json()["bank"]
    assert bank["iban"] == "FR76 •••• 0189"


async def test_each_line_of_a_list_follows_its_own_fund(lending: Lending, partner: httpx.AsyncClient) -> None:
    closed, opened = await lost_loan(lending), await lost_loan(lending, partners_see_names=True)

    listed = answered(await partner.get("/v1/loans", params={"limit": 2}), 200)["items"]

    assert [(loan["id"], loan["entrepreneur"]["given_name"]) for loan in listed] == [
        (opened["id"], "Inès"),
        (closed["id"], None),
    ]


async def test_a_partner_of_another_region_sees_nothing(lending: Lending) -> None:
    loan = await lost_loan(lending, partners_see_names=True)
    stranger = lending.api.as_("partner", regions=["53"])

    for path in paths(loan):
        response = await stranger.get(path)
        if "?" in path:
            assert response.json()["items"] == []
        else:
            answered(response, 404)


async def test_a_funder_reads_no_application(lending: Lending) -> None:
    loan = await lost_loan(lending, partners_see_names=True)
    funder = lending.api.as_("funder", siren="200053767")
    answered(await funder.get(f"/v1/applications/{loan['application_id']}"), 403)
