"""New rules from a date on: what they change, and what they leave as it was."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from services.capital.domain.refusals import CaeCapReached, SchemeBudgetExhausted, VersionDateTaken
from services.capital.domain.schemes import Period, Scheme, Version
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.read_caps import read_cap
from services.capital.usecases.read_top_ups import read_top_up
from tests.services.capital.conftest import Capital

FROM_MAY = date(2026, 5, 1)


async def succeed(capital: Capital, scheme: Scheme, **changed: object) -> Version:
    terms = replace(capital.terms, **({"valid_from": FROM_MAY} | changed))  # type: ignore[arg-type]
    async with capital.database.transaction(capital.operator) as session:
        order = AddVersion(scheme_id=scheme.id, terms=terms)
        return await add_version(session, capital.operator, order, today=capital.today)


async def test_each_request_follows_the_version_of_its_payment_day(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await succeed(capital, scheme, ceiling_cents=3_000_00)
    asked = await capital.request(
        capital.asking(scheme, cae, 3_000_00, paid_up_on=date(2026, 4, 30)),
        capital.asking(scheme, cae, 3_000_00, paid_up_on=FROM_MAY),
    )

    granted = [await capital.grant(top_up.id, date(2026, 6, 1)) for top_up in asked]

    assert [top_up.award_cents for top_up in granted] == [2_000_00, 3_000_00]


async def test_open_requests_follow_a_version_voted_later_for_their_day(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    before, after = await capital.request(
        capital.asking(scheme, cae, 3_000_00, paid_up_on=date(2026, 4, 30)),
        capital.asking(scheme, cae, 3_000_00, paid_up_on=FROM_MAY),
    )

    version = await succeed(capital, scheme, ceiling_cents=2_500_00)

    async with capital.database.transaction(capital.operator, read_only=True) as session:
        unchanged = await read_top_up(session, capital.operator, before.id)
        reassessed = await read_top_up(session, capital.operator, after.id)
    assert unchanged == before
    assert (reassessed.version_id, reassessed.entitlement_cents) == (version.id, 2_500_00)
    assert (await capital.grant(after.id, date(2026, 6, 1))).award_cents == 2_500_00


async def test_two_versions_cannot_start_on_one_day(capital: Capital) -> None:
    scheme = await capital.scheme()
    await succeed(capital, scheme)

    with pytest.raises(VersionDateTaken):
        await succeed(capital, scheme)


async def test_a_lowered_cap_takes_nothing_back_and_leaves_no_room(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00] * 6)
    await succeed(capital, scheme, cae_cap_cents=10_000_00)
    [late] = await capital.request(capital.asking(scheme, cae, paid_up_on=FROM_MAY))

    with pytest.raises(CaeCapReached) as refusal:
        await capital.grant(late.id, date(2026, 6, 1))
    assert (refusal.value.facts["room_cents"], refusal.value.facts["used_cents"]) == (0, 12_000_00)

    # Contributions paid up before still follow the old cap, and count in the same total.
    await capital.award(scheme, cae, [2_000_00])
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        cap = await read_cap(session, capital.operator, scheme.id, cae, today=capital.today)
    assert (cap.cap_cents, cap.used_cents, cap.room_cents) == (10_000_00, 14_000_00, 0)
    assert await capital.differences() == []


async def test_a_yearly_cap_finds_what_the_year_has_already_awarded(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    old = await capital.request(capital.asking(scheme, cae, paid_up_on=date(2025, 3, 1)))
    await capital.grant(old[0].id, date(2025, 4, 1))
    await capital.award(scheme, cae, [2_000_00] * 2)
    await succeed(capital, scheme, cap_period=Period.CALENDAR_YEAR, cae_cap_cents=7_000_00)
    asked = await capital.request(
        *(capital.asking(scheme, cae, paid_up_on=FROM_MAY) for _ in range(2)),
        capital.asking(scheme, cae),
    )

    await capital.grant(asked[0].id, date(2026, 6, 1))  # the third of 2026
    with pytest.raises(CaeCapReached) as refusal:
        await capital.grant(asked[1].id, date(2026, 6, 1))

    assert (refusal.value.facts["period"], refusal.value.facts["room_cents"]) == ("2026", 1_000_00)
    # An award by the old version counts in the year as well, though the year does not limit it.
    await capital.grant(asked[2].id)
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        cap = await read_cap(session, capital.operator, scheme.id, cae, today=capital.today)
    assert (cap.period, cap.used_cents, cap.room_cents) == ("2026", 8_000_00, 0)
    assert await capital.differences() == []


async def test_a_budget_voted_later_finds_what_was_awarded(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00] * 3)
    await succeed(capital, scheme, budget_cents=9_000_00)
    asked = await capital.request(
        *(capital.asking(scheme, capital.new_cae(), paid_up_on=FROM_MAY) for _ in range(2))
    )

    await capital.grant(asked[0].id, date(2026, 6, 1))
    with pytest.raises(SchemeBudgetExhausted) as refusal:
        await capital.grant(asked[1].id, date(2026, 6, 1))

    assert refusal.value.facts["room_cents"] == 1_000_00
    assert await capital.differences() == []


async def test_a_version_voted_while_grants_run_finds_them_all(capital: Capital) -> None:
    """Whatever the order, an award is counted by the new budget: in its start, or by the grant itself."""
    for _ in range(6):
        scheme = await capital.scheme()
        asked = await capital.request(*(capital.asking(scheme, capital.new_cae()) for _ in range(8)))

        await asyncio.gather(
            *(capital.grant(top_up.id) for top_up in asked[:4]),
            succeed(capital, scheme, budget_cents=90_000_00, cap_period=Period.CALENDAR_YEAR),
            *(capital.grant(top_up.id) for top_up in asked[4:]),
        )

        assert await capital.differences() == []
