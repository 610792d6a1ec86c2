import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.capital.domain.granting import Decision
from services.capital.usecases.grant_top_ups import Granting, GrantTopUps, grant_top_ups
from services.kernel.refusals import BatchRefused, InvalidInput, NotFound
from tests.services.capital.conftest import Capital
from tests.statements import recorded

DECISION = Decision(decided_on=date(2026, 2, 1), reference="CP 12")


async def grant_list(
    capital: Capital, scheme_id: UUID, ids: list[UUID], *, is_atomic: bool = False
) -> Granting:
    async with capital.database.transaction(capital.operator) as session:
        order = GrantTopUps(
            scheme_id=scheme_id,
            decisions=[(top_up_id, DECISION) for top_up_id in ids],
            is_atomic=is_atomic,
        )
        return await grant_top_ups(session, capital.operator, order, today=capital.today)


async def test_a_list_is_granted_in_its_order_as_far_as_room_goes(capital: Capital) -> None:
    scheme, cae, other = await capital.scheme(), capital.new_cae(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00] * 8)
    asked = await capital.request(
        capital.asking(scheme, cae, 500_00),
        capital.asking(scheme, cae, 1_500_00),
        capital.asking(scheme, cae, 2_000_00, reference="T-1"),
        capital.asking(scheme, cae, 1_000_00, reference="T-1"),
        capital.asking(scheme, cae, 1_000_00),
        capital.asking(scheme, other, 2_000_00),
    )

    outcome = await grant_list(capital, scheme.id, [top_up.id for top_up in asked])

    assert [(index, top_up.award_cents) for index, top_up in outcome.granted] == [
        (1, 1_500_00),
        (2, 2_000_00),
        (5, 2_000_00),
    ]
    assert [
        (refused.index, refused.refusal.code, refused.refusal.facts["room_cents"])
        for refused in outcome.refused
    ] == [(0, "below-floor", 4_000_00), (3, "already-awarded", 500_00), (4, "cae-cap-reached", 500_00)]
    assert await capital.differences() == []


async def test_a_list_of_many_takes_few_statements(capital: Capital) -> None:
    scheme = await capital.scheme(budget_cents=1_000_000_00)
    caes = [capital.new_cae() for _ in range(5)]
    asked = await capital.request(*(capital.asking(scheme, cae) for cae in caes * 8))

    with recorded(capital.database) as statements:
        outcome = await grant_list(capital, scheme.id, [top_up.id for top_up in asked])

    assert len(outcome.granted) == 40
    assert len(statements) == 12, statements
    assert await capital.differences() == []


async def test_a_wrong_line_is_told_and_the_others_granted(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    good, granted = await capital.request(capital.asking(scheme, cae), capital.asking(scheme, cae))
    await capital.grant(granted.id)
    [elsewhere] = await capital.request(capital.asking(await capital.scheme(), cae))

    outcome = await grant_list(capital, scheme.id, [granted.id, good.id, elsewhere.id])

    assert [(index, top_up.id) for index, top_up in outcome.granted] == [(1, good.id)]
    assert [(line.pointer, line.refusal.code) for line in outcome.refused] == [
        ("/decisions/0/top_up_id", "status-forbids"),
        ("/decisions/2/top_up_id", "not-found"),
    ]
    with pytest.raises(InvalidInput) as twice:
        await grant_list(capital, scheme.id, [good.id, granted.id, good.id])
    assert twice.value.pointer == "/decisions/2/top_up_id"
    with pytest.raises(NotFound):
        await grant_list(capital, uuid4(), [good.id])


async def test_all_or_none_tells_each_refused_line_and_leaves_all_as_it_was(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00] * 8)
    asked = await capital.request(
        capital.asking(scheme, cae),
        capital.asking(scheme, cae, 500_00),
        capital.asking(scheme, cae),
        capital.asking(scheme, cae),
    )
    ids = [top_up.id for top_up in asked]

    with pytest.raises(BatchRefused) as refused:
        await grant_list(capital, scheme.id, ids, is_atomic=True)

    assert [(index, pointer, refusal.code) for index, pointer, refusal in refused.value.of_lines] == [
        (1, "/decisions/1/top_up_id", "below-floor"),
        (3, "/decisions/3/top_up_id", "cae-cap-reached"),
    ]
    assert await capital.differences() == []
    whole = await grant_list(capital, scheme.id, [ids[2], ids[0]], is_atomic=True)
    assert [top_up.award_cents for _, top_up in whole.granted] == [2_000_00, 2_000_00]
    assert await capital.differences() == []


async def test_lists_at_once_neither_pass_the_cap_nor_lose_room(capital: Capital) -> None:
    """Four connections, each with its own list in an order of its own, on two CAEs with one budget."""
    scheme = await capital.scheme(budget_cents=33_000_00)
    caes = [capital.new_cae(), capital.new_cae()]
    asked = await capital.request(*(capital.asking(scheme, cae, 1_500_00) for cae in caes * 16))
    lists = [[top_up.id for top_up in asked[start::4]][:: 1 - 2 * (start % 2)] for start in range(4)]

    outcomes = await asyncio.gather(*(grant_list(capital, scheme.id, ids) for ids in lists))

    granted = [top_up for outcome in outcomes for _, top_up in outcome.granted]
    by_cae = [sum(top_up.award_cents or 0 for top_up in granted if top_up.cae.siren == cae) for cae in caes]
    assert all(cents <= 20_000_00 for cents in by_cae)
    assert sum(by_cae) == 33_000_00
    assert len(granted) + sum(len(outcome.refused) for outcome in outcomes) == 32
    assert await capital.differences() == []


async def test_of_two_whole_lists_at_once_one_is_granted(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae) for _ in range(16)))
    lists = [[top_up.id for top_up in asked[start::2]] for start in range(2)]

    outcomes = await asyncio.gather(
        *(grant_list(capital, scheme.id, ids, is_atomic=True) for ids in lists), return_exceptions=True
    )

    [done] = [outcome for outcome in outcomes if isinstance(outcome, Granting)]
    [refused] = [outcome for outcome in outcomes if isinstance(outcome, BatchRefused)]
    assert len(done.granted) == 8
    assert {(refusal.code, refusal.facts["room_cents"]) for _, _, refusal in refused.of_lines} == {
        ("cae-cap-reached", 0)
    }
    assert await capital.differences() == []


async def test_an_empty_list_grants_nothing(capital: Capital) -> None:
    scheme = await capital.scheme()

    assert await grant_list(capital, scheme.id, []) == Granting((), ())
