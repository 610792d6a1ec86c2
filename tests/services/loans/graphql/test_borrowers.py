"""Who borrows, in the graph: for whom the fund says, and never in what is kept for replays."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from tests.factories.capital import new_siren, siret_of
from tests.graph import Json, ask, codes, data
from tests.services.loans.conftest import REGION, Lending, answered
from tests.services.loans.graphql.test_life_of_a_loan import act
from tests.statements import recorded

LOAN = """query ($id: ID!) { loan(id: $id) { entrepreneurReference
  borrower { givenName familyName email } } }"""
PERSON = """query ($id: ID!) { entrepreneur(id: $id) {
  applications { entrepreneurReference borrower { givenName familyName email } } } }"""
INES = {"givenName": "Inès", "familyName": "Maître", "email": "ines@secret.example"}


async def dossier(lending: Lending, **access: Any) -> Json:
    fund, cae = await lending.fund(access=access), new_siren()
    asked = lending.asking(fund["id"], cae={"siret": siret_of(cae), "name": "Graines d'Activité"})
    asked["entrepreneur"]["email"] = INES["email"]
    application = answered(await lending.operator.post("/v1/applications", json=asked), 201)
    await lending.act(application["id"], "review", {})
    await lending.act(application["id"], "decision", lending.approval())
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})
    return await lending.act(application["id"], "disbursement", {"disbursed_on": "2024-01-31"}, status=201)


def caller(lending: Lending, role: str, loan: Json) -> httpx.AsyncClient:
    siren = {"cae": loan["cae"]["siren"]}.get(role)
    regions = [REGION] if role in {"operator", "partner"} else []
    return lending.api.as_(role, regions=regions, siren=siren)


@pytest.mark.parametrize(
    ("role", "opened", "names"),
    [
        ("operator", False, True),
        ("cae", False, True),
        ("admin", False, True),
        ("partner", False, False),
        ("partner", True, True),
    ],
)
async def test_who_reads_who_borrows(lending: Lending, role: str, *, opened: bool, names: bool) -> None:
    loan = await dossier(lending, partners_see_names=opened)
    reader = caller(lending, role, loan)

    found = (await data(reader, LOAN, id=loan["id"]))["loan"]
    person = (await data(reader, PERSON, id=loan["entrepreneur"]["id"]))["entrepreneur"]

    expected = {
        "entrepreneurReference": "E0042",
        "borrower": INES if names else None,
    }
    assert found == expected
    assert person["applications"] == [expected]


async def test_a_funder_reads_neither_loan_nor_borrower(lending: Lending) -> None:
    loan = await dossier(lending, partners_see_names=True)
    funder = lending.api.as_("funder", siren="200053767")
    answer = await ask(funder, LOAN, id=loan["id"])
    assert answer["data"] == {"loan": None}
    assert codes(answer) == [(["loan"], "not-allowed")]


async def test_many_borrowers_are_one_query(lending: Lending) -> None:
    loans = [await dossier(lending) for _ in range(3)]
    query = """query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on Loan { borrower { givenName } entrepreneurReference } } }"""
    of = [{"__typename": "Loan", "id": loan["id"]} for loan in loans]
    counts = []
    for asked in (of[:1], of):
        with recorded(lending.api.database) as statements:
            found = await data(caller(lending, "partner", loans[0]), query, of=asked)
        counts.append(len(statements))
    assert found["_entities"] == [{"borrower": None, "entrepreneurReference": "E0042"}] * 3
    assert counts[0] == counts[1]


async def test_a_mutation_tells_who_borrows_and_keeps_nobody(lending: Lending) -> None:
    loan = await dossier(lending)
    key, kind = str(uuid4()), "... on Loan { borrower { givenName familyName email } }"
    given = {"loanId": loan["id"], "writtenOffOn": "2025-01-31", "reason": "Motif secret"}

    first = await act(lending, "writeOffLoan", kind, **given, idempotencyKey=key)
    again = await act(lending, "writeOffLoan", kind, **given, idempotencyKey=key)

    assert first == again == {"__typename": "Loan", "borrower": INES}
    async with lending.api.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT convert_from(answer, 'UTF8') FROM loans.idempotency_keys WHERE key = :key")
        kept = (await session.execute(query, {"key": key})).scalar_one()
    assert loan["id"] in kept
    assert not [word for word in ("Inès", "Maître", "secret") if word in kept]


async def test_a_decision_keeps_no_officer_for_its_replay(lending: Lending) -> None:
    application = await lending.under_review((await lending.fund())["id"])
    key = str(uuid4())
    session_of = lending.approval()["committee"]
    committee = {
        "heldOn": session_of["held_on"],
        "present": [{"name": name, "organisation": "France Active"} for name in ("Ada", "Léo", "Zoé")],
        "votesFor": 3,
        "votesAgainst": 0,
    }

    await act(
        lending.by("anne.secret"),
        "decideApplication",
        "... on LoanApplication { status }",
        applicationId=application["id"],
        outcome="APPROVED",
        committee=committee,
        idempotencyKey=key,
    )

    async with lending.api.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT convert_from(answer, 'UTF8') FROM loans.idempotency_keys WHERE key = :key")
        kept = (await session.execute(query, {"key": key})).scalar_one()
        decider = await session.execute(
            text("SELECT decided_by_person FROM loans.decisions WHERE application_id = :id"),
            {"id": application["id"]},
        )
        assert decider.scalar_one() == "anne.secret"
    assert not [name for name in ("anne", "Ada", "Zoé") if name in kept]
