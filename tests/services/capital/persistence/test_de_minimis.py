"""What PostgreSQL itself holds of the ceiling: its counters, its rules, and who is told what."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.capital.persistence import de_minimis
from services.capital.persistence.de_minimis import GrantedAid, Source
from services.capital.usecases.cancel_de_minimis_declaration import (
    CancelDeMinimisDeclaration,
    cancel_de_minimis_declaration,
)
from services.capital.usecases.declare_de_minimis_aid import DeclareDeMinimisAid, declare_de_minimis_aid
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


async def declared(capital: Capital) -> UUID:
    order = DeclareDeMinimisAid(
        region="75",
        cae_siren=capital.new_cae(),
        granted_on=date(2026, 2, 1),
        amount_cents=8_000_00,
        grantor="Ville de Limoges",
        reference="DEL 2026-2-7",
    )
    async with capital.database.transaction(capital.operator) as session:
        declaration = await declare_de_minimis_aid(session, capital.operator, order, today=capital.today)
    return declaration.id


async def cancel(capital: Capital, id_: UUID) -> None:
    order = CancelDeMinimisDeclaration(declaration_id=id_, reason="Déclarée deux fois")
    async with capital.database.transaction(capital.operator) as session:
        await cancel_de_minimis_declaration(session, capital.operator, order, today=capital.today)


async def require_kept(capital: Capital, change: str, id_: UUID) -> None:
    with pytest.raises(IntegrityError, match="stays as it was recorded"):
        async with capital.database.of_all_tenants() as session:
            await session.execute(text(change), {"id": id_})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE capital.de_minimis_declarations SET amount_cents = 1 WHERE id = :id",
        "UPDATE capital.de_minimis_declarations SET granted_on = '2020-01-01' WHERE id = :id",
        "UPDATE capital.de_minimis_declarations SET region = '84' WHERE id = :id",
        "UPDATE capital.de_minimis_declarations SET beneficiary_siren = '552100554' WHERE id = :id",
        "DELETE FROM capital.de_minimis_declarations WHERE id = :id",
    ],
)
async def test_what_was_declared_stays(capital: Capital, change: str) -> None:
    id_ = await declared(capital)

    await require_kept(capital, change, id_)
    await cancel(capital, id_)
    await require_kept(capital, change, id_)


@pytest.mark.parametrize("change", ["cancelled_on = NULL, reason = NULL", "reason = 'Autre motif'"])
async def test_a_declaration_is_cancelled_for_good(capital: Capital, change: str) -> None:
    id_ = await declared(capital)
    await cancel(capital, id_)

    statement = f"UPDATE capital.de_minimis_declarations SET {change} WHERE id = :id"
    await require_kept(capital, statement, id_)
