"""Who says what of a declared repayment, whatever the code above forgets."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, new_id
from tests.api import once
from tests.factories.capital import new_siren
from tests.services.loans.conftest import REGION, Json, Lending, answered

OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({REGION}))
INSERT = text("""
    INSERT INTO loans.repayment_declarations
           (id, loan_id, region, cae_siren, amount_cents, paid_on, method, status, repayment_id, ended_at)
    VALUES (:id, :loan_id, :region, :cae_siren, 100, '2024-03-01', 'cash', :status, :repayment_id,
            CASE WHEN :status <> 'declared' THEN now() END)
""")
END = text("""
    UPDATE loans.repayment_declarations
       SET status = :status, repayment_id = :repayment_id, ended_at = now(), ended_reason = 'why'
     WHERE id = :id RETURNING id
""")
SEEN = text("SELECT id FROM loans.repayment_declarations WHERE loan_id = :loan_id")


class World:
    def __init__(self, lending: Lending, loan: Json, declaration: Json, repayment: Json) -> None:
        self.lending = lending
        self.loan, self.declaration, self.repayment = loan, declaration, repayment
        self.cae = Caller(Role.CAE, "tests", siren=Siren(loan["cae"]["siren"]))

    async def insert(self, caller: Caller, **changed: Any) -> None:
        values = {
            "id": new_id(),
            "loan_id": UUID(self.loan["id"]),
            "region": REGION,
            "cae_siren": self.loan["cae"]["siren"],
            "status": "declared",
            "repayment_id": None,
        }
        async with self.lending.api.database.transaction(caller) as session:
            await session.execute(INSERT, {**values, **changed})

    async def end(self, caller: Caller, status: str) -> bool:
        """Whether there was a row to end."""
        repayment_id = UUID(self.repayment["id"]) if status == "confirmed" else None
        values = {"id": UUID(self.declaration["id"]), "status": status, "repayment_id": repayment_id}
        async with self.lending.api.database.transaction(caller) as session:
            return (await session.execute(END, values)).first() is not None

    async def seen(self, caller: Caller) -> int:
        async with self.lending.api.database.transaction(caller, read_only=True) as session:
            return len((await session.execute(SEEN, {"loan_id": UUID(self.loan["id"])})).all())


@pytest.fixture
async def world(lending: Lending) -> World:
    loan = await lending.loan((await lending.fund())["id"])
    cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
    body = {"amount_cents": 100_00, "paid_on": "2024-03-01", "method": "payroll"}
    path = f"/v1/loans/{loan['id']}/repayment-declarations"
    declaration = answered(await cae.post(path, json=body, headers=once()), 201)
    return World(lending, loan, declaration, await lending.repay(loan["id"], 100_00, "2024-03-01"))


async def test_it_is_seen_by_its_cae_and_its_operators(world: World) -> None:
    seen = {
        OPERATOR: 1,
        world.cae: 1,
        Caller(Role.ADMIN, "tests"): 1,
        Caller(Role.OPERATOR, "tests", frozenset({"53"})): 0,
        Caller(Role.PARTNER, "tests", frozenset({REGION})): 0,
        Caller(Role.CAE, "tests", siren=Siren(new_siren())): 0,
        Caller(Role.FUNDER, "tests", siren=Siren("200053767")): 0,
    }
    assert {caller: await world.seen(caller) for caller in seen} == seen


async def test_only_its_cae_declares(world: World) -> None:
    await world.insert(world.cae)
    for caller in (
        OPERATOR,
        Caller(Role.ADMIN, "tests"),
        Caller(Role.PARTNER, "tests", frozenset({REGION})),
        Caller(Role.CAE, "tests", siren=Siren(new_siren())),
    ):
        with pytest.raises(DBAPIError, match="row-level security"):
            await world.insert(caller)


async def test_it_is_of_the_loan_s_own_cae(world: World) -> None:
    stranger = Siren(new_siren())
    with pytest.raises(DBAPIError, match="fk_repayment_declarations_loan_id"):
        await world.insert(Caller(Role.CAE, "tests", siren=stranger), cae_siren=stranger)


async def test_no_cae_confirms_its_own_word(world: World) -> None:
    repayment_id = UUID(world.repayment["id"])
    with pytest.raises(DBAPIError, match="row-level security"):
        await world.insert(world.cae, status="confirmed", repayment_id=repayment_id)
    for status in ("confirmed", "rejected"):
        with pytest.raises(DBAPIError, match="row-level security"):
            await world.end(world.cae, status)
    with pytest.raises(DBAPIError, match="row-level security"):
        await world.end(OPERATOR, "withdrawn")
    assert await world.end(OPERATOR, "confirmed")


async def test_nobody_else_ends_it(world: World) -> None:
    for caller in (
        Caller(Role.OPERATOR, "tests", frozenset({"53"})),
        Caller(Role.PARTNER, "tests", frozenset({REGION})),
        Caller(Role.CAE, "tests", siren=Siren(new_siren())),
        Caller(Role.ADMIN, "tests"),
    ):
        assert not await world.end(caller, "withdrawn" if caller.role is Role.CAE else "confirmed")


async def test_one_repayment_confirms_one_declaration(world: World) -> None:
    assert await world.end(OPERATOR, "confirmed")
    second = new_id()
    await world.insert(world.cae, id=second)
    world.declaration = {"id": str(second)}
    with pytest.raises(DBAPIError, match="uq_repayment_declarations_repayment_id"):
        await world.end(OPERATOR, "confirmed")
