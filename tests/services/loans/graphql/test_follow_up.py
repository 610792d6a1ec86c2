"""How arrears are followed up, through the graph: what it tells is what REST tells, but for what was said."""

import pytest

from tests.api import once
from tests.graph import Json, ask, codes, data
from tests.services.loans.conftest import REGION, Lending, answered

FOLLOWED = """query ($id: ID!) { loan(id: $id) {
  contacts { id contactedOn channel counterpart }
  promises { id status promisedOn dueOn amountCents receivedCents }
} }"""
REPAID = "query ($id: ID!) { loan(id: $id) { repayments { id allocations { rank amountCents } } } }"
A_CONTACT = {"contacted_on": "2024-04-10", "channel": "phone", "counterpart": "heir", "note": "mot secret"}


async def noted(lending: Lending, loan: Json, kind: str, body: Json) -> Json:
    path = f"/v1/loans/{loan['id']}/{kind}"
    return answered(await lending.operator.post(path, json=body, headers=once()), 201)


@pytest.fixture
async def loan(lending: Lending) -> Json:
    """Late since February 2024, with a contact and two promises, of which a repayment keeps one."""
    loan = await lending.loan((await lending.fund())["id"])
    await noted(lending, loan, "contacts", A_CONTACT)
    for promised_on, due_on in (("2024-04-10", "2024-04-20"), ("2024-05-10", "2024-05-20")):
        promise = {"promised_on": promised_on, "due_on": due_on, "amount_cents": 50_00, "note": "mot secret"}
        await noted(lending, loan, "promises", promise)
    await lending.repay(loan["id"], 300_00, "2024-05-15")
    return loan


async def test_contacts_and_promises_are_those_of_rest(lending: Lending, loan: Json) -> None:
    found = (await data(lending.operator, FOLLOWED, id=loan["id"]))["loan"]

    (contact,) = (await lending.read(f"loans/{loan['id']}/contacts"))["items"]
    assert found["contacts"] == [
        {"id": contact["id"], "contactedOn": "2024-04-10", "channel": "PHONE", "counterpart": "HEIR"}
    ]
    promises = (await lending.read(f"loans/{loan['id']}/promises"))["items"]
    assert [(one["id"], one["status"], one["receivedCents"]) for one in found["promises"]] == [
        (one["id"], one["status"].upper(), one["received_cents"]) for one in promises
    ]
    assert [one["status"] for one in found["promises"]] == ["KEPT", "BROKEN"]


async def test_what_was_said_stays_between_a_cae_and_its_operator(lending: Lending, loan: Json) -> None:
    cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
    partner = lending.api.as_("partner", regions=[REGION])

    own = await data(cae, FOLLOWED, id=loan["id"])
    refused = await ask(partner, FOLLOWED, id=loan["id"])

    assert own == await data(lending.operator, FOLLOWED, id=loan["id"])
    assert "secret" not in str(own)
    assert refused["data"] == {"loan": {"contacts": None, "promises": None}}
    assert {code for _, code in codes(refused)} == {"not-allowed"}


async def test_the_instalments_that_a_repayment_covers_are_those_of_rest(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    await lending.repay(loan["id"], 300_00, "2024-04-15")
    await lending.repay(loan["id"], 100_00, "2024-03-10")

    found = (await data(lending.operator, REPAID, id=loan["id"]))["loan"]["repayments"]

    listed = (await lending.read(f"loans/{loan['id']}/repayments"))["repayments"]
    assert {one["id"]: one["allocations"] for one in found} == {
        one["id"]: [
            {"rank": part["rank"], "amountCents": part["amount_cents"]} for part in one["allocations"]
        ]
        for one in listed
    }
    assert [one["allocations"] for one in found] == [
        [{"rank": 1, "amountCents": 122_23}, {"rank": 2, "amountCents": 177_77}],
        [{"rank": 1, "amountCents": 100_00}],
    ]
