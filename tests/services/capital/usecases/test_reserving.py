"""Room kept from the request on, and free again when the request ends: never a cent over, never room lost."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.capital.domain.awards import Reason
from services.capital.domain.refusals import CaeCapReached, SchemeBudgetExhausted
from services.capital.domain.schemes import Period, ReservesAt, Scheme, Version
from services.capital.domain.simulation import Contribution
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.expire_requests import expire_requests
from services.capital.usecases.grant_top_ups import Decision, GrantTopUps, grant_top_ups
from services.capital.usecases.read_caps import read_cap
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.capital.usecases.request_batch import RequestBatch, request_batch
from services.capital.usecases.request_top_ups import request_top_up
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.capital.usecases.withdraw_top_up import WithdrawTopUp, withdraw_top_up
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import Siren, parse_siret
from services.kernel.refusals import Refusal
from tests.factories.capital import siret_of
from tests.services.capital.conftest import Capital


async def reserving(capital: Capital, **changed: object) -> Scheme:
    return await capital.scheme(**({"reserves_at": ReservesAt.REQUEST} | changed))


async def used(capital: Capital, scheme: Scheme, cae: Siren, today: date | None = None) -> int:
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        cap = await read_cap(session, capital.operator, scheme.id, cae, today=today or capital.today)
    return cap.used_cents


async def ask_as_cae(
    capital: Capital, scheme: Scheme, cae: Siren, today: date, cents: int = 2_000_00
) -> TopUp:
    caller = Caller(Role.CAE, "tests", siren=cae)
    async with capital.database.transaction(caller) as session:
        order = capital.asking(scheme, cae, paid_up_on=date(2025, 6, 1))
        return await request_top_up(session, caller, order, today=today, entrepreneur_key=capital.key)


async def refuse(capital: Capital, top_up_id: UUID) -> TopUp:
    async with capital.database.transaction(capital.operator) as session:
        order = RefuseTopUp(top_up_id=top_up_id, reason="x")
        return await refuse_top_up(session, capital.operator, order, today=capital.today)


async def withdraw(capital: Capital, cae: Siren, top_up_id: UUID) -> TopUp:
    caller = Caller(Role.CAE, "tests", siren=cae)
    async with capital.database.transaction(caller) as session:
        order = WithdrawTopUp(top_up_id=top_up_id)
        return await withdraw_top_up(session, caller, order, today=capital.today)


async def succeed(capital: Capital, scheme: Scheme, **changed: object) -> Version:
    terms = replace(capital.terms, **({"valid_from": date(2026, 1, 1)} | changed))  # type: ignore[arg-type]
    async with capital.database.transaction(capital.operator) as session:
        order = AddVersion(scheme_id=scheme.id, terms=terms)
        return await add_version(session, capital.operator, order, today=capital.today)


async def test_a_request_keeps_its_room_and_the_next_finds_none(capital: Capital) -> None:
    scheme, cae = await reserving(capital, cae_cap_cents=3_500_00), capital.new_cae()

    [first] = await capital.request(capital.asking(scheme, cae))
    with pytest.raises(CaeCapReached) as refusal:
        await capital.request(capital.asking(scheme, cae))

    assert (first.reserved_cents, first.reserved_on) == (2_000_00, capital.today)
    assert (refusal.value.facts["room_cents"], refusal.value.facts["used_cents"]) == (1_500_00, 2_000_00)
    assert await capital.read(first.id) == first
    assert await used(capital, scheme, cae) == 2_000_00
    granted = await capital.grant(first.id)
    assert (granted.award_cents, granted.reserved_cents, granted.reserved_on) == (2_000_00, None, None)
    assert await used(capital, scheme, cae) == 2_000_00
    assert await capital.differences() == []


async def test_a_cae_keeps_room_and_frees_it_itself(capital: Capital) -> None:
    scheme = await reserving(capital, cae_cap_cents=4_000_00, budget_cents=5_000_00)
    cae, other = capital.new_cae(), capital.new_cae()

    kept = [await ask_as_cae(capital, scheme, cae, capital.today) for _ in range(2)]
    with pytest.raises(SchemeBudgetExhausted):
        await ask_as_cae(capital, scheme, other, capital.today)
    withdrawn = await withdraw(capital, cae, kept[0].id)
    again = await ask_as_cae(capital, scheme, other, capital.today)

    assert (withdrawn.reserved_cents, again.reserved_cents) == (None, 2_000_00)
    assert await used(capital, scheme, cae) == await used(capital, scheme, other) == 2_000_00
    assert await capital.differences() == []


async def test_a_part_is_kept_where_parts_are_given(capital: Capital) -> None:
    scheme, cae = await reserving(capital, cae_cap_cents=3_300_00, partial_awards=True), capital.new_cae()

    whole, part = await capital.request(capital.asking(scheme, cae), capital.asking(scheme, cae))
    await refuse(capital, whole.id)

    assert (whole.reserved_cents, part.reserved_cents) == (2_000_00, 1_300_00)
    # What came back meanwhile completes it.
    assert (await capital.grant(part.id)).award_cents == 2_000_00
    assert await capital.differences() == []


async def test_what_cannot_be_granted_keeps_nothing_and_is_recorded(capital: Capital) -> None:
    scheme = await reserving(capital, cae_cap_cents=2_000_00, request_window_months=1)
    cae = capital.new_cae()

    below, late, first, again = await capital.request(
        capital.asking(scheme, cae, 999_99, requested_on=date(2026, 2, 1)),
        capital.asking(scheme, cae, requested_on=date(2026, 3, 1)),
        capital.asking(scheme, cae, reference="T-1", requested_on=date(2026, 2, 1)),
        capital.asking(scheme, cae, reference="T-1", requested_on=date(2026, 2, 1)),
    )

    kept = [top_up.reserved_cents for top_up in (below, late, first, again)]
    assert kept == [None, None, 2_000_00, None]
    for top_up, code in ((below, "below-floor"), (late, "too-late")):
        with pytest.raises(Refusal) as refusal:
            await capital.grant(top_up.id, date(2026, 3, 2))
        assert refusal.value.code == code
    assert await capital.differences() == []


async def test_who_will_be_a_member_in_time_keeps_room(capital: Capital) -> None:
    scheme = await reserving(capital, min_membership_months=6)
    soon, never = await capital.request(
        capital.asking(scheme, capital.new_cae(), admitted_on=date(2026, 3, 1)),
        capital.asking(scheme, capital.new_cae()),
    )

    assert (soon.reserved_cents, never.reserved_cents) == (2_000_00, None)


async def test_refusal_and_expiry_free_what_was_kept(capital: Capital) -> None:
    scheme = await reserving(capital, request_valid_days=30, budget_cents=20_000_00)
    cae = capital.new_cae()
    refused, expiring, kept = await capital.request(*(capital.asking(scheme, cae) for _ in range(3)))
    await capital.grant(kept.id)

    await refuse(capital, refused.id)
    assert await used(capital, scheme, cae) == 4_000_00
    async with capital.database.of_all_tenants(client="worker") as session:
        await expire_requests(session, today=today_in_paris() + timedelta(days=31))

    assert (await capital.read(expiring.id)).reserved_cents is None
    assert await used(capital, scheme, cae) == 2_000_00
    assert await capital.differences() == []


async def test_the_year_of_the_decision_takes_what_the_year_of_the_request_kept(capital: Capital) -> None:
    scheme = await reserving(capital, cae_cap_cents=2_000_00, cap_period=Period.CALENDAR_YEAR)
    cae = capital.new_cae()
    asked = await ask_as_cae(capital, scheme, cae, date(2025, 12, 30))
    [later] = await capital.request(capital.asking(scheme, cae))
    assert (asked.reserved_on, later.reserved_on) == (date(2025, 12, 30), capital.today)

    # The room of 2026 is another request's: it did not fit, and what it keeps stays its own.
    with pytest.raises(CaeCapReached) as refusal:
        await capital.grant(asked.id, date(2026, 2, 1))
    assert (refusal.value.facts["period"], refusal.value.facts["room_cents"]) == ("2026", 0)
    assert (await capital.read(asked.id)).reserved_cents == 2_000_00
    await refuse(capital, later.id)
    granted = await capital.grant(asked.id, date(2026, 2, 1))

    assert granted.award_cents == 2_000_00
    assert await used(capital, scheme, cae, date(2025, 12, 31)) == 0
    assert await used(capital, scheme, cae) == 2_000_00
    assert await capital.differences() == []


async def test_a_lowered_cap_takes_back_nothing_that_is_kept(capital: Capital) -> None:
    scheme, cae = await reserving(capital, budget_cents=10_000_00), capital.new_cae()
    kept = await capital.request(*(capital.asking(scheme, cae) for _ in range(3)))

    await succeed(
        capital, scheme, reserves_at=ReservesAt.REQUEST, cae_cap_cents=2_000_00, budget_cents=1_000_00
    )

    with pytest.raises(CaeCapReached):
        await capital.request(capital.asking(scheme, cae))
    first = await capital.grant(kept[0].id)
    async with capital.database.transaction(capital.operator) as session:
        decision = Decision(decided_on=date(2026, 2, 1), reference="CP")
        order = GrantTopUps(
            scheme_id=scheme.id,
            decisions=[(top_up.id, decision) for top_up in kept[1:]],
            is_atomic=True,
        )
        others = await grant_top_ups(session, capital.operator, order, today=capital.today)
    assert [first.award_cents, *(top_up.award_cents for _, top_up in others.granted)] == [2_000_00] * 3
    assert await used(capital, scheme, cae) == 6_000_00
    assert await capital.differences() == []


async def test_rules_that_start_to_reserve_keep_what_is_left_first_come_first(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae) for _ in range(3)))

    await succeed(capital, scheme, reserves_at=ReservesAt.REQUEST, cae_cap_cents=4_000_00)
    keeping = [(await capital.read(top_up.id)).reserved_cents for top_up in asked]
    assert keeping == [2_000_00, 2_000_00, None]
    assert await capital.differences() == []

    await succeed(capital, scheme, valid_from=date(2026, 1, 10), reserves_at=ReservesAt.GRANT)
    assert [(await capital.read(top_up.id)).reserved_cents for top_up in asked] == [None] * 3
    assert await used(capital, scheme, cae) == 0
    assert await capital.differences() == []


async def test_a_smaller_scale_frees_the_rest(capital: Capital) -> None:
    scheme, cae = await reserving(capital), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae))

    await succeed(capital, scheme, reserves_at=ReservesAt.REQUEST, ceiling_cents=1_500_00)

    assert (await capital.read(asked.id)).reserved_cents == 1_500_00
    assert await used(capital, scheme, cae) == 1_500_00
    assert await capital.differences() == []


async def test_a_list_keeps_room_in_its_order(capital: Capital) -> None:
    schemes = [await reserving(capital, cae_cap_cents=3_000_00) for _ in range(2)]
    cae = capital.new_cae()
    orders = [
        capital.asking(scheme, cae, cents) for cents in (2_000_00, 1_500_00, 1_000_00) for scheme in schemes
    ]

    async with capital.database.transaction(capital.operator) as session:
        batch = RequestBatch(requests=orders, is_atomic=False)
        outcome = await request_batch(
            session, capital.operator, batch, today=capital.today, entrepreneur_key=capital.key
        )

    assert [(index, top_up.reserved_cents) for index, top_up in outcome.requested] == [
        (0, 2_000_00),
        (1, 2_000_00),
        (4, 1_000_00),
        (5, 1_000_00),
    ]
    assert [(line.index, line.refusal.code) for line in outcome.refused] == [
        (2, "cae-cap-reached"),
        (3, "cae-cap-reached"),
    ]
    assert await capital.differences() == []


async def test_grants_and_ends_of_requests_at_once_leave_the_counters_true(capital: Capital) -> None:
    scheme, cae = await reserving(capital, cae_cap_cents=12_000_00), capital.new_cae()
    kept = await capital.request(*(capital.asking(scheme, cae) for _ in range(6)))

    await asyncio.gather(
        *(capital.grant(top_up.id) for top_up in kept),
        *(withdraw(capital, cae, top_up.id) for top_up in kept[::2]),
        *(refuse(capital, top_up.id) for top_up in kept[1::2]),
        return_exceptions=True,
    )

    standing = [await capital.read(top_up.id) for top_up in kept]
    assert {top_up.status.value for top_up in standing} <= {"granted", "withdrawn", "refused"}
    assert await used(capital, scheme, cae) == sum(top_up.award_cents or 0 for top_up in standing)
    assert await capital.differences() == []


async def test_a_simulation_gives_nothing_more_to_a_person_who_keeps_room(capital: Capital) -> None:
    """A second request of theirs would keep nothing, so what is left is for the others."""
    scheme, cae = await reserving(capital, cae_cap_cents=4_000_00), capital.new_cae()
    await capital.request(capital.asking(scheme, cae, reference="T-1"))
    paid_on = date(2026, 1, 15)
    order = SimulateTopUps(
        scheme_id=scheme.id,
        cae_siret=parse_siret(siret_of(cae)),
        contributions=[Contribution("T-1", 2_000_00, paid_on), Contribution("T-2", 2_000_00, paid_on)],
    )

    async with capital.database.transaction(capital.operator, read_only=True) as session:
        simulation = await simulate_top_ups(session, capital.operator, order, today=capital.today)

    assert [(line.award.amount_cents, line.award.reason) for line in simulation.awards] == [
        (0, Reason.ALREADY_AWARDED),
        (2_000_00, None),
    ]
