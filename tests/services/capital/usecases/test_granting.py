"""Grants one by one: the scale, the room, and why not."""

from datetime import date
from uuid import uuid4

import pytest

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.refusals import (
    AlreadyAwarded,
    BelowFloorRefusal,
    CaeCapReached,
    NoVersionInForce,
    SchemeBudgetExhausted,
)
from services.capital.domain.schemes import BelowFloor, Period
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.read_top_ups import read_top_up
from services.kernel.access import Caller, Role
from services.kernel.refusals import DatesOutOfOrder, NotAllowed, NotFound, StatusForbids
from tests.services.capital.conftest import Capital
from tests.statements import recorded


@pytest.mark.parametrize(
    ("paid_up_cents", "award_cents"),
    [(1_000_00, 1_000_00), (1_500_00, 1_500_00), (2_000_00, 2_000_00), (3_000_00, 2_000_00)],
)
async def test_the_scale(capital: Capital, paid_up_cents: int, award_cents: int) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()

    [granted] = await capital.award(scheme, cae, [paid_up_cents])

    assert (granted.status, granted.award_cents) == (TopUpStatus.GRANTED, award_cents)


@pytest.mark.parametrize("paid_up_cents", [500_00, 999_99])
async def test_below_the_floor_is_recorded_and_its_grant_refused(
    capital: Capital, paid_up_cents: int
) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae, paid_up_cents))
    assert (asked.status, asked.entitlement_cents) == (TopUpStatus.REQUESTED, 0)

    with pytest.raises(BelowFloorRefusal) as refusal:
        await capital.grant(asked.id)

    assert refusal.value.facts == {
        "contribution_cents": paid_up_cents,
        "contribution_basis": "paid_up",
        "paid_up_cents": paid_up_cents,
        "floor_cents": 1_000_00,
        "room_cents": 20_000_00,
    }


async def test_below_the_floor_may_give_the_floor(capital: Capital) -> None:
    scheme, cae = await capital.scheme(below_floor=BelowFloor.FLOOR), capital.new_cae()

    [granted] = await capital.award(scheme, cae, [500_00])

    assert granted.award_cents == 1_000_00


async def test_the_eleventh_gets_nothing_and_stays_requested(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00] * 10)
    [eleventh] = await capital.request(capital.asking(scheme, cae))

    with pytest.raises(CaeCapReached) as refusal:
        await capital.grant(eleventh.id)

    assert refusal.value.facts == {
        "entitlement_cents": 2_000_00,
        "room_cents": 0,
        "limit_cents": 20_000_00,
        "used_cents": 20_000_00,
        "period": "scheme",
    }
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        after = await read_top_up(session, capital.operator, eleventh.id)
    assert after == eleventh


@pytest.mark.parametrize(
    ("used", "entitled", "partial", "award"),
    [
        ([2_000_00] * 9 + [1_500_00], 1_500_00, True, None),  # 500 left is below the floor
        ([2_000_00] * 8 + [1_700_00, 1_000_00], 2_000_00, True, 1_300_00),
        ([2_000_00] * 8 + [1_700_00, 1_000_00], 2_000_00, False, None),
        ([2_000_00] * 9, 2_000_00, False, 2_000_00),
    ],
)
async def test_the_last_room_of_a_cap(
    capital: Capital, used: list[int], entitled: int, partial: bool, award: int | None
) -> None:
    scheme, cae = await capital.scheme(partial_awards=partial), capital.new_cae()
    await capital.award(scheme, cae, used)

    if award is None:
        with pytest.raises(CaeCapReached) as refusal:
            await capital.award(scheme, cae, [entitled])
        assert refusal.value.facts["room_cents"] == 20_000_00 - sum(used)
    else:
        [granted] = await capital.award(scheme, cae, [entitled])
        assert (granted.entitlement_cents, granted.award_cents) == (entitled, award)
    assert await capital.differences() == []


async def test_the_budget_refuses_what_the_cap_would_take(capital: Capital) -> None:
    scheme = await capital.scheme(budget_cents=3_500_00)
    await capital.award(scheme, capital.new_cae(), [2_000_00])
    other = capital.new_cae()
    await capital.award(scheme, other, [1_000_00])

    with pytest.raises(SchemeBudgetExhausted) as refusal:
        await capital.award(scheme, other, [2_000_00])

    assert refusal.value.facts["room_cents"] == 500_00
    assert await capital.differences() == []


async def test_a_full_cap_takes_nothing_from_the_budget(capital: Capital) -> None:
    scheme = await capital.scheme(budget_cents=6_000_00, cae_cap_cents=2_000_00)
    full, other = capital.new_cae(), capital.new_cae()
    await capital.award(scheme, full, [2_000_00])
    with pytest.raises(CaeCapReached):
        await capital.award(scheme, full, [2_000_00])

    # The room of the refused award is still there for the others.
    await capital.award(scheme, other, [2_000_00])
    await capital.award(scheme, capital.new_cae(), [2_000_00])

    assert await capital.differences() == []


async def test_a_yearly_cap_turns_with_the_year_of_the_decision(capital: Capital) -> None:
    scheme = await capital.scheme(cap_period=Period.CALENDAR_YEAR, cae_cap_cents=2_000_00)
    cae = capital.new_cae()
    asked = await capital.request(
        *(capital.asking(scheme, cae, paid_up_on=date(2024, 5, 1)) for _ in range(4))
    )

    await capital.grant(asked[0].id, date(2024, 12, 31))
    with pytest.raises(CaeCapReached) as refusal:
        await capital.grant(asked[1].id, date(2024, 6, 1))
    assert refusal.value.facts["period"] == "2024"
    await capital.grant(asked[1].id, date(2025, 1, 1))
    await capital.grant(asked[2].id, date(2026, 1, 1))

    assert await capital.differences() == []


async def test_one_award_per_person_in_a_scheme(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    first, second = await capital.request(
        capital.asking(scheme, cae, reference="T-1"), capital.asking(scheme, cae, reference="T-1")
    )
    await capital.grant(first.id)

    with pytest.raises(AlreadyAwarded) as refusal:
        await capital.grant(second.id)
    assert refusal.value.facts == {"entitlement_cents": 2_000_00, "room_cents": 18_000_00}

    elsewhere = await capital.scheme()
    [third] = await capital.request(capital.asking(elsewhere, cae, reference="T-1"))
    assert (await capital.grant(third.id)).award_cents == 2_000_00


async def test_a_scheme_may_award_a_person_again(capital: Capital) -> None:
    scheme, cae = await capital.scheme(once_per_person=False), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae, reference="T-1") for _ in range(3)))

    assert [(await capital.grant(top_up.id)).award_cents for top_up in asked] == [2_000_00] * 3


async def test_without_a_cap_nothing_is_too_much_and_all_is_counted(capital: Capital) -> None:
    scheme, cae = await capital.scheme(cae_cap_cents=None), capital.new_cae()

    granted = await capital.award(scheme, cae, [2_000_00] * 12)

    assert sum(top_up.award_cents or 0 for top_up in granted) == 24_000_00
    assert await capital.differences() == []


async def test_dates_and_status_are_checked(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae, paid_up_on=date(2026, 1, 15)))

    with pytest.raises(DatesOutOfOrder):
        await capital.grant(asked.id, date(2026, 1, 14))
    await capital.grant(asked.id, date(2026, 1, 15))
    with pytest.raises(StatusForbids):
        await capital.grant(asked.id)


async def test_a_contribution_before_the_first_version_has_no_rules(capital: Capital) -> None:
    scheme = await capital.scheme()

    with pytest.raises(NoVersionInForce):
        await capital.request(capital.asking(scheme, capital.new_cae(), paid_up_on=date(2019, 12, 31)))


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (Caller(Role.OPERATOR, "tests", frozenset({"84"})), NotFound),
        (Caller(Role.CAE, "tests"), NotAllowed),
        (Caller(Role.ADMIN, "tests"), NotAllowed),
    ],
)
async def test_only_an_operator_of_the_region_grants(
    capital: Capital, caller: Caller, refusal: type[Exception]
) -> None:
    [asked] = await capital.request(capital.asking(await capital.scheme(), capital.new_cae()))
    order = GrantTopUp(top_up_id=asked.id, decided_on=date(2026, 2, 1), reference="x")

    with pytest.raises(refusal):
        async with capital.database.transaction(caller) as session:
            await grant_top_up(session, caller, order, today=capital.today)


async def test_what_does_not_exist_is_not_found(capital: Capital) -> None:
    with pytest.raises(NotFound):
        await capital.grant(uuid4())


async def test_a_grant_is_four_statements(capital: Capital) -> None:
    """One locks, one reads the rules, one takes room, grants and writes the journal, one tells."""
    scheme, cae = await capital.scheme(budget_cents=100_000_00), capital.new_cae()
    await capital.award(scheme, cae, [1_000_00])
    [asked] = await capital.request(capital.asking(scheme, cae))

    with recorded(capital.database) as statements:
        await capital.grant(asked.id)

    assert len(statements) == 4, statements
