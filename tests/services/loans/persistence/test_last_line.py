"""What the database itself refuses, whatever the code above it does."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from services.kernel.access import Caller, Role
from services.loans.usecases.verify_ledger import verify_ledger
from services.runtime.database.transactions import asyncpg_url
from tests.services.loans.conftest import Lending

AUDITOR = Caller(Role.ADMIN, "tests")


@pytest.fixture
async def repaid(lending: Lending) -> Lending:
    """Who reaches no row is refused nothing: of each kind of fact that is tried there is one."""
    lost = await lending.loan((await lending.fund())["id"])
    bounced = await lending.repay(lost["id"], 100_00, "2024-03-15")
    await lending.reverse(bounced["id"], "2024-03-20")
    await lending.write_off(lost["id"], "2024-06-30")
    await lending.recover(lost["id"], 50_00, "2024-07-15")
    return lending


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE loans.journal_entries SET on_date = on_date",
        "DELETE FROM loans.journal_entries",
        "DELETE FROM loans.postings",
        "UPDATE loans.repayments SET amount_cents = 1",
        "DELETE FROM loans.repayments",
        "UPDATE loans.contributions SET paid_on = '2020-01-01'",
        "TRUNCATE loans.reversals",
        "DELETE FROM loans.recoveries",
    ],
)
async def test_facts_are_never_edited_or_deleted(repaid: Lending, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with repaid.api.database.of_all_tenants() as session:
            await session.execute(text(statement))
    assert re.search("append-only|never edited|permission denied", str(refused.value))


@pytest.mark.usefixtures("repaid")
async def test_not_even_their_owner_edits_them(owner_url: str) -> None:
    engine = create_async_engine(asyncpg_url(owner_url))
    with pytest.raises(DBAPIError, match="never edited"):
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE loans.repayments SET amount_cents = 1"))
    await engine.dispose()


async def test_a_promise_beyond_the_funds_money_is_refused(lending: Lending) -> None:
    fund = await lending.fund()
    update = text("UPDATE loans.funds SET committed_cents = :cents WHERE id = :id")

    async with lending.api.database.of_all_tenants() as session:
        await session.execute(update, {"cents": 80_000_00, "id": fund["id"]})
        await session.rollback()
    with pytest.raises(DBAPIError, match="would promise 1 cents more than it has"):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(update, {"cents": 80_000_01, "id": fund["id"]})


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ("repaid_cents = principal_cents + 1", "never_below_zero"),
        ("repaid_cents = principal_cents", "repaid_is_whole"),
        ("status = 'repaid'", "repaid_is_whole"),
        ("status = 'written_off'", "loss_is_whole"),
        (
            "written_off_on = disbursed_on, status = 'written_off', written_off_cause = 'death'",
            "loss_is_whole",
        ),
        ("recovered_cents = 1", "recovered_within_loss"),
        ("status = 'lost'", "status_known"),
    ],
)
async def test_a_loan_keeps_its_invariants(lending: Lending, changed: str, constraint: str) -> None:
    loan = await lending.loan((await lending.fund())["id"])

    with pytest.raises(DBAPIError, match=constraint):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(
                text(f"UPDATE loans.loans SET {changed} WHERE id = :id"),
                {"id": loan["id"]},
            )


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        ("UPDATE loans.loans SET repaid_cents = repaid_cents + 1 WHERE id = :loan", "loan-balance"),
        ("UPDATE loans.loan_shares SET credited_cents = 1 WHERE loan_id = :loan", "share-balance"),
        ("DELETE FROM loans.loan_shares WHERE loan_id = :loan", "share-balance"),
        ("UPDATE loans.funds SET committed_cents = 1 WHERE id = :fund", "committed"),
        ("UPDATE loans.instalments SET amount_cents = 1 WHERE loan_id = :loan AND rank = 1", "schedule"),
        ("UPDATE loans.instalments SET due_on = due_on + 1 WHERE loan_id = :loan", "schedule-of-facts"),
        ("DELETE FROM loans.schedule_versions WHERE loan_id = :loan", "version-of-facts"),
        ("UPDATE loans.loans SET next_due_on = '2030-01-01' WHERE id = :loan", "kept-date"),
        ("UPDATE loans.loans SET in_order_from = '2030-01-01' WHERE id = :loan", "kept-date"),
    ],
)
async def test_the_proof_finds_what_was_tampered_with(lending: Lending, tampering: str, check: str) -> None:
    fund = await lending.fund()
    loan = await lending.loan(fund["id"])
    known = {"loan": loan["id"], "fund": fund["id"]}
    assert await lending.differences() == []

    async with lending.api.database.of_all_tenants() as session:
        wanted = {name: value for name, value in known.items() if f":{name}" in tampering}
        await session.execute(text(tampering), wanted)
        found = await verify_ledger(session, AUDITOR)
        await session.rollback()

    assert check in {difference.check for difference in found.differences}
    assert found.compared["loans"] > 0
    assert await lending.differences() == []
