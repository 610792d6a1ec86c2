"""Rules that nobody has counted on yet are corrected; those in use are only succeeded."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.capital.domain.refusals import VersionGap, VersionInUse, VersionLeavesRequests
from services.capital.domain.schemes import Period, Scheme, Version
from services.capital.usecases.read_schemes import read_scheme
from services.capital.usecases.read_top_ups import read_top_up
from services.capital.usecases.replace_version import ReplaceVersion, replace_version
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from tests.services.capital.conftest import Capital
from tests.services.capital.usecases.test_telling import events, trail
from tests.services.capital.usecases.test_versions import succeed

NEXT_YEAR = date(2027, 1, 1)


async def corrected(capital: Capital, scheme: Scheme, version: Version, **changed: Any) -> Version:
    terms = replace(capital.terms, **({"valid_from": version.valid_from} | changed))
    order = ReplaceVersion(scheme_id=scheme.id, version_id=version.id, terms=terms)
    async with capital.database.transaction(capital.operator) as session:
        return await replace_version(session, capital.operator, order, today=capital.today)


async def now(capital: Capital, scheme: Scheme) -> Scheme:
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        return await read_scheme(session, capital.operator, scheme.id)


async def test_a_version_to_come_takes_other_rules_other_dates_and_other_funders(capital: Capital) -> None:
    scheme = await capital.scheme()
    version = await succeed(capital, scheme, valid_from=NEXT_YEAR)
    stranger = replace(capital.terms.funders[0], siren=Siren("552100554"), name="Ville")

    replaced = await corrected(
        capital,
        scheme,
        version,
        valid_from=date(2027, 2, 1),
        ceiling_cents=3_000_00,
        funders=(stranger, capital.terms.funders[1]),
    )

    assert (replaced.id, replaced.created_at) == (version.id, version.created_at)
    assert (await now(capital, scheme)).versions == (scheme.versions[0], replaced)
    # Who is named from now on sees the whole scheme.
    funder = Caller(Role.FUNDER, "tests", siren=Siren("552100554"))
    async with capital.database.transaction(funder, read_only=True) as session:
        assert (await read_scheme(session, funder, scheme.id)).versions[1] == replaced


async def test_a_version_that_has_begun_or_that_a_request_follows_stays(capital: Capital) -> None:
    scheme = await capital.scheme()
    with pytest.raises(VersionInUse) as begun:
        await corrected(capital, scheme, scheme.versions[0], ceiling_cents=3_000_00)
    assert begun.value.facts["requests"] == 0

    today = await succeed(capital, scheme, valid_from=capital.today)
    await capital.request(capital.asking(scheme, capital.new_cae(), paid_up_on=capital.today))
    with pytest.raises(VersionInUse) as followed:
        await corrected(capital, scheme, today, ceiling_cents=3_000_00)

    assert followed.value.facts["requests"] == 1
    assert (await now(capital, scheme)).versions == (scheme.versions[0], today)


async def test_a_replacement_leaves_no_day_without_rules(capital: Capital) -> None:
    scheme = await capital.scheme()
    version = await succeed(capital, scheme, valid_from=NEXT_YEAR, valid_until=date(2027, 12, 31))
    await succeed(capital, scheme, valid_from=date(2028, 1, 1))

    with pytest.raises(VersionGap):
        await corrected(capital, scheme, version, valid_until=date(2027, 11, 30))

    assert (await now(capital, scheme)).versions[1] == version


async def test_no_version_ends_before_the_contribution_of_a_request_that_waits(capital: Capital) -> None:
    scheme = await capital.scheme()
    await capital.request(capital.asking(scheme, capital.new_cae(), paid_up_on=date(2026, 6, 1)))

    with pytest.raises(VersionLeavesRequests):
        await succeed(capital, scheme, valid_from=date(2026, 1, 1), valid_until=date(2026, 5, 31))

    assert len((await now(capital, scheme)).versions) == 1


async def test_requests_follow_a_version_moved_to_before_their_day(capital: Capital) -> None:
    scheme = await capital.scheme()
    version = await succeed(capital, scheme, valid_from=NEXT_YEAR)
    [asked] = await capital.request(
        capital.asking(scheme, capital.new_cae(), 3_000_00, paid_up_on=date(2026, 6, 1))
    )

    await corrected(capital, scheme, version, valid_from=date(2026, 5, 1), ceiling_cents=2_500_00)

    async with capital.database.transaction(capital.operator, read_only=True) as session:
        found = await read_top_up(session, capital.operator, asked.id)
    assert (found.version_id, found.entitlement_cents) == (version.id, 2_500_00)


async def test_what_no_version_counts_any_more_is_counted_anew_when_one_does(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00])
    by_year: dict[str, Any] = {"cap_period": Period.CALENDAR_YEAR, "budget_cents": 90_000_00}
    version = await succeed(capital, scheme, valid_from=NEXT_YEAR, **by_year)
    await capital.award(scheme, cae, [1_000_00])

    await corrected(capital, scheme, version)
    await capital.award(scheme, cae, [1_500_00])  # counted by nobody but the scheme's whole life
    assert await capital.differences() == []

    await corrected(capital, scheme, version, **by_year)
    await capital.award(scheme, cae, [1_200_00])
    assert await capital.differences() == []


async def test_a_request_and_a_replacement_at_once_agree(capital: Capital) -> None:
    """Either the request came first, and the version stays, or it follows the version as replaced."""
    outcomes = set()
    for _ in range(12):
        scheme = await capital.scheme()
        version = await succeed(capital, scheme, valid_from=capital.today)
        orders = [
            capital.asking(scheme, capital.new_cae(), 3_000_00, paid_up_on=capital.today) for _ in range(3)
        ]

        replaced, *asked = await asyncio.gather(
            corrected(capital, scheme, version, ceiling_cents=3_000_00),
            *(capital.request(order) for order in orders),
            return_exceptions=True,
        )

        kept = (await now(capital, scheme)).versions[1]
        entitled = {top_up.entitlement_cents for answer in asked for top_up in answer}  # type: ignore[union-attr]
        assert entitled == {kept.ceiling_cents}
        assert isinstance(replaced, Version | VersionInUse)
        assert (kept == version) is isinstance(replaced, VersionInUse)
        outcomes.add(type(replaced))
    assert outcomes <= {Version, VersionInUse}


async def test_a_replacement_is_told_with_what_was_and_what_is(capital: Capital) -> None:
    scheme = await capital.scheme()
    version = await succeed(capital, scheme, valid_from=NEXT_YEAR)

    await corrected(capital, scheme, version, ceiling_cents=3_000_00)

    told = (await trail(capital, scheme.id))[-1]
    assert (told["act"], told["subject_id"]) == ("replace_version", version.id)
    assert (told["before"]["ceiling_cents"], told["after"]["ceiling_cents"]) == (2_000_00, 3_000_00)
    assert (await events(capital, scheme.id))[-1][0] == "scheme.version_replaced"
