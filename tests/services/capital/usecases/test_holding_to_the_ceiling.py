"""Grants under the ceiling of de minimis aid: over all schemes, by the days of the decisions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.awards import Reason
from services.capital.domain.granting import Decision
from services.capital.domain.refusals import DeMinimisCeilingReached
from services.capital.domain.schemes import Scheme
from services.capital.domain.simulation import Contribution
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.create_scheme import CreateScheme, create_scheme
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.grant_top_ups import GrantTopUps, grant_top_ups
from services.capital.usecases.request_top_ups import request_top_ups
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, parse_siret
from services.runtime.settings import Settings
from tests.factories.capital import siret_of
from tests.services.capital.conftest import Capital
from tests.services.capital.usecases.racing import Racers

ELSEWHERE = Caller(Role.OPERATOR, "tests of another region", frozenset({"84"}))
LARGE = {"ceiling_cents": 300_000_00, "cae_cap_cents": None}

# Every window of every award, added up afresh: nothing of the code under test is asked.
OVER = text("""
    SELECT later.id FROM capital.top_ups AS later
      JOIN capital.top_ups AS counted
        ON counted.cae_siren = later.cae_siren AND counted.status NOT IN ('cancelled', 'requested')
       AND counted.decided_on BETWEEN later.decided_on - INTERVAL '3 years' AND later.decided_on
     WHERE later.cae_siren = :siren AND later.status NOT IN ('cancelled', 'requested')
     GROUP BY later.id HAVING sum(counted.award_cents) > 30000000
""")


@pytest.fixture(scope="module")
def racers(settings: Settings) -> Iterator[Racers]:
    racers = Racers(settings)
    yield racers
    racers.stop()


async def is_over(capital: Capital, cae: Siren) -> bool:
    async with capital.database.of_all_tenants(read_only=True) as session:
        return (await session.execute(OVER, {"siren": cae})).first() is not None


async def granted_elsewhere(capital: Capital, cae: Siren, cents: int) -> None:
    """By a scheme of another region, whose dossiers the tests' operator does not see."""
    terms = replace(capital.terms, ceiling_cents=cents, cae_cap_cents=None)
    async with capital.database.transaction(ELSEWHERE) as session:
        scheme = await create_scheme(session, ELSEWHERE, CreateScheme(region="84", name="D", terms=terms))
        orders = [capital.asking(scheme, cae, cents)]
        [asked] = await request_top_ups(
            session, ELSEWHERE, orders, today=capital.today, entrepreneur_key=capital.key
        )
        order = GrantTopUp(top_up_id=asked.id, decided_on=date(2026, 1, 20), reference="CP 1")
        await grant_top_up(session, ELSEWHERE, order, today=capital.today)


async def asked(capital: Capital, scheme: Scheme, cae: Siren, *amounts: int) -> list[TopUp]:
    return await capital.request(*(capital.asking(scheme, cae, cents) for cents in amounts))


async def refused(capital: Capital, top_up_id: UUID, on: date = date(2026, 2, 1)) -> dict[str, object]:
    with pytest.raises(DeMinimisCeilingReached) as refusal:
        await capital.grant(top_up_id, on)
    return refusal.value.facts


async def test_an_award_that_would_pass_is_refused_whole_with_the_highest_that_would_not(
    capital: Capital,
) -> None:
    cae = capital.new_cae()
    first, second = await capital.scheme(**LARGE), await capital.scheme(**LARGE, partial_awards=True)
    await capital.award(first, cae, [200_000_00])
    [top_up] = await asked(capital, second, cae, 100_000_01)

    facts = await refused(capital, top_up.id)

    assert facts == {
        "award_cents": 100_000_01,
        "room_cents": 100_000_00,
        "ceiling_cents": 300_000_00,
        "received_cents": 200_000_00,
        "counted_from": date(2023, 2, 1),
        "counted_on": date(2026, 2, 1),
        "decided_on": date(2026, 2, 1),
        "regulation": "règlement (UE) 2023/2831",
    }
    assert (await capital.read(top_up.id)).status == "requested"
    [whole] = await asked(capital, second, cae, 100_000_00)
    assert (await capital.grant(whole.id)).award_cents == 100_000_00
    assert await capital.differences() == []


async def test_what_another_region_granted_counts(capital: Capital) -> None:
    cae, scheme = capital.new_cae(), await capital.scheme(**LARGE)
    await granted_elsewhere(capital, cae, 250_000_00)
    [top_up] = await asked(capital, scheme, cae, 60_000_00)

    assert (await refused(capital, top_up.id))["room_cents"] == 50_000_00


async def test_a_cancelled_award_frees_its_room(capital: Capital) -> None:
    cae, scheme = capital.new_cae(), await capital.scheme(**LARGE)
    [given] = await capital.award(scheme, cae, [300_000_00])
    [top_up] = await asked(capital, scheme, cae, 2_000_00)
    assert (await refused(capital, top_up.id))["room_cents"] == 0

    async with capital.database.transaction(capital.operator) as session:
        order = CancelTopUp(top_up_id=given.id, reason="Erreur")
        await cancel_top_up(session, capital.operator, order, today=capital.today)

    assert (await capital.grant(top_up.id)).award_cents == 2_000_00
    assert await capital.differences() == []


async def test_years_after_the_same_company_has_its_room_again(capital: Capital) -> None:
    cae, scheme = capital.new_cae(), await capital.scheme(**LARGE)
    orders = [
        capital.asking(scheme, cae, 150_000_00, paid_up_on=date(2020, 2, 1), reference=f"P{number}")
        for number in range(5)
    ]
    first, second, third, late, last = [top_up.id for top_up in await capital.request(*orders)]

    # The ceiling of the older regulation was lower, over fiscal years.
    assert (await capital.grant(first, date(2021, 6, 1))).award_cents == 150_000_00
    assert (await refused(capital, second, date(2023, 12, 31)))["ceiling_cents"] == 200_000_00
    assert (await capital.grant(second, date(2024, 1, 1))).award_cents == 150_000_00
    assert (await refused(capital, third, date(2024, 5, 31)))["room_cents"] == 0
    assert (await capital.grant(third, date(2024, 6, 2))).award_cents == 150_000_00
    # Recorded late, and decided before what was granted since: the windows of those would be passed.
    facts = await refused(capital, late, date(2023, 12, 31))
    assert (facts["room_cents"], facts["counted_on"]) == (0, date(2024, 1, 1))
    assert (await refused(capital, last, date(2026, 6, 30)))["room_cents"] == 0
    assert await capital.differences() == []


async def test_a_list_is_held_to_it_line_by_line(capital: Capital) -> None:
    cae, scheme = capital.new_cae(), await capital.scheme(**LARGE)
    listed = await asked(capital, scheme, cae, 200_000_00, 150_000_00, 100_000_00, 1_000_00)
    decision = Decision(decided_on=date(2026, 2, 1), reference="CP 2")
    order = GrantTopUps(
        scheme_id=scheme.id, decisions=[(top_up.id, decision) for top_up in listed], is_atomic=False
    )

    async with capital.database.transaction(capital.operator) as session:
        outcome = await grant_top_ups(session, capital.operator, order, today=capital.today)

    assert [(index, top_up.award_cents) for index, top_up in outcome.granted] == [
        (0, 200_000_00),
        (2, 100_000_00),
    ]
    told = [(line.index, line.refusal.code, line.refusal.facts["room_cents"]) for line in outcome.refused]
    assert told == [
        (1, "de-minimis-ceiling-reached", 100_000_00),
        (3, "de-minimis-ceiling-reached", 0),
    ]
    assert await capital.differences() == []


async def test_a_simulation_tells_the_room_and_who_would_be_refused(capital: Capital) -> None:
    cae, scheme = capital.new_cae(), await capital.scheme(**LARGE)
    await granted_elsewhere(capital, cae, 250_000_00)
    contributions = [
        Contribution("A", 30_000_00, date(2026, 5, 1)),
        Contribution("B", 40_000_00, date(2026, 5, 1)),
        Contribution("C", 20_000_00, date(2026, 5, 1)),
    ]
    order = SimulateTopUps(
        scheme_id=scheme.id, cae_siret=parse_siret(siret_of(cae)), contributions=contributions
    )

    caller = Caller(Role.CAE, "tests", siren=cae)
    async with capital.database.transaction(caller, read_only=True) as session:
        simulation = await simulate_top_ups(session, caller, order, today=capital.today)

    assert [(line.award.amount_cents, line.award.reason) for line in simulation.awards] == [
        (30_000_00, None),
        (0, Reason.DE_MINIMIS_CEILING_REACHED),
        (20_000_00, None),
    ]
    before, after = simulation.ceiling_before, simulation.ceiling_after
    assert before is not None
    assert after is not None
    assert (before.left_cents, after.left_cents) == (50_000_00, 0)
    assert {other.order: other.awarded_cents for other in simulation.other_orders} == {
        "payment_date": 50_000_00,
        "largest_first": 40_000_00,
        "smallest_first": 50_000_00,
    }


def grants(*ids: object) -> list[dict[str, str]]:
    return [{"act": "grant", "id": str(top_up_id)} for top_up_id in ids]


def tally(outcomes: list[dict[str, Any]]) -> Counter[str | int]:
    return Counter(outcome.get("refused") or outcome["award_cents"] for outcome in outcomes)


async def test_two_schemes_and_two_processes_never_pass_it_together(capital: Capital, racers: Racers) -> None:
    cae = capital.new_cae()
    schemes = [await capital.scheme(**LARGE, budget_cents=900_000_00) for _ in range(2)]
    first, second = [await asked(capital, scheme, cae, *[40_000_00] * 6) for scheme in schemes]

    outcomes = await racers.race(
        grants(*(top_up.id for top_up in first)), grants(*(top_up.id for top_up in second))
    )

    assert tally(outcomes) == {40_000_00: 7, "de-minimis-ceiling-reached": 5}
    assert {one["room_cents"] for one in outcomes if "refused" in one} == {20_000_00}
    assert not await is_over(capital, cae)
    assert await capital.differences() == []


async def test_companies_of_several_schemes_never_wait_for_each_other(
    capital: Capital, racers: Racers
) -> None:
    """Decisions of many days, over what is granted and cancelled meanwhile: in any order, none is over."""
    caes = [capital.new_cae() for _ in range(3)]
    schemes = [await capital.scheme(**LARGE, budget_cents=5_000_000_00) for _ in range(2)]
    given = [await capital.award(schemes[0], cae, [100_000_00]) for cae in caes]
    lists = [
        [
            {"act": "grant", "id": str(top_up.id), "on": f"20{26 - number}-0{4 - number}-01"}
            for number in range(3)
            for cae in order
            for top_up in await capital.request(
                capital.asking(scheme, cae, 90_000_00, paid_up_on=date(2022, 1, 15))
            )
        ]
        for scheme, order in zip(schemes, (caes, caes[::-1]), strict=True)
    ]
    lists[0].insert(3, {"act": "cancel", "id": str(given[0][0].id)})

    outcomes = await racers.race(*lists)

    assert {one.get("refused") for one in outcomes} <= {None, "de-minimis-ceiling-reached"}
    assert not any([await is_over(capital, cae) for cae in caes])
    assert await capital.differences() == []
