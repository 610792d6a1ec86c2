"""What the database tells of a scheme's sums, and to whom: the function reads as its owner."""

from datetime import date

import pytest
from sqlalchemy import text

from services.capital.domain.statements import StatementFacts
from services.capital.persistence import statements
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from tests.services.capital.conftest import Capital

REGIONS = frozenset({"75"})
REGION_SIREN = Siren("200053759")
TOLD = {
    "its operator": (Caller(Role.OPERATOR, "tests", REGIONS), True),
    "an operator elsewhere": (Caller(Role.OPERATOR, "tests", frozenset({"84"})), False),
    "its co-funder": (Caller(Role.FUNDER, "tests", siren=REGION_SIREN), True),
    "another funder": (Caller(Role.FUNDER, "tests", siren=Siren("110044013")), False),
    "a CAE": (Caller(Role.CAE, "tests", siren=REGION_SIREN), False),  # even under a co-funder's number
    "a partner": (Caller(Role.PARTNER, "tests", REGIONS), False),
    "an administrator": (Caller(Role.ADMIN, "tests"), True),
}


@pytest.mark.parametrize(("caller", "is_told"), TOLD.values(), ids=TOLD)
async def test_sums_are_told_to_who_runs_or_feeds_the_scheme(
    capital: Capital, caller: Caller, *, is_told: bool
) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)
    await capital.receive(top_up_id, 500_00)

    async with capital.database.transaction(caller, read_only=True) as session:
        found = await statements.facts(session, scheme.id, capital.today)
        role = (await session.execute(text("SELECT current_setting('essor.role')"))).scalar_one()
        seen = (await session.execute(text("SELECT count(*) FROM capital.top_ups"))).scalar_one()

    assert (found != StatementFacts()) is is_told
    assert role == caller.role.value  # the function gave back what it borrowed
    assert seen == 0 or caller.role not in {Role.FUNDER, Role.CAE}


async def test_each_fact_counts_from_its_own_day(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])  # decided on 1 February
    back = await capital.pay(scheme, cae, [granted.id], date(2026, 3, 1))
    await capital.reverse(back.id, date(2026, 3, 5))
    await capital.pay(scheme, cae, [granted.id], date(2026, 3, 10))
    await capital.propose(granted.id, proposed_on=date(2026, 5, 1))
    await capital.confirm(granted.id, confirmed_on=date(2026, 5, 10))
    await capital.receive(granted.id, 500_00, date(2026, 6, 1))
    await capital.waive(granted.id, waived_on=date(2026, 6, 20))

    told = {}
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        for month, day in ((1, 31), (2, 1), (3, 4), (3, 5), (3, 10), (5, 9), (5, 10), (6, 1), (6, 20)):
            found = await statements.facts(session, scheme.id, date(2026, month, day))
            paid_cents = sum(cents for lines in found.paid_cents.values() for cents in lines.values())
            told[month, day] = (
                sum(found.awarded_cents.values()),
                paid_cents,
                sum(found.clawed_back_cents.values()),
                sum(found.to_come_back_cents.values()),
            )

    assert told == {
        (1, 31): (0, 0, 0, 0),
        (2, 1): (2_000_00, 0, 0, 0),
        (3, 4): (2_000_00, 2_000_00, 0, 0),
        (3, 5): (2_000_00, 0, 0, 0),
        (3, 10): (2_000_00, 2_000_00, 0, 0),
        (5, 9): (2_000_00, 2_000_00, 0, 0),
        (5, 10): (2_000_00, 2_000_00, 0, 2_000_00),
        (6, 1): (2_000_00, 2_000_00, 500_00, 1_500_00),
        (6, 20): (2_000_00, 2_000_00, 500_00, 0),
    }
