"""What the database itself tells a co-funder of awards, whose dossiers it may not read."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.schemes import FunderShare, Scheme
from services.capital.persistence.subsidies import awards_by_cae, awards_of_scheme
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, parse_siren
from tests.factories.capital import new_siren
from tests.services.capital.conftest import Capital

ASKED = text("SELECT id FROM capital.awards_of_funder(CAST(:scheme_id AS uuid), :year)")


@pytest.fixture
def funder() -> Siren:
    return parse_siren(new_siren())


async def scheme_of(capital: Capital, funder: Siren) -> Scheme:
    return await capital.scheme(funders=(FunderShare(funder, "Financeur", Decimal(100)),))


async def told(capital: Capital, caller: Caller, scheme: Scheme | None, year: int = 2026) -> set[UUID]:
    async with capital.database.transaction(caller, read_only=True) as session:
        asked = {"scheme_id": scheme.id if scheme else None, "year": year}
        found = {row.id for row in await session.execute(ASKED, asked)}
        role = (await session.execute(text("SELECT current_setting('essor.role')"))).scalar_one()
        assert role == caller.role  # it was the owner's for the time of the sum, and no longer
        assert caller.role is not Role.FUNDER or await dossiers(capital, caller) == 0
        return found


async def dossiers(capital: Capital, caller: Caller) -> int:
    async with capital.database.transaction(caller, read_only=True) as session:
        return int((await session.execute(text("SELECT count(*) FROM capital.top_ups"))).scalar_one())


async def test_a_co_funder_is_told_the_awards_of_its_schemes(capital: Capital, funder: Siren) -> None:
    one, two = await scheme_of(capital, funder), await scheme_of(capital, funder)
    foreign = await scheme_of(capital, parse_siren(new_siren()))
    cae = capital.new_cae()
    first, second = await capital.award(one, cae, [1_500_00, 1_600_00])
    (third,) = await capital.award(two, cae, [1_700_00])
    await capital.award(foreign, cae, [1_800_00])
    await capital.request(capital.asking(one, cae))
    caller = Caller(Role.FUNDER, "tests", siren=funder)

    assert await told(capital, caller, one) == {first.id, second.id}
    assert await told(capital, caller, None) == {first.id, second.id, third.id}
    assert await told(capital, caller, foreign) == set()
    assert await told(capital, caller, one, 2025) == set()


async def test_nobody_else_is_told_anything(capital: Capital, funder: Siren) -> None:
    scheme, cae = await scheme_of(capital, funder), capital.new_cae()
    await capital.award(scheme, cae, [1_500_00])

    for caller in (
        capital.operator,
        capital.admin,
        Caller(Role.PARTNER, "tests", frozenset({"75"})),
        Caller(Role.CAE, "tests", siren=cae),
        Caller(Role.FUNDER, "tests", siren=parse_siren(new_siren())),
    ):
        assert await told(capital, caller, None) == set()


async def test_what_a_co_funder_is_told_is_what_the_dossiers_say(capital: Capital, funder: Siren) -> None:
    scheme, cae = await scheme_of(capital, funder), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00] * 9 + [1_500_00])
    callers = (capital.operator, Caller(Role.FUNDER, "tests", siren=funder))
    read = []
    for caller in callers:
        async with capital.database.transaction(caller, read_only=True) as session:
            awards = await awards_of_scheme(session, caller.scope, scheme.id, 2026, limit=100)
            groups = await awards_by_cae(session, caller.scope, 2026, over_cents=19_499_99, cae_siren=cae)
            none = await awards_by_cae(session, caller.scope, 2026, over_cents=19_500_00, cae_siren=cae)
        assert none == []
        read.append((awards, groups))

    assert read[0] == read[1]
    awards, groups = read[0]
    assert [award.decided_on for award in awards] == [date(2026, 2, 1)] * 10
    assert sorted((group.amount_cents, group.count) for group in groups) == [(1_500_00, 1), (2_000_00, 9)]


async def test_no_more_are_read_than_asked_for(capital: Capital, funder: Siren) -> None:
    scheme = await scheme_of(capital, funder)
    await capital.award(scheme, capital.new_cae(), [1_500_00] * 3)

    async with capital.database.transaction(capital.operator, read_only=True) as session:
        assert len(await awards_of_scheme(session, capital.operator.scope, scheme.id, 2026, limit=2)) == 2
