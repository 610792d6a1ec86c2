"""What PostgreSQL itself holds of the ceiling: its counters, its rules, and who is told what."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.capital.persistence import de_minimis
from services.capital.persistence.de_minimis import GrantedAid, Source
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from tests.services.capital.conftest import Capital

ELSEWHERE = Caller(Role.OPERATOR, "tests", frozenset({"84"}))


async def sources(capital: Capital, caller: Caller, cae: Siren) -> list[GrantedAid]:
    async with capital.database.transaction(caller, read_only=True) as session:
        return (await de_minimis.sources(session, [cae]))[cae]


async def test_each_is_told_the_sum_and_no_more_than_its_own_of_the_rest(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [1_000_00, 1_500_00])
    own = [GrantedAid(date(2026, 2, 1), Source.SCHEME, scheme.id, 2_500_00)]

    assert await sources(capital, capital.operator, cae) == own
    assert await sources(capital, capital.admin, cae) == own
    assert await sources(capital, Caller(Role.CAE, "tests", siren=cae), cae) == own
    assert await sources(capital, ELSEWHERE, cae) == [
        GrantedAid(date(2026, 2, 1), Source.ELSEWHERE, None, 2_500_00)
    ]


@pytest.mark.parametrize(
    "caller",
    [
        Caller(Role.PARTNER, "tests", frozenset({"75"})),
        Caller(Role.FUNDER, "tests", siren=Siren("200053759")),
        Caller(Role.CAE, "tests", siren=Siren("552100554")),
        Caller(Role.OPERATOR, "tests"),
    ],
    ids=["partner", "funder", "another CAE", "operator of nowhere"],
)
async def test_nobody_else_is_told_anything(capital: Capital, caller: Caller) -> None:
    cae = capital.new_cae()
    await capital.award(await capital.scheme(), cae, [1_000_00])

    with pytest.raises(DBAPIError, match="not this caller's to know"):
        await sources(capital, caller, cae)
    async with capital.database.transaction(caller, read_only=True) as session:
        counters = text("SELECT count(*) FROM capital.de_minimis_counters WHERE cae_siren = :cae")
        assert (await session.execute(counters, {"cae": cae})).scalar_one() == 0


async def test_who_was_told_speaks_as_itself_again(capital: Capital) -> None:
    async with capital.database.transaction(ELSEWHERE, read_only=True) as session:
        await de_minimis.sources(session, [capital.new_cae()])
        role = await session.execute(text("SELECT current_setting('essor.role')"))
        assert role.scalar_one() == "operator"


async def test_the_rules_are_everybodys_to_read_and_nobodys_to_write(capital: Capital) -> None:
    for role in Role:
        caller = Caller(role, "tests", frozenset({"75"}), siren=Siren("552100554"))
        async with capital.database.transaction(caller) as session:
            told = [(rule.valid_from, rule.ceiling_cents) for rule in await de_minimis.rules(session)]
            assert told == [
                (date(2007, 1, 1), 200_000_00),
                (date(2014, 1, 1), 200_000_00),
                (date(2024, 1, 1), 300_000_00),
            ]
            changed = await session.execute(text("UPDATE capital.de_minimis_rules SET ceiling_cents = 0"))
            assert changed.rowcount == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("changed", ["counted_cents = allowed_cents + 1", "counted_cents = -1"])
async def test_a_counter_keeps_to_what_the_ceiling_allowed(capital: Capital, changed: str) -> None:
    cae = capital.new_cae()
    await capital.award(await capital.scheme(), cae, [1_000_00, 1_000_00])

    statement = text(f"UPDATE capital.de_minimis_counters SET {changed} WHERE cae_siren = :cae")

    with pytest.raises(IntegrityError, match="ck_de_minimis_counters_counted_within_allowed"):
        async with capital.database.of_all_tenants() as session:
            await session.execute(statement, {"cae": cae})
