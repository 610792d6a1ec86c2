"""What the database itself refuses of clawbacks, and what the proof finds of what it cannot refuse."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.persistence.ledger_proof import prove
from tests.services.capital.conftest import Capital


async def run(capital: Capital, statement: str, **values: object) -> None:
    async with capital.database.of_all_tenants() as session:
        await session.execute(text(statement), values)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount_cents = paid_cents + 1", "amount_within_paid"),
        ("amount_cents = 0, received_cents = 0", "amount_within_paid"),
        ("received_cents = amount_cents + 1", "received_within_amount"),
        ("confirmed_on = NULL", "received_when_confirmed"),
        ("confirmed_on = proposed_on - 1", "confirmed_after_proposed"),
        ("withdrawn_on = proposed_on", "withdrawn_before_confirmed"),
        (
            "received_cents = 0, confirmed_on = NULL, withdrawn_on = proposed_on, waived_on = proposed_on",
            "ends_one_way",
        ),
        ("waived_on = proposed_on - 1", "waived_after_proposed"),
        ("received_cents = amount_cents, waived_on = proposed_on", "waived_of_a_rest"),
        ("computed_cents = unearned_cents + 1", "computed_within_unearned"),
        ("unearned_cents = paid_cents + 1", "unearned_within_paid"),
        ("rule = 'half'", "rule_known"),
    ],
)
async def test_a_clawback_keeps_its_invariants(capital: Capital, change: str, constraint: str) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)
    await capital.receive(top_up_id, 500_00)

    with pytest.raises(IntegrityError, match=constraint):
        await run(capital, f"UPDATE capital.clawbacks SET {change} WHERE top_up_id = :id", id=top_up_id)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("clawed_back_cents = award_cents + 1", "clawed_back_within_award"),
        ("clawed_back_cents = -1", "clawed_back_within_award"),
        ("status = 'paid'", "clawed_back_when_proposed"),
        ("status = 'closed'", "clawed_back_when_proposed"),
        ("status = 'clawed_back', clawed_back_cents = 0", "clawed_back_by_cents"),
    ],
)
async def test_a_dossier_says_what_came_back(capital: Capital, change: str, constraint: str) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)
    await capital.receive(top_up_id, 500_00)

    with pytest.raises(IntegrityError, match=constraint):
        await run(capital, f"UPDATE capital.top_ups SET {change} WHERE id = :id", id=top_up_id)


async def test_a_top_up_has_one_clawback_that_stands(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)
    await capital.withdraw_clawback(top_up_id)
    await capital.propose(top_up_id)

    with pytest.raises(IntegrityError, match="uq_clawbacks_top_up_id"):
        await run(
            capital, "UPDATE capital.clawbacks SET withdrawn_on = NULL WHERE top_up_id = :id", id=top_up_id
        )


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (
            "UPDATE capital.clawbacks SET received_cents = 40000 WHERE top_up_id = '{id}'",
            {
                ("clawback-receipts-add-up", 400_00, 500_00),
                ("clawed-back-equals-its-receipts", 400_00, 500_00),
                ("receivable-equals-asked-and-not-received", 1_600_00, 1_500_00),
            },
        ),
        (
            """UPDATE capital.clawback_parts SET amount_cents = 39999
                WHERE receipt_id = '{receipt}' AND rank = 1""",
            {
                ("clawback-parts-add-up", 500_00, 499_99),
                ("clawback-part-equals-its-posting", 399_99, 400_00),
            },
        ),
        (
            "UPDATE capital.top_ups SET clawed_back_cents = 60000 WHERE id = '{id}'",
            {
                ("clawed-back-equals-its-receipts", 500_00, 600_00),
                ("cap-counter-equals-awards", 1_400_00, 1_500_00),
            },
        ),
        (
            "UPDATE capital.top_ups SET status = 'waived' WHERE id = '{id}'",
            {("clawback-says-its-status", 1, 0)},
        ),
        (
            "UPDATE capital.clawbacks SET amount_cents = 190000 WHERE top_up_id = '{id}'",
            {
                ("clawback-equals-its-entries", 1_900_00, 2_000_00),
                ("receivable-equals-asked-and-not-received", 1_400_00, 1_500_00),
            },
        ),
    ],
)
async def test_each_kind_of_difference_is_found(
    capital: Capital, unguarded: AsyncSession, damage: str, expected: set[tuple[str, int, int]]
) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)
    receipt = (await capital.receive(top_up_id, 500_00)).receipts[0]

    await unguarded.execute(text(damage.format(id=top_up_id, receipt=receipt.id)))
    proof = await prove(unguarded)
    await unguarded.rollback()

    found = {(one.check, one.expected_cents, one.found_cents) for one in proof.differences}
    assert found == expected
    assert await capital.differences() == []
