"""A CAE merges into another: its awards count for the successor, and what was decided stays as it was."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.capital.domain.de_minimis import Declaration
from services.capital.domain.refusals import (
    CaeCapReached,
    CaeSucceeded,
    DeMinimisAidAlreadyDeclared,
    SuccessionCycle,
)
from services.capital.domain.schemes import Period, Scheme
from services.capital.domain.simulation import Contribution
from services.capital.domain.successions import Succession
from services.capital.persistence import de_minimis
from services.capital.persistence.subsidies import awards_of_scheme
from services.capital.persistence.successions import FOLLOW
from services.capital.persistence.tables import metadata
from services.capital.usecases.cancel_de_minimis_declaration import (
    CancelDeMinimisDeclaration,
    cancel_de_minimis_declaration,
)
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.declare_de_minimis_aid import DeclareDeMinimisAid, declare_de_minimis_aid
from services.capital.usecases.read_caps import CaeCap, read_cap
from services.capital.usecases.read_de_minimis import read_de_minimis
from services.capital.usecases.read_top_ups import read_top_up
from services.capital.usecases.record_succession import RecordSuccession, record_succession
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, parse_siret
from services.kernel.refusals import Element, NotFound
from tests.factories.capital import siret_of
from tests.services.capital.conftest import TODAY, Capital

STAY = {
    "audit_trail": "what was told, of whom it was told",
    "audit_notes": "what was told, of whom it was told",
    "outbox": "what was told, of whom it was told",
    "cae_caps": "added up",
    "de_minimis_counters": "added up",
    "top_ups": "written with its establishment and its name",
}


def order(of: Siren, by: Siren, effective_on: date = date(2026, 4, 1)) -> RecordSuccession:
    return RecordSuccession(
        region="75",
        from_siren=of,
        to_siret=parse_siret(siret_of(by)),
        to_name="Coopérative Héliotrope",
        effective_on=effective_on,
        reason="Fusion-absorption",
    )


async def succeed(
    capital: Capital, of: Siren, by: Siren, effective_on: date = date(2026, 4, 1)
) -> Succession:
    async with capital.database.transaction(capital.operator) as session:
        return await record_succession(session, capital.operator, order(of, by, effective_on), today=TODAY)


async def cap_of(capital: Capital, scheme: Scheme, cae: Siren) -> CaeCap:
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        return await read_cap(session, capital.operator, scheme.id, cae, today=TODAY)


async def seen(capital: Capital, cae: Siren, top_up_id: UUID) -> bool:
    office = Caller(Role.CAE, "tests", siren=cae)
    async with capital.database.transaction(office, read_only=True) as session:
        try:
            return (await read_top_up(session, office, top_up_id)).id == top_up_id
        except NotFound:
            return False


async def test_awards_go_along_and_the_successors_cap_counts_them(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(budget_cents=90_000_00), capital.new_cae(), capital.new_cae()
    paid, granted = await capital.award(scheme, before, [2_000_00, 1_500_00])
    await capital.pay(scheme, before, [paid.id])
    await capital.award(scheme, after, [1_000_00])
    [waiting] = await capital.request(capital.asking(scheme, before, 1_200_00))

    recorded = await succeed(capital, before, after)

    assert (recorded.top_ups, recorded.taken_cents) == (3, 3_500_00)
    assert (await cap_of(capital, scheme, after)).used_cents == 4_500_00
    assert (await cap_of(capital, scheme, before)).used_cents == 0
    assert await capital.differences() == []
    for top_up in (paid, granted, waiting):
        assert (await capital.read(top_up.id)).cae.siren == after
        assert (await capital.read(top_up.id)).cae.name == "Coopérative Héliotrope"
        assert (await capital.read(top_up.id)).entrepreneur == top_up.entrepreneur
        assert await seen(capital, after, top_up.id)
        assert not await seen(capital, before, top_up.id)
    await capital.grant(waiting.id, date(2026, 5, 1))
    await capital.pay(scheme, after, [granted.id, waiting.id], date(2026, 6, 1))
    assert (await cap_of(capital, scheme, after)).used_cents == 5_700_00
    assert await capital.differences() == []


async def test_over_the_cap_nothing_is_taken_back_and_no_room_is_left(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    [first, *_] = await capital.award(scheme, before, [2_000_00] * 6)
    await capital.award(scheme, after, [2_000_00] * 6)

    await succeed(capital, before, after)

    cap = await cap_of(capital, scheme, after)
    assert (cap.cap_cents, cap.used_cents, cap.room_cents) == (20_000_00, 24_000_00, 0)
    [asked] = await capital.request(capital.asking(scheme, after, 1_000_00))
    with pytest.raises(CaeCapReached) as refusal:
        await capital.grant(asked.id, date(2026, 5, 1))
    assert refusal.value.facts["room_cents"] == 0
    async with capital.database.transaction(capital.operator) as session:
        cancelled = CancelTopUp(top_up_id=first.id, reason="Départ")
        await cancel_top_up(session, capital.operator, cancelled, today=TODAY)
    assert (await cap_of(capital, scheme, after)).used_cents == 22_000_00
    assert await capital.differences() == []


async def test_aid_of_both_is_the_successors_under_one_ceiling(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    first, second = await capital.award(scheme, before, [2_000_00, 1_500_00])
    await capital.award(scheme, after, [1_000_00])
    async with capital.database.transaction(capital.operator) as session:
        cancelled = CancelTopUp(top_up_id=second.id, reason="Départ")
        await cancel_top_up(session, capital.operator, cancelled, today=TODAY)

    await succeed(capital, before, after)

    async with capital.database.transaction(capital.operator, read_only=True) as session:
        granted = await de_minimis.sources(session, [before, after])
    assert sum(one.cents for one in granted[before]) == 0
    assert sum(one.cents for one in granted[after]) == 3_000_00
    assert first.award_cents == 2_000_00
    assert await capital.differences() == []


async def test_years_are_added_up_year_by_year(capital: Capital) -> None:
    scheme = await capital.scheme(cap_period=Period.CALENDAR_YEAR)
    before, after = capital.new_cae(), capital.new_cae()
    asked = await capital.request(
        *(capital.asking(scheme, before, paid_up_on=date(2025, 1, 15)) for _ in range(2))
    )
    await capital.grant(asked[0].id, date(2025, 3, 1))
    await capital.grant(asked[1].id, date(2026, 3, 1))
    await capital.award(scheme, after, [1_000_00])

    await succeed(capital, before, after)

    assert (await cap_of(capital, scheme, after)).used_cents == 3_000_00
    assert await capital.differences() == []


async def test_a_chain_has_one_end_and_no_circle(capital: Capital) -> None:
    scheme = await capital.scheme()
    first, second, third = (capital.new_cae() for _ in range(3))
    [award] = await capital.award(scheme, first, [2_000_00])
    await succeed(capital, first, second, date(2026, 3, 1))
    await succeed(capital, second, third, date(2026, 4, 1))

    assert await seen(capital, third, award.id)
    assert (await cap_of(capital, scheme, third)).used_cents == 2_000_00
    with pytest.raises(SuccessionCycle):
        await succeed(capital, third, first)
    with pytest.raises(CaeSucceeded) as refusal:
        await succeed(capital, first, capital.new_cae())
    assert refusal.value.facts["successor_siren"] == third
    assert await capital.differences() == []


async def test_who_was_succeeded_asks_for_nothing_more(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    await succeed(capital, before, after)

    with pytest.raises(CaeSucceeded):
        await capital.request(capital.asking(scheme, before))
    asked = SimulateTopUps(
        scheme_id=scheme.id,
        cae_siret=parse_siret(siret_of(before)),
        contributions=[Contribution("T-1", 1_500_00, date(2026, 1, 15))],
    )
    with pytest.raises(CaeSucceeded):
        async with capital.database.transaction(capital.operator, read_only=True) as session:
            await simulate_top_ups(session, capital.operator, asked, today=TODAY)
    assert len(await capital.request(capital.asking(scheme, after))) == 1


async def test_a_reference_of_the_former_cae_is_nobodys_in_the_successor(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, before, reference="T-1"))
    await capital.grant(asked.id)
    await succeed(capital, before, after)

    simulated = SimulateTopUps(
        scheme_id=scheme.id,
        cae_siret=parse_siret(siret_of(after)),
        contributions=[Contribution("T-1", 1_500_00, date(2026, 1, 15))],
    )
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        found = await simulate_top_ups(session, capital.operator, simulated, today=TODAY)

    assert found.awarded_cents == 1_500_00


async def test_published_data_name_whose_it_was_on_the_day_of_decision(capital: Capital) -> None:
    """Decided in A's time, in B's after A merged into it, and in C's."""
    scheme = await capital.scheme()
    first, second, third = (capital.new_cae() for _ in range(3))
    asked = await capital.request(*(capital.asking(scheme, first) for _ in range(3)))
    await capital.grant(asked[0].id, date(2026, 2, 1))
    await succeed(capital, first, second, date(2026, 3, 1))
    await capital.grant(asked[1].id, date(2026, 3, 15))
    await succeed(capital, second, third, date(2026, 4, 1))
    await capital.grant(asked[2].id, date(2026, 4, 1))

    funder = Caller(Role.FUNDER, "tests", siren=capital.terms.funders[0].siren)
    for caller in (capital.operator, funder):
        async with capital.database.transaction(caller, read_only=True) as session:
            awards = await awards_of_scheme(session, caller.scope, scheme.id, 2026, limit=10)
        assert [(award.decided_on.month, award.cae_siret[:9]) for award in awards] == [
            (2, first),
            (3, second),
            (4, third),
        ]
        assert awards[0].cae_name == "Coopérative Tournesol"
        assert awards[1].cae_name == "Coopérative Héliotrope"


async def test_a_region_is_its_operators(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    [award] = await capital.award(scheme, before, [2_000_00])
    stranger = Caller(Role.OPERATOR, "tests", frozenset({"53"}))

    with pytest.raises(NotFound) as refused:
        async with capital.database.transaction(stranger) as session:
            await record_succession(session, stranger, order(before, after), today=TODAY)

    assert refused.value.facts == {"what": Element.REGION, "id": scheme.region}
    assert await seen(capital, before, award.id)


async def test_both_are_told_and_each_dossier_tells_its_new_cae(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    [award] = await capital.award(scheme, before, [2_000_00])

    recorded = await succeed(capital, before, after)

    query = text("""SELECT type, cae_siren, version FROM capital.outbox
                     WHERE dossier_id = ANY (:ids) AND type IN ('cae.succeeded', 'top_up.taken_along')
                     ORDER BY dossier_kind, version""")
    async with capital.database.of_all_tenants(read_only=True) as session:
        told = [tuple(row)[:2] for row in await session.execute(query, {"ids": [recorded.id, award.id]})]
    assert told == [
        ("cae.succeeded", before),
        ("cae.succeeded", after),
        ("top_up.taken_along", after),
    ]


def test_every_table_that_says_whose_a_row_is_follows_or_says_why_not() -> None:
    with_a_cae = {table.name for table in metadata.tables.values() if "cae_siren" in table.columns}

    assert {*FOLLOW, *STAY} == with_a_cae
    assert set(FOLLOW) & set(STAY) == set()


async def test_no_row_of_a_dossier_is_left_with_the_former_cae(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    [award] = await capital.award(scheme, before, [2_000_00])
    payment = await capital.pay(scheme, before, [award.id])
    await capital.reverse(payment.id)

    await succeed(capital, before, after)

    async with capital.database.of_all_tenants(read_only=True) as session:
        for name in (*FOLLOW, "top_ups", "cae_caps"):
            query = text(f"SELECT count(*) FROM capital.{name} WHERE cae_siren = :cae")
            assert (await session.execute(query, {"cae": before})).scalar_one() == 0, name


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE capital.postings SET amount_cents = -amount_cents WHERE region = '75'",
        "UPDATE capital.postings SET cae_siren = '999999999' WHERE region = '75'",
        "UPDATE capital.journal_entries SET entry_on = entry_on - 1 WHERE region = '75'",
        "DELETE FROM capital.postings WHERE region = '75'",
    ],
)
async def test_the_journal_changes_in_nothing_else(capital: Capital, change: str) -> None:
    """Tried as whoever may do most, short of the owner: the role's rights refuse before the trigger."""
    await capital.award(await capital.scheme(), capital.new_cae(), [2_000_00])

    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        await _changed(capital, change)


async def _changed(capital: Capital, change: str) -> Any:
    async with capital.database.of_all_tenants() as session:
        return await session.execute(text(change))


async def declare(capital: Capital, cae: Siren, region: str = "75", reference: str = "DEL 1") -> Declaration:
    caller = Caller(Role.OPERATOR, "tests", frozenset({region}))
    aid = DeclareDeMinimisAid(
        region=region,
        cae_siren=cae,
        granted_on=date(2025, 4, 14),
        amount_cents=10_000_00,
        grantor="Ville",
        reference=reference,
    )
    async with capital.database.transaction(caller) as session:
        return await declare_de_minimis_aid(session, caller, aid, today=TODAY)


async def received_cents(capital: Capital, cae: Siren) -> int:
    async with capital.database.transaction(capital.admin, read_only=True) as session:
        found = await read_de_minimis(session, capital.admin, cae, date(2026, 6, 1))
    return found.received_cents


async def test_declared_aid_goes_along_and_counts_once(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    await capital.award(scheme, before, [2_000_00])
    await declare(capital, before)
    await declare(capital, before, reference="DEL 2")
    await declare(capital, before, region="84", reference="DEL 3")
    taken_back = await declare(capital, before, reference="DEL 4")
    async with capital.database.transaction(capital.operator) as session:
        cancellation = CancelDeMinimisDeclaration(declaration_id=taken_back.id, reason="Erreur")
        await cancel_de_minimis_declaration(session, capital.operator, cancellation, today=TODAY)

    await succeed(capital, before, after)

    assert (await received_cents(capital, before), await received_cents(capital, after)) == (
        10_000_00,
        22_000_00,
    )
    assert await capital.differences() == []


async def test_one_act_that_aided_both_companies_counts_for_each(capital: Capital) -> None:
    scheme, before, after = await capital.scheme(), capital.new_cae(), capital.new_cae()
    await capital.award(scheme, before, [2_000_00])
    await declare(capital, before)
    await declare(capital, after)

    await succeed(capital, before, after)

    assert await received_cents(capital, after) == 22_000_00
    assert await capital.differences() == []
    with pytest.raises(CaeSucceeded):
        await declare(capital, before, reference="DEL 2")
    with pytest.raises(DeMinimisAidAlreadyDeclared):
        await declare(capital, after)
