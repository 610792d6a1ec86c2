"""Whose membership deadline is near is said 6, 3 and 1 months before: each once, whoever asks again."""

import asyncio
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.capital.domain.top_ups import TopUp
from services.capital.usecases.announce_membership_deadlines import announce_membership_deadlines
from services.kernel.contracts import Contract, ContractKind
from tests.services.capital.conftest import Capital


async def announce(capital: Capital, today: date) -> int:
    async with capital.database.of_all_tenants(client="worker") as session:
        return await announce_membership_deadlines(session, today=today)


async def announced(capital: Capital, *dossiers: UUID) -> list[list[int]]:
    """The months before, of each dossier, in the order in which they were told."""
    query = text("""SELECT dossier_id, CAST(after ->> 'months' AS int) AS months FROM capital.audit_trail
                     WHERE act = 'announce_membership_deadlines' ORDER BY id""")
    found: dict[UUID, list[int]] = {dossier: [] for dossier in dossiers}
    async with capital.database.of_all_tenants(read_only=True) as session:
        for row in await session.execute(query):
            found.get(row.dossier_id, []).append(row.months)
    return list(found.values())


async def due_on(capital: Capital, started_on: date, **changed: object) -> TopUp:
    """A CESA's deadline is three years after it started."""
    scheme, contract = await capital.scheme(), Contract(ContractKind.CESA, started_on)
    order = capital.asking(scheme, capital.new_cae(), contract=contract, **changed)  # type: ignore[arg-type]
    [asked] = await capital.request(order)
    return asked


async def test_a_deadline_is_announced_six_three_and_one_months_before(capital: Capital) -> None:
    """Due on 15 March 2027."""
    top_up = await due_on(capital, date(2024, 3, 15))

    for today in (
        date(2026, 9, 14),  # more than six months
        date(2026, 9, 15),
        date(2026, 9, 15),
        date(2026, 12, 14),
        date(2026, 12, 15),
        date(2027, 2, 14),
        date(2027, 2, 15),
        date(2027, 3, 15),
        date(2027, 3, 16),  # too late to be near
    ):
        await announce(capital, today)

    assert await announced(capital, top_up.id) == [[6, 3, 1]]
    async with capital.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT type FROM capital.outbox WHERE dossier_id = :id ORDER BY number")
        types = (await session.execute(query, {"id": top_up.id})).scalars().all()
    assert types == ["top_up.requested", *["membership.deadline_near"] * 3]


async def test_what_is_first_heard_of_late_is_announced_once(capital: Capital) -> None:
    top_up = await due_on(capital, date(2024, 4, 1))

    await announce(capital, date(2027, 3, 20))
    await announce(capital, date(2027, 3, 21))

    assert await announced(capital, top_up.id) == [[1]]


async def test_who_is_a_member_or_passed_is_left_alone(capital: Capital) -> None:
    member = await due_on(capital, date(2024, 5, 1), admitted_on=date(2026, 1, 1))
    passed = await due_on(capital, date(2022, 5, 1))

    await announce(capital, date(2027, 4, 20))

    assert await announced(capital, member.id, passed.id) == [[], []]


async def test_several_workers_announce_it_once(capital: Capital) -> None:
    top_ups = [await due_on(capital, date(2024, 6, 20)) for _ in range(3)]

    await asyncio.gather(*(announce(capital, date(2027, 6, 1)) for _ in range(4)))

    assert await announced(capital, *(top_up.id for top_up in top_ups)) == [[1]] * 3
