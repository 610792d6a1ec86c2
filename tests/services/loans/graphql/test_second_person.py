"""The same rule through the graph: one person decides, another pays."""

from typing import Any

from tests.graph import Json, data
from tests.services.loans.conftest import Lending
from tests.services.loans.graphql.test_life_of_a_loan import act

BOTH = {"second_person_for": ["disbursement", "write_off"], "partners_see_names": True}


async def pay(lending: Lending, application: Json) -> Json:
    kind = "... on Loan { id status }"
    return await act(lending, "disburseLoan", kind, applicationId=application["id"], disbursedOn="2024-01-31")


async def write_off(lending: Lending, loan_id: str) -> Json:
    given: dict[str, Any] = {"loanId": loan_id, "writtenOffOn": "2025-01-31", "reason": "Liquidation"}
    return await act(lending, "writeOffLoan", "... on Loan { id status }", **given)


async def test_who_decided_neither_pays_nor_writes_off(lending: Lending) -> None:
    fund = await lending.fund(access=BOTH)
    anne, paul = lending.by("anne"), lending.by("paul")
    application = await anne.approved(fund["id"])
    await anne.act(application["id"], "signature", {"signed_on": "2024-01-20"})

    same, nobody = await pay(anne, application), await pay(lending, application)
    loan = await pay(paul, application)
    lost_by_same, lost_by_nobody = await write_off(anne, loan["id"]), await write_off(lending, loan["id"])
    lost = await write_off(paul, loan["id"])

    assert (loan["status"], lost["status"]) == ("ACTIVE", "WRITTEN_OFF")
    assert [refused["code"] for refused in (same, nobody, lost_by_same, lost_by_nobody)] == [
        "another-person-required",
        "person-required",
        "another-person-required",
        "person-required",
    ]
    assert same["facts"] == {"act": "disbursement", "setting": "second_person_for"}


async def test_a_fund_says_what_it_asks(lending: Lending) -> None:
    fund = await lending.fund(access=BOTH)
    query = "query ($id: ID!) { loanFund(id: $id) { access { partnersSeeNames secondPersonFor } } }"
    found = await data(lending.operator, query, id=fund["id"])
    assert found["loanFund"]["access"] == {
        "partnersSeeNames": True,
        "secondPersonFor": ["DISBURSEMENT", "WRITE_OFF"],
    }
