"""Statements kept as they are sent: the same rows as SQLAlchemy's, for each call's own values."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Select, any_, select

from services.kernel.access import Caller, Role
from services.loans.persistence.fund_settings import SETTINGS
from services.runtime.database.written_once import WrittenOnce, given
from tests.api import Api
from tests.services.loans.conftest import REGION, Lending

OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({REGION}))


def of_funds(ids: Any, most: Any) -> Select[Any]:
    """With a list, a JSON column, and a limit."""
    wanted = select(SETTINGS).where(SETTINGS.c.fund_id == any_(ids), SETTINGS.c.region.in_([REGION]))
    return wanted.order_by(SETTINGS.c.fund_id).limit(most)


async def test_rows_are_those_of_the_statement(loans_api: Api) -> None:
    lending = Lending(loans_api)
    shares = {"target_shares": [{"kind": "region", "percent": 60}]}
    ids = [UUID((await lending.fund(settings, contributions=()))["id"]) for settings in (shares, {})]
    kind = ARRAY(SETTINGS.c.fund_id.type)
    kept = WrittenOnce(of_funds(given("ids", kind), given("most", BigInteger())))

    async with lending.api.database.transaction(OPERATOR, read_only=True) as session:
        for wanted, most in (([], 5), (ids, 5), (ids[:1], 5), (ids, 1)):
            rows = await kept.rows(session, ids=wanted, most=most)
            bound = given("ids", kind)
            bound.value = wanted
            expected = (await session.execute(of_funds(bound, most))).all()

            assert [row._asdict() for row in rows] == [dict(row._mapping) for row in expected]
            assert len(rows) == min(len(wanted), most)
