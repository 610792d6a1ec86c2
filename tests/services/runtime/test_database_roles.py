"""Each service's role reads and writes its own schema, and nothing else."""

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.runtime.database import asyncpg_url
from services.runtime.database_roles import role_name, service_url
from services.runtime.settings import Settings

OTHER = {"loans": "capital", "capital": "loans"}


def engine_of(service: str, settings: Settings) -> AsyncEngine:
    return create_async_engine(asyncpg_url(service_url(service, settings)), poolclass=NullPool)


async def refused(engine: AsyncEngine, statement: str) -> str:
    with pytest.raises(DBAPIError) as error:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    return str(getattr(error.value.orig, "sqlstate", None))


@pytest.mark.parametrize("service", ["loans", "capital"])
async def test_a_service_has_rights_on_its_own_schema_only(settings: Settings, service: str) -> None:
    engine = engine_of(service, settings)
    async with engine.begin() as connection:
        assert (
            await connection.execute(text(f"SELECT count(*) FROM {service}.journal_entries"))
        ).scalar_one() >= 0
    denied = "42501"
    other = OTHER[service]
    assert await refused(engine, f"SELECT * FROM {other}.journal_entries") == denied
    assert await refused(engine, f"CREATE TABLE {service}.mine (id int)") == denied
    assert await refused(engine, "CREATE TABLE public.mine (id int)") == denied
    assert await refused(engine, f"DROP TABLE {service}.postings") == denied
    assert await refused(engine, f"UPDATE {service}.alembic_version SET version_num = 'x'") == denied
    assert await refused(engine, "CREATE ROLE another") == denied


@pytest.mark.parametrize("service", ["loans", "capital"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"],
)
@pytest.mark.parametrize("table", ["journal_entries", "postings"])
async def test_nobody_changes_the_journal_not_even_its_owner(
    owner_url: str, settings: Settings, service: str, statement: str, table: str
) -> None:
    column = "id" if table == "journal_entries" else "amount_cents"
    order = statement.format(table=f"{service}.{table}", column=column)
    owner = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    assert await refused(engine_of(service, settings), order) == "42501"
    assert await refused(owner, order) == "23000"


def test_a_roles_name_carries_the_databases_and_fits() -> None:
    assert role_name("essor", "loans") == "essor_loans"
    long = role_name("d" * 63, "capital")
    assert len(long) <= 63
    assert long.endswith("_capital")
    assert long != role_name("e" * 63, "capital")


def test_a_setting_may_give_the_services_own_credentials() -> None:
    given = "postgresql://theirs:secret@db.example/essor"
    assert service_url("loans", Settings(loans_database_url=given)) == given
    with pytest.raises(LookupError, match="ESSOR_CAPITAL_DATABASE_URL"):
        service_url("capital", Settings(loans_database_url=given))
