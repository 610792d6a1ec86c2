"""Who finds no room waits in order, and is promoted when room comes back, whatever freed it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.awards import Reason
from services.capital.domain.refusals import OthersWait
from services.capital.domain.schemes import Period, ReservesAt, Scheme
from services.capital.domain.simulation import Contribution
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.expire_requests import expire_requests
from services.capital.usecases.promote_requests import promote_requests
from services.capital.usecases.read_waiting_list import WaitingFilter, read_waiting_list
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.capital.usecases.request_top_ups import request_top_ups
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.capital.usecases.withdraw_top_up import WithdrawTopUp, withdraw_top_up
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import Siren, parse_siret
from services.kernel.refusals import NotFound, StatusForbids
from tests.factories.capital import siret_of
from tests.services.capital.conftest import Capital

PAID_ON = date(2025, 6, 1)


async def with_line(capital: Capital, **changed: object) -> Scheme:
    return await capital.scheme(**({"reserves_at": ReservesAt.REQUEST, "waiting_list": True} | changed))


async def ask(
    capital: Capital, scheme: Scheme, cae: Siren, *amounts: int, today: date | None = None
) -> list[TopUp]:
    """As the CAE itself, which sees nobody else's requests."""
    caller = Caller(Role.CAE, "tests", siren=cae)
    orders = [capital.asking(scheme, cae, cents, paid_up_on=PAID_ON) for cents in amounts]
    async with capital.database.transaction(caller) as session:
        return await request_top_ups(
            session, caller, orders, today=today or capital.today, entrepreneur_key=capital.key
        )


async def promote(capital: Capital, today: date | None = None) -> None:
    """As the worker does: until nobody moves."""
    while True:
        async with capital.database.of_all_tenants(client="worker") as session:
            if not await promote_requests(session, today=today or capital.today):
                return


async def statuses(capital: Capital, asked: Sequence[TopUp]) -> list[str]:
    return [(await capital.read(top_up.id)).status.value for top_up in asked]


async def refuse(capital: Capital, top_up_id: UUID) -> None:
    async with capital.database.transaction(capital.operator) as session:
        order = RefuseTopUp(top_up_id=top_up_id, reason="x")
        await refuse_top_up(session, capital.operator, order, today=capital.today)


async def withdraw(capital: Capital, cae: Siren, top_up_id: UUID) -> None:
    caller = Caller(Role.CAE, "tests", siren=cae)
    async with capital.database.transaction(caller) as session:
        await withdraw_top_up(session, caller, WithdrawTopUp(top_up_id=top_up_id), today=capital.today)


async def cancel(capital: Capital, top_up_id: UUID) -> None:
    async with capital.database.transaction(capital.operator) as session:
        order = CancelTopUp(top_up_id=top_up_id, reason="x")
        await cancel_top_up(session, capital.operator, order, today=capital.today)


async def succeed(capital: Capital, scheme: Scheme, **changed: object) -> None:
    rules = {
        "valid_from": date(2025, 1, 1),
        "reserves_at": ReservesAt.REQUEST,
        "waiting_list": True,
    } | changed
    async with capital.database.transaction(capital.operator) as session:
        order = AddVersion(scheme_id=scheme.id, terms=replace(capital.terms, **rules))  # type: ignore[arg-type]
        await add_version(session, capital.operator, order, today=capital.today)


async def events(capital: Capital, top_up_id: UUID) -> list[str]:
    async with capital.database.of_all_tenants(read_only=True) as session:
        types = text("SELECT type FROM capital.outbox WHERE dossier_id = :id ORDER BY number")
        return list((await session.execute(types, {"id": top_up_id})).scalars())


async def places(capital: Capital, scheme: Scheme, caller: Caller | None = None) -> list[tuple[int, UUID]]:
    caller = caller or capital.operator
    async with capital.database.transaction(caller, read_only=True) as session:
        wanted = WaitingFilter(scheme_id=scheme.id)
        found = await read_waiting_list(session, caller, wanted, after=0, limit=100)
    return [(waiting.place, waiting.top_up.id) for waiting in found]


async def test_who_finds_no_room_waits_and_is_promoted_in_order(capital: Capital) -> None:
    scheme, cae = await with_line(capital, cae_cap_cents=4_000_00), capital.new_cae()

    asked = await ask(capital, scheme, cae, 2_000_00, 2_000_00, 2_000_00, 1_000_00)
    assert await statuses(capital, asked) == ["requested", "requested", "waiting", "waiting"]
    await promote(capital)
    assert await statuses(capital, asked) == ["requested", "requested", "waiting", "waiting"]
    with pytest.raises(StatusForbids):
        await capital.grant(asked[2].id)

    await withdraw(capital, cae, asked[0].id)
    # Room is there again, and somebody stands before.
    [late] = await ask(capital, scheme, cae, 1_000_00)
    assert late.status.value == "waiting"
    await promote(capital)

    assert await statuses(capital, asked) == ["withdrawn", "requested", "requested", "waiting"]
    first = await capital.read(asked[2].id)
    assert (first.reserved_cents, first.promoted_on) == (2_000_00, capital.today)
    assert await events(capital, first.id) == ["top_up.requested", "top_up.waiting", "top_up.promoted"]
    assert (await capital.grant(first.id)).award_cents == 2_000_00
    assert await capital.differences() == []


async def test_a_smaller_request_does_not_pass_a_larger_one(capital: Capital) -> None:
    scheme, cae = await with_line(capital, cae_cap_cents=3_000_00), capital.new_cae()
    asked = await ask(capital, scheme, cae, 2_000_00, 2_000_00, 1_000_00)

    await promote(capital)

    assert await statuses(capital, asked) == ["requested", "waiting", "waiting"]
    await withdraw(capital, cae, asked[1].id)
    await promote(capital)
    assert await statuses(capital, asked) == ["requested", "withdrawn", "requested"]
    assert await capital.differences() == []


async def test_who_waits_for_its_cap_keeps_no_other_cae_waiting(capital: Capital) -> None:
    scheme = await with_line(capital, cae_cap_cents=2_000_00, budget_cents=5_000_00)
    first, second, third = (capital.new_cae() for _ in range(3))

    of_first = await ask(capital, scheme, first, 2_000_00, 2_000_00)
    of_second = await ask(capital, scheme, second, 2_000_00)
    assert await statuses(capital, [*of_first, *of_second]) == ["requested", "waiting", "requested"]

    # 1 000 is left of the budget: the third needs more, and now all who need the budget wait behind it.
    of_third = await ask(capital, scheme, third, 2_000_00)
    fourth = await ask(capital, scheme, capital.new_cae(), 1_000_00)
    await promote(capital)
    assert await statuses(capital, [*of_third, *fourth]) == ["waiting", "waiting"]

    await withdraw(capital, second, of_second[0].id)
    await promote(capital)
    assert await statuses(capital, [*of_first, *of_third, *fourth]) == [
        "requested",
        "waiting",
        "requested",
        "requested",
    ]
    assert await capital.differences() == []


async def test_whatever_frees_room_promotes(capital: Capital) -> None:
    scheme, cae = await with_line(capital, cae_cap_cents=6_000_00, request_valid_days=30), capital.new_cae()
    granted, refused, expiring, *line = await ask(capital, scheme, cae, *[2_000_00] * 7)
    await capital.grant(granted.id)

    await cancel(capital, granted.id)
    await promote(capital)
    assert await statuses(capital, line) == ["requested", "waiting", "waiting", "waiting"]
    await refuse(capital, refused.id)
    await promote(capital)
    assert await statuses(capital, line) == ["requested", "requested", "waiting", "waiting"]
    later = today_in_paris() + timedelta(days=31)
    async with capital.database.of_all_tenants(client="worker") as session:
        await expire_requests(session, today=later)
    await promote(capital)
    assert (await capital.read(expiring.id)).status.value == "expired"
    # Who waits does not expire; who was promoted has its days from then on, all before the later day here.
    assert (await statuses(capital, line))[2:] == ["requested", "requested"]
    assert await capital.differences() == []


async def test_what_comes_back_of_a_paid_award_promotes(capital: Capital) -> None:
    scheme, cae = await with_line(capital, cae_cap_cents=2_000_00), capital.new_cae()
    paid, waiting = await ask(capital, scheme, cae, 2_000_00, 2_000_00)
    await capital.grant(paid.id)
    await capital.pay(scheme, cae, [paid.id])
    await capital.propose(paid.id)
    await capital.confirm(paid.id)
    await capital.receive(paid.id, 1_999_99)

    await promote(capital)
    assert await statuses(capital, [waiting]) == ["waiting"]
    await capital.receive(paid.id, 1)
    await promote(capital)

    assert await statuses(capital, [paid, waiting]) == ["clawed_back", "requested"]
    assert await capital.differences() == []


async def test_a_simulation_stands_behind_who_waits(capital: Capital) -> None:
    scheme = await with_line(capital, budget_cents=3_000_00)
    await ask(capital, scheme, capital.new_cae(), 2_000_00, 2_000_00)
    siret = parse_siret(siret_of(capital.new_cae()))
    order = SimulateTopUps(
        scheme_id=scheme.id, cae_siret=siret, contributions=[Contribution("T-1", 1_000_00, PAID_ON)]
    )

    async with capital.database.transaction(capital.operator, read_only=True) as session:
        simulation = await simulate_top_ups(session, capital.operator, order, today=capital.today)

    # 1 000 is left, and somebody waits for more of it.
    [award] = [line.award for line in simulation.awards]
    assert (simulation.room_before_cents, award.amount_cents, award.reason) == (
        1_000_00,
        0,
        Reason.OTHERS_WAIT,
    )


async def test_a_cap_raised_by_a_new_version_promotes(capital: Capital) -> None:
    scheme, cae = await with_line(capital, cae_cap_cents=2_000_00), capital.new_cae()
    asked = await ask(capital, scheme, cae, *[2_000_00] * 4)

    await succeed(capital, scheme, cae_cap_cents=6_000_00)
    await promote(capital)

    assert await statuses(capital, asked) == ["requested", "requested", "requested", "waiting"]
    await succeed(capital, scheme, valid_from=date(2025, 2, 1), waiting_list=False, cae_cap_cents=7_000_00)
    assert await statuses(capital, asked) == ["requested"] * 4
    assert [(await capital.read(top_up.id)).reserved_cents for top_up in asked] == [*[2_000_00] * 3, None]
    assert await capital.differences() == []


async def test_rules_that_open_a_line_put_in_it_who_finds_no_room(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    asked = await ask(capital, scheme, cae, *[2_000_00] * 3)

    await succeed(capital, scheme, cae_cap_cents=4_000_00)

    assert await statuses(capital, asked) == ["requested", "requested", "waiting"]
    assert [(await capital.read(top_up.id)).reserved_cents for top_up in asked] == [2_000_00, 2_000_00, None]
    await refuse(capital, asked[0].id)
    await promote(capital)
    assert await statuses(capital, asked) == ["refused", "requested", "requested"]
    assert await capital.differences() == []


async def test_the_years_turn_serves_first_who_was_kept_for_then_who_waits(capital: Capital) -> None:
    scheme = await with_line(capital, cae_cap_cents=4_000_00, cap_period=Period.CALENDAR_YEAR)
    cae, last_year = capital.new_cae(), date(2025, 12, 30)
    kept, *line = await ask(capital, scheme, cae, *[2_000_00] * 4, today=last_year)
    await promote(capital, last_year)
    assert await statuses(capital, [kept, *line]) == ["requested", "requested", "waiting", "waiting"]
    await capital.grant(line[0].id, last_year)
    # The new year has begun, and its room is those' who asked before.
    [new] = await ask(capital, scheme, cae, 2_000_00)
    assert new.status.value == "waiting"

    await promote(capital)

    assert (await capital.read(kept.id)).reserved_on == capital.today
    assert await statuses(capital, [*line[1:], new]) == ["requested", "waiting", "waiting"]
    assert (await capital.grant(kept.id)).award_cents == 2_000_00
    assert await capital.differences() == []


async def test_the_place_is_shown_to_whom_it_concerns(capital: Capital) -> None:
    scheme = await with_line(capital, budget_cents=2_000_00)
    first, second = capital.new_cae(), capital.new_cae()
    _, waiting = await ask(capital, scheme, first, 2_000_00, 2_000_00)
    [behind] = await ask(capital, scheme, second, 2_000_00)

    assert await places(capital, scheme) == [(1, waiting.id), (2, behind.id)]
    assert await places(capital, scheme, Caller(Role.CAE, "tests", siren=second)) == [(2, behind.id)]
    assert await places(capital, scheme, Caller(Role.CAE, "tests", siren=capital.new_cae())) == []
    with pytest.raises(NotFound):
        await places(capital, scheme, Caller(Role.OPERATOR, "tests", frozenset({"84"})))
    await withdraw(capital, first, waiting.id)
    assert await places(capital, scheme) == [(1, behind.id)]


async def test_what_keeps_nothing_is_not_granted_past_who_waits(capital: Capital) -> None:
    """A second request of a person already served keeps nothing, and is free to be granted later on."""
    scheme, cae = await with_line(capital, cae_cap_cents=4_000_00), capital.new_cae()
    orders = [capital.asking(scheme, cae, reference="T-1", paid_up_on=PAID_ON) for _ in range(2)]
    first, second = await capital.request(*orders)
    other, waiting = await ask(capital, scheme, cae, 2_000_00, 2_000_00)
    assert await statuses(capital, [first, second, other, waiting]) == [
        "requested",
        "requested",
        "requested",
        "waiting",
    ]
    await withdraw(capital, cae, first.id)

    with pytest.raises(OthersWait):
        await capital.grant(second.id)

    await promote(capital)
    assert await statuses(capital, [waiting]) == ["requested"]
    assert await capital.differences() == []


async def test_who_cannot_be_granted_any_more_leaves_the_line(capital: Capital) -> None:
    scheme, cae = await with_line(capital, cae_cap_cents=4_000_00, request_window_months=6), capital.new_cae()
    orders = [
        capital.asking(scheme, cae, paid_up_on=date(2026, 1, 15), requested_on=asked_on)
        for asked_on in (date(2026, 2, 1), date(2026, 2, 1), None, date(2026, 2, 1))
    ]
    kept, other, undated, behind = await capital.request(*orders)
    assert await statuses(capital, [undated, behind]) == ["waiting", "waiting"]
    await withdraw(capital, cae, other.id)

    # No paper says when it was asked: by the day of its decision, which is too late by now.
    await promote(capital, date(2026, 8, 1))

    assert await statuses(capital, [kept, undated, behind]) == ["requested"] * 3
    keeping = [(await capital.read(top_up.id)).reserved_cents for top_up in (undated, behind)]
    assert keeping == [None, 2_000_00]
    assert await capital.differences() == []


async def test_a_long_line_moves_as_a_whole_and_starves_nobody(capital: Capital) -> None:
    scheme = await with_line(capital, cae_cap_cents=None, budget_cents=1_000_00)
    first, second = capital.new_cae(), capital.new_cae()
    await ask(capital, scheme, first, 1_000_00)
    of_first = await ask(capital, scheme, first, *[1_000_00] * 45)
    of_second = await ask(capital, scheme, second, 1_000_00)
    blocked = await ask(capital, scheme, first, *[1_000_00] * 5)

    await succeed(capital, scheme, cae_cap_cents=None, budget_cents=46_000_00)
    await promote(capital)
    assert set(await statuses(capital, of_first)) == {"requested"}
    assert await statuses(capital, [*of_second, *blocked]) == ["waiting"] * 6

    await succeed(
        capital, scheme, valid_from=date(2025, 2, 1), cae_cap_cents=46_000_00, budget_cents=90_000_00
    )
    await promote(capital)
    assert await statuses(capital, [*of_second, *blocked]) == ["requested", *["waiting"] * 5]
    assert await capital.differences() == []
