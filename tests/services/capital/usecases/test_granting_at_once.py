"""Several processes granting at the same moment: never a cent over, never room lost."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from services.capital.domain.schemes import ReservesAt
from services.capital.usecases.read_caps import read_cap
from services.runtime.settings import Settings
from tests.factories.capital import siret_of
from tests.services.capital.conftest import Capital
from tests.services.capital.usecases.racing import Racers

STANDING = text("""
    SELECT cae_siren, status, waiting_number, entitlement_cents,
           coalesce(reserved_cents, CASE WHEN status = 'granted' THEN award_cents END, 0) AS cents
      FROM capital.top_ups WHERE scheme_id = :id ORDER BY waiting_number NULLS FIRST, id
""")
BUDGET = text("SELECT used_cents FROM capital.scheme_budgets WHERE scheme_id = :id")


@pytest.fixture(scope="module")
def racers(settings: Settings) -> Iterator[Racers]:
    racers = Racers(settings)
    yield racers
    racers.stop()


def tally(outcomes: list[dict[str, Any]]) -> Counter[str | int]:
    return Counter(outcome.get("refused") or outcome["award_cents"] for outcome in outcomes)


def grants(*ids: object) -> list[dict[str, str]]:
    return [{"act": "grant", "id": str(top_up_id)} for top_up_id in ids]


async def test_eleven_grants_over_two_processes_give_exactly_ten(capital: Capital, racers: Racers) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae) for _ in range(11)))
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(grants(*ids[:6]), grants(*ids[6:]))

    assert tally(outcomes) == {2_000_00: 10, "cae-cap-reached": 1}
    [refused] = [outcome for outcome in outcomes if "refused" in outcome]
    assert refused["room_cents"] == 0
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        cap = await read_cap(session, capital.operator, scheme.id, cae, today=capital.today)
    assert (cap.used_cents, cap.room_cents) == (20_000_00, 0)
    assert await capital.differences() == []


async def test_two_establishments_of_one_siren_share_the_cap(capital: Capital, racers: Racers) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    first = await capital.request(*(capital.asking(scheme, cae, establishment=1) for _ in range(8)))
    second = await capital.request(*(capital.asking(scheme, cae, establishment=2) for _ in range(8)))

    outcomes = await racers.race(
        grants(*(top_up.id for top_up in first)), grants(*(top_up.id for top_up in second))
    )

    assert tally(outcomes) == {2_000_00: 10, "cae-cap-reached": 6}
    assert await capital.differences() == []


async def test_the_budget_holds_over_many_caes(capital: Capital, racers: Racers) -> None:
    scheme = await capital.scheme(budget_cents=25_000_00)
    asked = await capital.request(*(capital.asking(scheme, capital.new_cae()) for _ in range(18)))
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(grants(*ids[::3]), grants(*ids[1::3]), grants(*ids[2::3]))

    assert tally(outcomes) == {2_000_00: 12, "scheme-budget-exhausted": 6}
    assert {outcome["room_cents"] for outcome in outcomes if "refused" in outcome} == {1_000_00}
    assert await capital.differences() == []


async def test_budget_and_cap_together_never_wait_for_each_other(capital: Capital, racers: Racers) -> None:
    scheme = await capital.scheme(budget_cents=30_000_00)
    caes = [capital.new_cae() for _ in range(2)]
    asked = await capital.request(*(capital.asking(scheme, cae) for cae in caes * 12))
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(grants(*ids[:12]), grants(*ids[12:]))

    # 15 awards fit in the budget; which CAE gets how many is a matter of order, but never more than 10.
    assert tally(outcomes)[2_000_00] == 15
    awards = Counter(
        top_up.cae.siren
        for top_up in asked
        for outcome in outcomes
        if outcome["id"] == str(top_up.id) and "award_cents" in outcome
    )
    assert max(awards.values()) <= 10
    assert await capital.differences() == []


async def test_one_part_is_given_and_only_once(capital: Capital, racers: Racers) -> None:
    scheme, cae = await capital.scheme(partial_awards=True, cae_cap_cents=9_300_00), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae) for _ in range(8)))
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(grants(*ids[:4]), grants(*ids[4:]))

    assert tally(outcomes) == {2_000_00: 4, 1_300_00: 1, "cae-cap-reached": 3}
    assert await capital.differences() == []


async def test_one_person_is_awarded_once(capital: Capital, racers: Racers) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae, reference="T-1") for _ in range(6)))
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(grants(*ids[:3]), grants(*ids[3:]))

    assert tally(outcomes) == {2_000_00: 1, "already-awarded": 5}
    assert await capital.differences() == []


async def test_the_same_dossier_is_granted_once(capital: Capital, racers: Racers) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae))

    outcomes = await racers.race(grants(asked.id, asked.id), grants(asked.id, asked.id))

    assert tally(outcomes) == {2_000_00: 1, "status-forbids": 3}
    assert await capital.differences() == []


async def test_room_that_cancellations_free_is_not_lost(capital: Capital, racers: Racers) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    granted = await capital.award(scheme, cae, [2_000_00] * 10)
    waiting = await capital.request(*(capital.asking(scheme, cae) for _ in range(5)))

    outcomes = await racers.race(
        [{"act": "cancel", "id": str(top_up.id)} for top_up in granted[:5]],
        grants(*(top_up.id for top_up in waiting)),
    )

    given = sum(outcome.get("award_cents", 0) for outcome in outcomes)
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        cap = await read_cap(session, capital.operator, scheme.id, cae, today=capital.today)
    assert cap.used_cents == 10_000_00 + given <= 20_000_00
    # Whoever was refused in the race now fits: the room is there to the cent.
    for outcome in outcomes:
        if "refused" in outcome:
            top_up = next(top_up for top_up in waiting if str(top_up.id) == outcome["id"])
            assert (await capital.grant(top_up.id)).award_cents == 2_000_00
    assert await capital.differences() == []


async def test_requests_keep_exactly_the_room_there_is(capital: Capital, racers: Racers) -> None:
    scheme = await capital.scheme(reserves_at=ReservesAt.REQUEST, budget_cents=25_000_00)
    caes = [capital.new_cae() for _ in range(2)]
    asking = [
        {"act": "request", "scheme": str(scheme.id), "siret": siret_of(cae), "cents": "200000"}
        for cae in caes * 9
    ]

    outcomes = await racers.race(asking[:9], asking[9:])

    # Twelve fit in the budget, at most ten in the cap of each.
    kept = [outcome for outcome in outcomes if outcome.get("reserved_cents") == 2_000_00]
    assert len(kept) == 12
    assert {outcome["refused"] for outcome in outcomes if "refused" in outcome} == {"scheme-budget-exhausted"}
    assert await capital.differences() == []
    again = await racers.race(
        [{"act": "withdraw", "id": outcome["id"]} for outcome in kept[:4]]
        + grants(*(outcome["id"] for outcome in kept[4:8])),
        [{"act": "refuse", "id": outcome["id"]} for outcome in kept[8:]] + asking[:6],
    )
    awarded = sum(outcome.get("award_cents", 0) for outcome in again)
    asked = sum(outcome.get("reserved_cents") or 0 for outcome in again)
    assert awarded == 8_000_00
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        caps = [
            await read_cap(session, capital.operator, scheme.id, cae, today=capital.today) for cae in caes
        ]
    assert sum(cap.used_cents for cap in caps) == awarded + asked <= 25_000_00
    assert await capital.differences() == []


async def test_the_line_holds_whoever_asks_ends_and_promotes_at_once(
    capital: Capital, racers: Racers
) -> None:
    scheme = await capital.scheme(
        reserves_at=ReservesAt.REQUEST, waiting_list=True, cae_cap_cents=8_000_00, budget_cents=15_000_00
    )
    caes = [capital.new_cae() for _ in range(3)]
    asking = [
        {"act": "request", "scheme": str(scheme.id), "siret": siret_of(cae), "cents": str(cents)}
        for cents in (2_000_00, 1_500_00, 1_000_00, 2_000_00)
        for cae in caes
    ]
    first = await racers.race(asking[:6], asking[6:])
    kept = [outcome["id"] for outcome in first if outcome["asked"] == "requested"]
    moving = [{"act": "promote"}] * 8

    await racers.race(
        [{"act": "withdraw", "id": top_up_id} for top_up_id in kept[::2]] + moving + asking[:3],
        grants(*kept[1::2]) + asking[3:] + moving,
    )
    while any(outcome["promoted"] for outcome in await racers.race(moving[:2], moving[:2])):
        pass

    assert await capital.differences() == []
    async with capital.database.of_all_tenants(read_only=True) as session:
        rows = (await session.execute(STANDING, {"id": scheme.id})).all()
        budget = (await session.execute(BUDGET, {"id": scheme.id})).scalar_one()
    assert budget == sum(row.cents for row in rows) <= 15_000_00
    for cae in caes:
        of_cae = [row for row in rows if row.cae_siren == cae]
        assert sum(row.cents for row in of_cae) <= 8_000_00
    # Nobody waits for room that is there: the first of each CAE does not fit in its cap, or the first of
    # those who do not in the budget.
    heads = {row.cae_siren: row for row in reversed(rows) if row.status == "waiting"}
    left = {cae: 8_000_00 - sum(row.cents for row in rows if row.cae_siren == cae) for cae in caes}
    waiting_for_budget = [row for row in heads.values() if row.entitlement_cents <= left[row.cae_siren]]
    in_order = sorted(waiting_for_budget, key=lambda row: row.waiting_number)
    assert all(row.entitlement_cents > 15_000_00 - budget for row in in_order[:1])


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("caes", "attempts_each"), [(1, 10_000), (150, 67)])
async def test_thousands_of_attempts_give_every_cae_its_ten(
    capital: Capital, racers: Racers, caes: int, attempts_each: int
) -> None:
    scheme = await capital.scheme()
    sirens = [capital.new_cae() for _ in range(caes)]
    asked = await capital.request(*(capital.asking(scheme, cae) for cae in sirens * attempts_each))
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(grants(*ids[::2]), grants(*ids[1::2]))

    assert tally(outcomes) == {2_000_00: 10 * caes, "cae-cap-reached": (attempts_each - 10) * caes}
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        for cae in sirens:
            cap = await read_cap(session, capital.operator, scheme.id, cae, today=capital.today)
            assert cap.used_cents == 20_000_00
    assert await capital.differences() == []


async def test_a_merger_among_grants_passes_no_cap_and_loses_no_room(
    capital: Capital, racers: Racers
) -> None:
    """Two CAEs of one cap each: who comes before the merger has its own, who comes after what is left."""
    scheme, former, successor = await capital.scheme(), capital.new_cae(), capital.new_cae()
    asked = await capital.request(
        *(capital.asking(scheme, cae) for _ in range(12) for cae in (former, successor))
    )
    merger = {"act": "succeed", "id": former, "to": siret_of(successor)}
    ids = [top_up.id for top_up in asked]

    outcomes = await racers.race(
        grants(*ids[::2]), grants(*ids[1::2]), [*grants(asked[0].id), merger, merger]
    )

    granted = [outcome for outcome in outcomes if "award_cents" in outcome]
    refused = [outcome.get("refused") for outcome in outcomes if "refused" in outcome]
    merged = [outcome["taken_cents"] for outcome in outcomes if "taken_cents" in outcome]
    assert len(merged) == 1, "a company is succeeded once"
    assert refused.count("cae-succeeded") == 1
    assert set(refused) <= {"cae-cap-reached", "cae-succeeded", "status-forbids"}
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        cap = await read_cap(session, capital.operator, scheme.id, successor, today=capital.today)
    assert cap.used_cents == 2_000_00 * len(granted)
    # Never room lost: what is refused found its cap full, before the merger or after.
    assert cap.used_cents >= 20_000_00
    assert merged[0] <= 20_000_00
    assert await capital.differences() == []


async def test_two_mergers_in_a_circle_at_once_leave_one(capital: Capital, racers: Racers) -> None:
    await capital.scheme()
    one, other = capital.new_cae(), capital.new_cae()

    outcomes = await racers.race(
        [{"act": "succeed", "id": one, "to": siret_of(other)}],
        [{"act": "succeed", "id": other, "to": siret_of(one)}],
    )

    assert sorted(str(outcome.get("refused")) for outcome in outcomes) == ["None", "succession-cycle"]
