from datetime import date
from uuid import UUID

import pytest

from services.capital.domain.granting import Decision
from services.capital.usecases.grant_top_ups import Granting, GrantTopUps, grant_top_ups
from services.kernel.refusals import InvalidInput, NotFound, StatusForbids
from tests.services.capital.conftest import Capital
from tests.statements import recorded

DECISION = Decision(decided_on=date(2026, 2, 1), reference="CP 12")


async def grant_list(capital: Capital, scheme_id: UUID, ids: list[UUID]) -> Granting:
    async with capital.database.transaction(capital.operator) as session:
        order = GrantTopUps(scheme_id=scheme_id, decisions=[(top_up_id, DECISION) for top_up_id in ids])
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

    order = [top_up.id for top_up in asked]
    assert [(order.index(top_up.id), top_up.award_cents) for top_up in outcome.granted] == [
        (1, 1_500_00),
        (2, 2_000_00),
        (5, 2_000_00),
    ]
    assert [
        (order.index(refused.top_up.id), refused.refusal.code, refused.refusal.facts["room_cents"])
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
    assert len(statements) == 8, statements
    assert await capital.differences() == []


async def test_a_wrong_line_refuses_the_whole_list(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    good, granted = await capital.request(capital.asking(scheme, cae), capital.asking(scheme, cae))
    await capital.grant(granted.id)
    [elsewhere] = await capital.request(capital.asking(await capital.scheme(), cae))

    with pytest.raises(StatusForbids):
        await grant_list(capital, scheme.id, [good.id, granted.id])
    with pytest.raises(NotFound):
        await grant_list(capital, scheme.id, [good.id, elsewhere.id])
    with pytest.raises(InvalidInput):
        await grant_list(capital, scheme.id, [good.id, good.id])
    assert (await capital.grant(good.id)).award_cents == 2_000_00


async def test_an_empty_list_grants_nothing(capital: Capital) -> None:
    scheme = await capital.scheme()

    assert await grant_list(capital, scheme.id, []) == Granting((), ())
