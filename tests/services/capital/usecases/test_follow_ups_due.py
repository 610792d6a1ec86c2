"""Which follow-ups fall due, each announced once. Paid on 1 March 2026: due in 2027, 2028, 2029."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.schemes import Scheme
from services.capital.duties import duties
from services.capital.usecases.announce_follow_ups import announce_follow_ups
from services.capital.usecases.list_follow_ups_due import (
    FollowUpsWanted,
    count_follow_ups_due,
    list_follow_ups_due,
)
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotAllowed
from tests.services.capital.conftest import Capital

PARTNER = Caller(Role.PARTNER, "tests", frozenset({"75"}))


async def paid(capital: Capital, on: date = date(2026, 3, 1), **rules: object) -> tuple[Scheme, Siren, UUID]:
    scheme, cae = await capital.scheme(**rules), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    await capital.pay(scheme, cae, [granted.id], on)
    return scheme, cae, granted.id


async def due(
    capital: Capital, scheme: Scheme, today: date, *, within_months: int = 0, caller: Caller | None = None
) -> list[tuple[int, date, int]]:
    """(months, due on, days late) of each."""
    wanted = FollowUpsWanted(within_months=within_months, scheme_id=scheme.id)
    caller = caller or capital.operator
    async with capital.database.transaction(caller, read_only=True) as session:
        found = await list_follow_ups_due(session, caller, wanted, after=None, limit=100, today=today)
        assert await count_follow_ups_due(session, caller, wanted, today=today) == len(found)
    return [(each.milestone.months, each.milestone.due_on, each.days_late(today)) for each in found]


async def announce(capital: Capital, today: date) -> int:
    async with capital.database.of_all_tenants(client="worker") as session:
        return await announce_follow_ups(session, today=today)


async def announced(capital: Capital, top_up_id: UUID) -> list[int]:
    """The months, in the order in which they were told."""
    told = text("""SELECT CAST(after ->> 'months' AS int) FROM capital.audit_trail
                    WHERE dossier_id = :id AND act = 'announce_follow_ups' ORDER BY id""")
    sent = text("""SELECT count(*) FROM capital.outbox
                    WHERE dossier_id = :id AND type = 'top_up.follow_up_due'""")
    async with capital.database.of_all_tenants(read_only=True) as session:
        months = list((await session.execute(told, {"id": top_up_id})).scalars())
        assert (await session.execute(sent, {"id": top_up_id})).scalar_one() == len(months)
    return months


async def test_what_falls_due_is_listed_with_what_is_late(capital: Capital) -> None:
    scheme, _, _ = await paid(capital)
    first, second = date(2027, 3, 1), date(2028, 3, 1)

    assert await due(capital, scheme, date(2027, 2, 28)) == []
    assert await due(capital, scheme, date(2027, 2, 28), within_months=1) == [(12, first, 0)]
    assert await due(capital, scheme, first) == [(12, first, 0)]
    assert await due(capital, scheme, date(2028, 3, 2)) == [(12, first, 367), (24, second, 1)]


async def test_months_are_those_of_the_rules_cut_to_the_month(capital: Capital) -> None:
    scheme, _, _ = await paid(capital, date(2026, 5, 31), follow_up_months=(1, 9))
    none, _, _ = await paid(capital, follow_up_months=())

    assert await due(capital, scheme, date(2027, 3, 1)) == [
        (1, date(2026, 6, 30), 244),
        (9, date(2027, 2, 28), 1),
    ]
    assert await due(capital, none, date(2030, 1, 1)) == []


async def test_only_what_was_paid_and_stays_paid_is_followed_up(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    granted, returned = await capital.award(scheme, cae, [2_000_00, 1_000_00])
    payment = await capital.pay(scheme, cae, [returned.id])
    await capital.reverse(payment.id)

    assert await due(capital, scheme, date(2030, 1, 1)) == []

    await capital.pay(scheme, cae, [granted.id, returned.id], date(2026, 4, 1))

    assert await due(capital, scheme, date(2027, 4, 1)) == [(12, date(2027, 4, 1), 0)] * 2


async def test_pages_follow_each_other_and_each_sees_its_own(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00] * 3)]
    await capital.pay(scheme, cae, ids)
    wanted = FollowUpsWanted(within_months=12, cae_siren=cae)
    seen, after = [], None
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        while True:
            found = await list_follow_ups_due(
                session, capital.operator, wanted, after=after, limit=2, today=date(2027, 3, 1)
            )
            seen += [(each.milestone.due_on, each.top_up.id) for each in found[:2]]
            if len(found) <= 2:
                break
            after = seen[-1]

    assert seen == sorted([(day, id_) for id_ in ids for day in (date(2027, 3, 1), date(2028, 3, 1))])
    own = Caller(Role.CAE, "tests", siren=cae)
    other = Caller(Role.CAE, "tests", siren=capital.new_cae())
    abroad = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
    for caller, number in ((own, 3), (PARTNER, 3), (other, 0), (abroad, 0)):
        assert len(await due(capital, scheme, date(2027, 3, 1), caller=caller)) == number
    funder = Caller(Role.FUNDER, "tests", siren="200053759")
    with pytest.raises(NotAllowed):
        await due(capital, scheme, date(2027, 3, 1), caller=funder)


async def test_a_partner_reads_no_name(capital: Capital) -> None:
    scheme, _, _ = await paid(capital)
    wanted = FollowUpsWanted(within_months=0, scheme_id=scheme.id)

    async with capital.database.transaction(PARTNER, read_only=True) as session:
        [seen] = await list_follow_ups_due(
            session, PARTNER, wanted, after=None, limit=1, today=date(2027, 3, 1)
        )

    assert (seen.top_up.entrepreneur.given_name, seen.top_up.entrepreneur.family_name) == (None, None)


async def test_each_month_is_announced_once_as_it_falls_due(capital: Capital) -> None:
    _, _, top_up_id = await paid(capital)

    for today in (
        date(2027, 2, 28),
        date(2027, 3, 1),
        date(2027, 3, 1),
        date(2027, 3, 2),
        date(2028, 3, 1),
        date(2029, 3, 1),
        date(2032, 1, 1),
    ):
        while await announce(capital, today):
            pass

    assert await announced(capital, top_up_id) == [12, 24, 36]


async def test_what_is_heard_of_late_is_announced_once_for_its_last_month(capital: Capital) -> None:
    """One answer is for all the months that have come."""
    _, _, top_up_id = await paid(capital)

    for today in (date(2028, 6, 1), date(2028, 6, 2), date(2029, 6, 1)):
        while await announce(capital, today):
            pass

    assert await announced(capital, top_up_id) == [24, 36]


async def test_a_payment_made_again_is_announced_by_its_own_days(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    payment = await capital.pay(scheme, cae, [granted.id])
    while await announce(capital, date(2027, 3, 1)):
        pass
    await capital.reverse(payment.id)
    await capital.pay(scheme, cae, [granted.id], date(2026, 6, 1))

    while await announce(capital, date(2027, 5, 31)):
        pass
    assert await announced(capital, granted.id) == [12]
    while await announce(capital, date(2027, 6, 1)):
        pass

    assert await announced(capital, granted.id) == [12, 12]


async def test_several_workers_announce_it_once(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00] * 3)]
    await capital.pay(scheme, cae, ids)

    await asyncio.gather(*(announce(capital, date(2027, 3, 1)) for _ in range(4)))

    assert [await announced(capital, top_up_id) for top_up_id in ids] == [[12]] * 3


async def test_the_worker_has_it_among_its_duties(capital: Capital) -> None:
    """By the day it is in Paris: what was paid in 2021 fell due for the last time in 2024."""
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae, paid_up_on=date(2021, 1, 15)))
    await capital.grant(asked.id, date(2021, 2, 1))
    await capital.pay(scheme, cae, [asked.id], date(2021, 3, 1))
    [duty] = [each for each in duties(capital.database) if each.name == "announce-follow-ups"]

    assert await duty.run() >= 1
    assert await duty.run() == 0

    assert await announced(capital, asked.id) == [36]
