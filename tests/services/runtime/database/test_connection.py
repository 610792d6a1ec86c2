"""Statements by the driver: in the session's transaction, with who calls, refused as SQLAlchemy refuses."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.kernel.access import Caller, Role
from services.runtime.database.connection import fetch
from services.runtime.problems import is_passing
from tests.api import Api

OPERATOR = Caller(Role.OPERATOR, "driver", frozenset({"84"}))
WHO = "SELECT current_setting('essor.client', true) AS client, current_setting('essor.regions', true) AS of"
ADD = "INSERT INTO probe.deposits VALUES ($1, 1) RETURNING id"
ADD_TOO = "INSERT INTO probe.deposits VALUES (:id, 1)"
COUNT = "SELECT count(*) AS number FROM probe.deposits WHERE id = ANY ($1)"


async def number_of(api: Api, *ids: Any) -> int:
    async with api.database.of_all_tenants(read_only=True) as session:
        [row] = await fetch(session, COUNT, list(ids))
        return int(row.number)


async def add_and_then(api: Api, added: UUID, then: str, *values: object, **options: Any) -> None:
    async with api.database.of_all_tenants(**options) as session:
        await fetch(session, ADD, added)
        await fetch(session, then, *values)


async def add_both_ways_and_fail(api: Api, one: UUID, two: UUID) -> None:
    async with api.database.of_all_tenants() as session:
        await session.execute(text(ADD_TOO), {"id": one})
        await fetch(session, ADD, two)
        raise RuntimeError


async def test_the_first_statement_says_who_calls_whoever_sends_it(scratch: Any) -> None:
    async with scratch(pool_size=1) as api:
        async with api.database.transaction(OPERATOR) as session:
            [row] = await fetch(session, WHO)
            assert (row.client, row.of) == ("driver", "84")
            again = (await session.execute(text(WHO))).one()
            assert tuple(again) == ("driver", "84")
        async with api.database.engine.connect() as connection:  # nobody answers for it
            assert (await connection.execute(text(WHO))).one().client in {None, ""}


async def test_both_kinds_of_statements_are_one_transaction(scratch: Any) -> None:
    one, two, three, four = (uuid4() for _ in range(4))
    async with scratch(pool_size=1) as api:
        async with api.database.of_all_tenants() as session:
            await fetch(session, ADD, one)
            await session.execute(text(ADD_TOO), {"id": two})
        assert await number_of(api, one, two) == 2

        with pytest.raises(RuntimeError):
            await add_both_ways_and_fail(api, three, four)
        assert await number_of(api, three, four) == 0


async def test_what_a_rolled_back_session_wrote_by_the_driver_is_gone(scratch: Any) -> None:
    added = uuid4()
    async with scratch(pool_size=1) as api:
        async with api.database.of_all_tenants() as session:
            await fetch(session, ADD, added)
            await session.rollback()
        assert await number_of(api, added) == 0


async def test_what_a_constraint_refuses_is_told_without_values(scratch: Any) -> None:
    added = uuid4()
    async with scratch(pool_size=1) as api:
        with pytest.raises(IntegrityError) as refused:
            await add_and_then(api, added, ADD, added)
        assert getattr(refused.value.orig, "sqlstate", None) == "23505"
        assert str(added) not in str(refused.value)
        assert await number_of(api, added) == 0


async def test_a_reader_writes_nothing_by_the_driver_either(scratch: Any) -> None:
    async with scratch(pool_size=1) as api:
        with pytest.raises(DBAPIError) as refused:
            await add_and_then(api, uuid4(), "SELECT 1", read_only=True)
        assert getattr(refused.value.orig, "sqlstate", None) == "25006"


async def test_a_call_given_up_in_a_statement_leaves_nothing_behind(scratch: Any) -> None:
    added = uuid4()
    async with scratch(pool_size=1) as api:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(add_and_then(api, added, "SELECT pg_sleep(30)"), 0.3)
        assert await number_of(api, added) == 0


async def test_a_connection_that_the_server_ends_may_be_tried_again(scratch: Any) -> None:
    added = uuid4()
    async with scratch(pool_size=1) as api:
        with pytest.raises(DBAPIError) as ended:
            await add_and_then(api, added, "SELECT pg_terminate_backend(pg_backend_pid())")
        assert is_passing(ended.value)
        assert await number_of(api, added) == 0


async def test_what_is_not_kept_is_never_told_as_kept(scratch: Any) -> None:
    """A refusal that somebody swallows: PostgreSQL answers COMMIT with ROLLBACK, which is no success."""
    added = uuid4()

    async def add_twice(api: Api) -> None:
        async with api.database.of_all_tenants() as session:
            await fetch(session, ADD, added)
            with pytest.raises(IntegrityError):
                await fetch(session, ADD, added)

    async with scratch(pool_size=1) as api:
        with pytest.raises(DBAPIError) as refused:
            await add_twice(api)
        assert not is_passing(refused.value)
        assert await number_of(api, added) == 0
