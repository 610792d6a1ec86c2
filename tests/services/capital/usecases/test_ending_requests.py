"""A request is given up by its CAE, or expires: once, and never one that was granted meanwhile."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.top_ups import TopUp
from services.capital.usecases.expire_requests import expire_requests
from services.capital.usecases.withdraw_top_up import WithdrawTopUp, withdraw_top_up
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound, Refusal, StatusForbids
from tests.services.capital.conftest import Capital


async def withdraw(capital: Capital, siren: Siren, top_up_id: UUID) -> TopUp:
    cae = Caller(Role.CAE, "tests", siren=siren)
    async with capital.database.transaction(cae) as session:
        return await withdraw_top_up(
            session, cae, WithdrawTopUp(top_up_id=top_up_id, reason="Départ"), today=capital.today
        )


async def expire(capital: Capital, today: date) -> int:
    async with capital.database.of_all_tenants(client="worker") as session:
        return await expire_requests(session, today=today)


async def told(capital: Capital, top_up_id: UUID) -> tuple[str, list[str]]:
    async with capital.database.of_all_tenants(read_only=True) as session:
        status = await session.execute(
            text("SELECT status FROM capital.top_ups WHERE id = :id"), {"id": top_up_id}
        )
        types = text("SELECT type FROM capital.outbox WHERE dossier_id = :id ORDER BY number")
        return status.scalar_one(), list((await session.execute(types, {"id": top_up_id})).scalars())


async def test_a_cae_gives_up_its_own_request_once(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae))
    with pytest.raises(NotFound):
        await withdraw(capital, capital.new_cae(), asked.id)

    withdrawn = await withdraw(capital, cae, asked.id)

    assert (withdrawn.status.value, withdrawn.reason, withdrawn.revision) == ("withdrawn", "Départ", 2)
    assert await told(capital, asked.id) == ("withdrawn", ["top_up.requested", "top_up.withdrawn"])
    with pytest.raises(StatusForbids):
        await withdraw(capital, cae, asked.id)
    with pytest.raises(StatusForbids):
        await capital.grant(asked.id)


async def test_what_was_granted_is_not_withdrawn(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])

    with pytest.raises(StatusForbids):
        await withdraw(capital, cae, granted.id)
    assert await capital.differences() == []


async def test_a_grant_and_a_withdrawal_at_once_leave_one_outcome(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    for top_up in await capital.request(*(capital.asking(scheme, cae, 1_000_00) for _ in range(6))):
        outcomes = await asyncio.gather(
            capital.grant(top_up.id), withdraw(capital, cae, top_up.id), return_exceptions=True
        )

        [done] = [outcome for outcome in outcomes if isinstance(outcome, TopUp)]
        assert [type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)] == [StatusForbids]
        assert (await told(capital, top_up.id))[0] == done.status.value
    assert await capital.differences() == []


async def test_a_request_expires_the_day_after_its_last_once_and_by_its_own_rules(capital: Capital) -> None:
    recorded_on = today_in_paris()
    lasting, short = await capital.scheme(), await capital.scheme(request_valid_days=30)
    [kept] = await capital.request(capital.asking(lasting, capital.new_cae()))
    asked, granted = await capital.request(
        *(capital.asking(short, capital.new_cae(), requested_on=date(2026, 1, 20)) for _ in range(2))
    )
    await capital.grant(granted.id)

    await expire(capital, recorded_on + timedelta(days=30))
    assert (await told(capital, asked.id))[0] == "requested"
    both = await asyncio.gather(*(expire(capital, recorded_on + timedelta(days=31)) for _ in range(2)))

    assert sum(both) >= 1
    assert await expire(capital, recorded_on + timedelta(days=31)) == 0
    assert await told(capital, asked.id) == ("expired", ["top_up.requested", "top_up.expired"])
    assert (await told(capital, granted.id))[0] == "granted"
    assert (await told(capital, kept.id))[0] == "requested"
    with pytest.raises(StatusForbids):
        await capital.grant(asked.id)
