"""A followed dossier: what the proof finds wrong in it, and when it ends for retention.

Paid on 1 March 2021 and followed up after 12 and 24 months.
"""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.follow_ups import Check
from services.capital.persistence.ledger_proof import prove
from services.capital.persistence.personal_dossiers import KINDS
from services.capital.usecases.record_follow_up import RecordFollowUp, record_follow_up
from tests.services.capital.conftest import Capital


async def paid(capital: Capital, **rules: object) -> UUID:
    scheme, cae = await capital.scheme(**({"follow_up_months": (12, 24)} | rules)), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae, paid_up_on=date(2021, 1, 15)))
    await capital.grant(asked.id, date(2021, 2, 1))
    await capital.pay(scheme, cae, [asked.id], date(2021, 3, 1))
    return asked.id


async def see(capital: Capital, top_up_id: UUID, checked_on: date, kept_cents: int = 2_000_00) -> None:
    check = Check(
        checked_on=checked_on, still_member=True, capital_kept_cents=kept_cents, evidence="Registre"
    )
    async with capital.database.transaction(capital.operator) as session:
        order = RecordFollowUp(top_up_id=top_up_id, check=check)
        await record_follow_up(session, capital.operator, order, today=capital.today)


async def ending(capital: Capital, top_up_id: UUID) -> tuple[str, date] | None:
    [kind] = KINDS
    query = text(f"SELECT ending, ended_on FROM ({kind.ends}) AS ended WHERE id = :id")
    async with capital.database.of_all_tenants(read_only=True) as session:
        row = (await session.execute(query, {"id": top_up_id})).one_or_none()
    return None if row is None else (row.ending, row.ended_on)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (
            "proven_months = 12",
            {("proven-months-equal-answers", 24, 12), ("closed-when-the-last-month-is-proven", 1, 0)},
        ),
        (
            "proven_months = 25",
            {("proven-months-equal-answers", 24, 25), ("closed-when-the-last-month-is-proven", 1, 0)},
        ),
    ],
)
async def test_the_proof_compares_the_dossier_with_its_answers(
    capital: Capital, damage: str, expected: set[tuple[str, int, int]]
) -> None:
    top_up_id = await paid(capital)
    await see(capital, top_up_id, date(2022, 3, 1))
    await see(capital, top_up_id, date(2023, 3, 1))
    assert await capital.differences() == []

    async with capital.database.of_all_tenants() as session:
        await session.execute(text(f"UPDATE capital.top_ups SET {damage} WHERE id = '{top_up_id}'"))
        proof = await prove(session)
        await session.rollback()

    assert {(each.check, each.expected_cents, each.found_cents) for each in proof.differences} == expected


async def test_a_dossier_that_is_followed_up_ends_with_its_last_month(capital: Capital) -> None:
    """Whether anybody answers or not: what nobody follows is not kept for ever."""
    followed, never = await paid(capital), await paid(capital, follow_up_months=())

    assert await ending(capital, never) == ("carried_out", date(2021, 3, 1))
    assert await ending(capital, followed) == ("carried_out", date(2023, 3, 1))
    await see(capital, followed, date(2022, 3, 1))
    assert await ending(capital, followed) == ("carried_out", date(2023, 3, 1))


async def test_a_closed_dossier_ends_with_the_answer_that_closed_it(capital: Capital) -> None:
    top_up_id = await paid(capital)

    await see(capital, top_up_id, date(2023, 5, 10))

    assert await ending(capital, top_up_id) == ("carried_out", date(2023, 5, 10))


async def test_a_dossier_that_is_asked_back_is_open(capital: Capital) -> None:
    top_up_id = await paid(capital)

    await see(capital, top_up_id, date(2022, 5, 10), kept_cents=0)

    assert await ending(capital, top_up_id) is None
