"""What a CAE declares as repaid, through the graph."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.graph import Json, ask, codes, data
from tests.services.loans.conftest import REGION, Lending
from tests.services.loans.graphql.test_life_of_a_loan import act

DECLARATION = """... on RepaymentDeclaration { id status amountCents paidOn method repaymentId
  loan { id repaidCents } }"""
LISTED = "query ($id: ID!) { loan(id: $id) { repaidCents repaymentDeclarations { id status repaymentId } } }"


@pytest.fixture
async def loan(lending: Lending) -> Json:
    return await lending.loan((await lending.fund())["id"])


def cae_of(lending: Lending, loan: Json) -> Lending:
    office = Lending(lending.api)
    office.operator = lending.api.as_("cae", siren=loan["cae"]["siren"])
    return office


async def declare(lending: Lending, loan: Json, **changed: object) -> Json:
    given = {
        "loanId": loan["id"],
        "amountCents": 300_00,
        "paidOn": "2024-02-29",
        "method": "PAYROLL",
        "reference": "PAIE-secret",
        **changed,
    }
    return await act(cae_of(lending, loan), "declareRepayment", DECLARATION, **given)


async def test_it_counts_once_confirmed(lending: Lending, loan: Json) -> None:
    declared = await declare(lending, loan)
    confirmed = await act(lending, "confirmRepaymentDeclaration", DECLARATION, declarationId=declared["id"])
    found = (await data(lending.operator, LISTED, id=loan["id"]))["loan"]

    said = {"amountCents": 300_00, "paidOn": "2024-02-29", "method": "PAYROLL"}
    assert declared == {
        "__typename": "RepaymentDeclaration",
        "id": declared["id"],
        "status": "DECLARED",
        **said,
        "repaymentId": None,
        "loan": {"id": loan["id"], "repaidCents": 0},
    }
    assert (confirmed["status"], confirmed["loan"]["repaidCents"]) == ("CONFIRMED", 300_00)
    (repayment,) = (await lending.read(f"loans/{loan['id']}/repayments"))["repayments"]
    assert found == {
        "repaidCents": 300_00,
        "repaymentDeclarations": [
            {"id": declared["id"], "status": "CONFIRMED", "repaymentId": repayment["id"]}
        ],
    }


async def test_it_ends_otherwise_by_a_rejection_or_a_withdrawal(lending: Lending, loan: Json) -> None:
    first, second = await declare(lending, loan), await declare(lending, loan)
    rejected = await act(
        lending, "rejectRepaymentDeclaration", DECLARATION, declarationId=first["id"], reason="Rien reçu"
    )
    office = cae_of(lending, loan)
    withdrawn = await act(office, "withdrawRepaymentDeclaration", DECLARATION, declarationId=second["id"])
    again = await act(lending, "confirmRepaymentDeclaration", DECLARATION, declarationId=first["id"])

    assert (rejected["status"], withdrawn["status"]) == ("REJECTED", "WITHDRAWN")
    assert (again["code"], again["facts"]["status"]) == ("status-forbids", "rejected")
    assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 0


async def test_more_than_is_owed_is_not_declared(lending: Lending, loan: Json) -> None:
    refused = await declare(lending, loan, amountCents=8_000_01)
    assert (refused["code"], refused["facts"]["owed_cents"]) == ("repayment-too-large", 8_000_00)


async def test_each_verb_is_for_whom_it_is(lending: Lending, loan: Json) -> None:
    declared, office = await declare(lending, loan), cae_of(lending, loan)
    of_it = {"declarationId": declared["id"]}
    by_operator = await act(
        lending,
        "declareRepayment",
        DECLARATION,
        loanId=loan["id"],
        amountCents=1,
        paidOn="2024-02-29",
        method="CASH",
    )
    refused = [
        by_operator,
        await act(office, "confirmRepaymentDeclaration", DECLARATION, **of_it),
        await act(office, "rejectRepaymentDeclaration", DECLARATION, **of_it, reason="Non"),
        await act(lending, "withdrawRepaymentDeclaration", DECLARATION, **of_it),
    ]
    assert [one["code"] for one in refused] == ["not-allowed"] * 4


async def test_partners_read_loans_without_what_is_declared(lending: Lending, loan: Json) -> None:
    await declare(lending, loan)
    answer = await ask(lending.api.as_("partner", regions=[REGION]), LISTED, id=loan["id"])
    assert answer["data"]["loan"] == {"repaidCents": 0, "repaymentDeclarations": None}
    assert codes(answer) == [(["loan", "repaymentDeclarations"], "not-allowed")]


async def test_a_replay_says_the_same_and_keeps_no_free_text(lending: Lending, loan: Json) -> None:
    key = str(uuid4())
    first = await declare(lending, loan, idempotencyKey=key)
    assert await declare(lending, loan, idempotencyKey=key) == first
    async with lending.api.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT convert_from(answer, 'UTF8') FROM loans.idempotency_keys WHERE key = :key")
        kept = (await session.execute(query, {"key": key})).scalar_one()
    assert first["id"] in kept
    assert "secret" not in kept
