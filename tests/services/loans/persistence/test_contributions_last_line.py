"""What the database itself refuses of conventions, settings and withdrawals, whatever the code does."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import Siren, new_id
from services.loans.domain.ledger import EntryKind, entry_of_fund
from services.loans.persistence import funds, journal
from tests.services.loans.conftest import STATE, Json, Lending
from tests.services.loans.rest.test_contributions import EIGHTY_TWENTY, pay, pledge, withdraw

CONTRIBUTION = """
    INSERT INTO loans.contributions (id, fund_id, region, funder_id, convention, amount_cents, paid_on)
    SELECT :id, fund_id, region, id, 'C-1', :cents, '2023-01-01' FROM loans.funders
     WHERE fund_id = :fund AND siren = :siren
"""
WITHDRAWAL = """
    INSERT INTO loans.withdrawals
           (id, fund_id, region, funder_id, amount_cents, withdrawn_on, reference, reason)
    SELECT :id, fund_id, region, id, :cents, '2024-06-01', 'V', 'R' FROM loans.funders
     WHERE fund_id = :fund AND siren = :siren
"""


KINDS = {
    CONTRIBUTION: (EntryKind.CONTRIBUTION, date(2023, 1, 1)),
    WITHDRAWAL: (EntryKind.WITHDRAWAL, date(2024, 6, 1)),
}


async def write(lending: Lending, fund: Json, statement: str, cents: int) -> str:
    """In a transaction of its own with its entry, as the code does, but without any of the code's locks."""
    values = {"id": new_id(), "fund": fund["id"], "siren": STATE["siren"], "cents": cents}
    kind, on = KINDS[statement]
    try:
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(text(statement), values)
            funder = await funds.find_funder(session, UUID(fund["id"]), Siren(STATE["siren"]))
            entry = entry_of_fund(kind, on, {funder.id: cents}, fund_id=funder.fund_id, region="84")
            await journal.add(session, [entry])
    except DBAPIError as refused:
        return str(refused.orig)
    return "done"


def outcomes(done: Sequence[str], refusal: str) -> tuple[int, int]:
    return done.count("done"), sum(refusal in one for one in done)


async def test_payments_at_once_never_exceed_the_pledge(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    await pledge(lending, fund, amount_cents=5_000_00)

    done = await asyncio.gather(*(write(lending, fund, CONTRIBUTION, 1_500_00) for _ in range(8)))

    assert outcomes(done, "paid_within_pledge") == (3, 5)
    (kept,) = (await lending.read(f"funds/{fund['id']}/pledges"))["items"]
    assert kept["paid_cents"] == 4_500_00
    assert await lending.differences() == []


async def test_withdrawals_at_once_never_exceed_what_is_free(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    await lending.approved(fund["id"], amount_cents=8_000_00)

    done = await asyncio.gather(*(write(lending, fund, WITHDRAWAL, 600_00) for _ in range(8)))

    assert outcomes(done, "more than it has") == (3, 5)


async def test_no_funder_takes_back_more_than_it_paid_in(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)

    assert "more than it has paid in" in await write(lending, fund, WITHDRAWAL, 2_000_01)


async def test_a_promise_counts_what_was_taken_back(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    await withdraw(lending, fund, STATE, 2_000_00, "2024-06-01")

    with pytest.raises(DBAPIError, match="would promise 1 cents more than it has"):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(
                text("UPDATE loans.funds SET committed_cents = 800001 WHERE id = :id"), {"id": fund["id"]}
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE loans.pledges SET amount_cents = amount_cents + 1",
        "DELETE FROM loans.pledges",
        "UPDATE loans.planned_payments SET amount_cents = 1",
        "UPDATE loans.withdrawals SET amount_cents = 1",
        "DELETE FROM loans.withdrawals",
        "DELETE FROM loans.fund_settings",
    ],
)
async def test_facts_are_never_edited_or_deleted(lending: Lending, statement: str) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    await pledge(lending, fund)
    with pytest.raises(DBAPIError, match=r"append-only|never edited|permission denied"):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(text(statement))


async def test_what_is_paid_on_a_pledge_is_never_told_but_counted(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    await pledge(lending, fund)
    await pay(lending, fund, 1_00)
    async with lending.api.database.of_all_tenants() as session:
        kept = await session.scalar(
            text("UPDATE loans.pledges SET paid_cents = 7 WHERE fund_id = :id RETURNING paid_cents"),
            {"id": fund["id"]},
        )
    assert kept == 1_00


@pytest.mark.parametrize(
    ("version", "valid_from", "refusal"),
    [
        (3, date(2021, 1, 1), "does not follow"),
        (2, date(2020, 1, 1), "valid_from"),
        (2, date(2019, 12, 31), "does not follow"),
        (1, date(2021, 1, 1), "pk_fund_settings"),
        (2, date(2021, 1, 1), None),
    ],
)
async def test_versions_of_settings_follow_each_other(
    lending: Lending, version: int, valid_from: date, refusal: str | None
) -> None:
    fund = await lending.fund(contributions=())
    copied = """
        INSERT INTO loans.fund_settings
               (fund_id, version, region, valid_from, grace_included, lend_in_arrears, quorum)
        VALUES (:fund, :version, '84', :valid_from, true, true, 3)
    """
    values: dict[str, Any] = {"fund": fund["id"], "version": version, "valid_from": valid_from}

    async def add() -> None:
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(text(copied), values)

    if refusal is None:
        await add()
    else:
        with pytest.raises(DBAPIError, match=refusal):
            await add()


async def test_a_version_is_edited_only_while_it_is_to_come(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    tomorrow = (today_in_paris() + timedelta(days=1)).isoformat()
    body = {"settings": {"quorum": 2}, "valid_from": tomorrow}
    await lending.operator.patch(f"/v1/funds/{fund['id']}", json=body, headers={"If-Match": "*"})
    update = text("UPDATE loans.fund_settings SET quorum = 7 WHERE fund_id = :fund AND version = :version")

    async with lending.api.database.of_all_tenants() as session:
        await session.execute(update, {"fund": fund["id"], "version": 2})
    with pytest.raises(DBAPIError, match="it is never edited"):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(update, {"fund": fund["id"], "version": 1})
