"""Twenty-five identical calls at once, over two processes, by both doors: one effect, and one answer."""

import asyncio
from uuid import uuid4

import httpx
from sqlalchemy import text

from services.kernel.access import Caller as CallerOfToken
from services.kernel.access import Role
from services.loans.persistence.tables import metadata
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.gateway_calls import HEADER, gateway_key
from tests.factories.capital import new_siren
from tests.journeys.conftest import Caller, Essor
from tests.journeys.test_loans import disburse, open_fund, sign_an_offer

CALLS = 25
MUTATION = """mutation($input: RecordRepaymentInput!) { recordRepayment(input: $input) {
    __typename ... on RecordedRepayment { id loan { outstandingCents } } ... on Refusal { code } } }"""


async def new_loan(operator: Caller) -> str:
    siren = new_siren()
    fund = await open_fund(operator, f"Une fois {siren}", region_cents=80_000_00, state_cents=20_000_00)
    return await disburse(operator, await sign_an_offer(operator, fund, siren, 8_000_00))


async def repayments_of(operator: Caller, loan: str) -> int:
    entries = (await operator.get("loans", f"/loans/{loan}/entries"))["entries"]
    return sum(entry["kind"] == "repayment" for entry in entries)


async def test_equal_calls_over_rest_have_one_effect_and_one_answer(essor: Essor) -> None:
    body = {"amount_cents": 100_00, "paid_on": "2025-03-31", "method": "transfer", "reference": "R"}
    key = str(uuid4())
    async with essor.as_("operator", regions=["84"]) as operator:
        loan = await new_loan(operator)
        path = f"/loans/{loan}/repayments"
        answers = await asyncio.gather(
            *(operator.send("loans", path, body, process=number % 2, key=key) for number in range(CALLS))
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
        assert await repayments_of(operator, loan) == 1

        async with essor.as_("operator", regions=["84"], client="another") as other:
            response = await other.send("loans", path, body, key=key)
            assert response.status_code == 201
            assert "idempotent-replayed" not in response.headers, "another client's equal key is another key"
        assert await repayments_of(operator, loan) == 2


async def test_equal_mutations_have_one_effect_and_one_answer(essor: Essor) -> None:
    async with essor.as_("operator", regions=["84"]) as operator:
        loan = await new_loan(operator)
        given = {
            "loanId": loan,
            "amountCents": 100_00,
            "paidOn": "2025-03-31",
            "method": "TRANSFER",
            "idempotencyKey": str(uuid4()),
        }

        async def mutate(process: int, **changed: object) -> httpx.Response:
            return await operator.client.post(
                f"{essor.loans[process]}/graphql",
                json={"query": MUTATION, "variables": {"input": {**given, **changed}}},
                headers={HEADER: gateway_key(essor.settings)},
            )

        answers = await asyncio.gather(*(mutate(number % 2) for number in range(CALLS)))
        assert len({answer.content for answer in answers}) == 1
        recorded = answers[0].json()["data"]["recordRepayment"]
        assert recorded["__typename"] == "RecordedRepayment"
        assert await repayments_of(operator, loan) == 1

        other_body = (await mutate(0, amountCents=100_01)).json()["data"]["recordRepayment"]
        assert (other_body["__typename"], other_body["code"]) == ("Refusal", "idempotency-key-reused")


async def test_stored_answers_are_seen_by_their_own_client_alone(essor: Essor) -> None:
    database = Database(service_url("loans", essor.settings), essor.settings, metadata=metadata)
    body = {"amount_cents": 100_00, "paid_on": "2025-03-31", "method": "transfer", "reference": "R"}
    key = str(uuid4())
    async with essor.as_("operator", regions=["84"], client="mine") as operator:
        loan = await new_loan(operator)
        await operator.post("loans", f"/loans/{loan}/repayments", body, key=key)

    async def seen(role: Role, client: str) -> int:
        caller = CallerOfToken(role, client, regions=frozenset({"84"}))
        query = text("SELECT count(*) FROM loans.idempotency_keys WHERE key = :key")
        async with database.transaction(caller, read_only=True) as session:
            return int((await session.execute(query, {"key": key})).scalar_one())

    try:
        assert await seen(Role.OPERATOR, "mine") == 1
        assert await seen(Role.OPERATOR, "another") == 0
        assert await seen(Role.PARTNER, "another") == 0
    finally:
        await database.close()
