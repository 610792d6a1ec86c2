"""Each service's role reads and writes its own schema, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.owner_connection import DatabaseSetupError
from services.runtime.database.revisions import SCHEMAS
from services.runtime.database.roles import role_name, scram_verifier, service_url
from services.runtime.database.url import asyncpg_url, with_credentials
from services.runtime.settings import Settings
from tests.api import Api
from tests.conftest import make_database
from tests.services.capital.conftest import Capital
from tests.services.loans.conftest import Lending

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
    assert await refused(engine, "SELECT * FROM identity.client_secrets") == denied


async def test_the_gateway_reads_its_clients_and_no_dossier(settings: Settings) -> None:
    engine = engine_of("identity", settings)
    async with engine.begin() as connection:
        await connection.execute(text("SELECT * FROM identity.clients"))
    for service in OTHER:
        assert await refused(engine, f"SELECT * FROM {service}.journal_entries") == "42501"
    assert await refused(engine, "CREATE TABLE identity.mine (id int)") == "42501"
    assert await refused(engine, "UPDATE identity.alembic_version SET version_num = 'x'") == "42501"


@pytest.fixture(scope="module")
async def journals(loans_api: Api, capital_api: Api) -> None:
    """A trigger that looks at each row has nothing to refuse in an empty table."""
    lending, capital = Lending(loans_api), Capital(capital_api.database)
    await lending.loan((await lending.fund())["id"])
    await capital.award(await capital.scheme(), capital.new_cae(), [2_000_00])


@pytest.mark.parametrize("service", ["loans", "capital"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"],
)
@pytest.mark.parametrize("table", ["journal_entries", "postings"])
async def test_nobody_changes_the_journal_not_even_its_owner(
    owner_url: str, settings: Settings, journals: None, service: str, statement: str, table: str
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


@pytest.fixture
async def modest_owner(server_url: str, worker_id: str, tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """The URLs of a database whose owner may make no roles, and of the server's administrator in it."""
    name = f"essor_modest_{worker_id}"
    administrator = await make_database(server_url, name, tmp_path, migrate=False)
    engine = create_async_engine(asyncpg_url(administrator), poolclass=NullPool)
    async with engine.begin() as connection:
        for role in ("owner", *SCHEMAS):
            await connection.execute(text(f"CREATE ROLE {name}_{role} LOGIN PASSWORD 'p@:/ss'"))
        await connection.execute(text(f'ALTER DATABASE "{name}" OWNER TO {name}_owner'))
    yield with_credentials(administrator, username=f"{name}_owner", password="p@:/ss"), administrator
    async with engine.begin() as connection:
        for role in ("owner", *SCHEMAS):
            await connection.execute(text(f"REASSIGN OWNED BY {name}_{role} TO CURRENT_USER"))
            await connection.execute(text(f"DROP OWNED BY {name}_{role}"))
            await connection.execute(text(f"DROP ROLE {name}_{role}"))


async def test_an_owner_who_may_make_no_roles_is_given_them_by_settings(
    modest_owner: tuple[str, str], tmp_path: Path, worker_id: str
) -> None:
    owner, administrator = modest_owner
    await migrations.upgrade(owner)
    with pytest.raises(DatabaseSetupError, match="ESSOR_LOANS_DATABASE_URL"):
        await database_roles.ensure(owner, Settings(state=tmp_path, database_url=owner), "loans")
    given = {
        f"{service}_database_url": with_credentials(
            administrator, username=f"essor_modest_{worker_id}_{service}", password="p@:/ss"
        )
        for service in SCHEMAS
    }
    settings = Settings(state=tmp_path, database_url=owner, **given)
    for service in ("loans", "capital"):
        await database_roles.ensure(owner, settings, service)
        engine = engine_of(service, settings)
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT * FROM {service}.journal_entries"))
        assert await refused(engine, f"SELECT * FROM {OTHER[service]}.journal_entries") == "42501"
        assert await refused(engine, "SELECT * FROM identity.clients") == "42501"
    await database_roles.ensure(owner, settings, "identity")
    async with engine_of("identity", settings).begin() as connection:
        await connection.execute(text("SELECT * FROM identity.clients"))
    await migrations.upgrade(owner)


async def test_an_owner_who_may_make_no_schema_is_told(modest_owner: tuple[str, str], worker_id: str) -> None:
    owner, administrator = modest_owner
    stranger = with_credentials(owner, username=f"essor_modest_{worker_id}_loans", password="p@:/ss")
    with pytest.raises(DatabaseSetupError, match="permission denied for database"):
        await migrations.upgrade(stranger)
    engine = create_async_engine(asyncpg_url(administrator), poolclass=NullPool)
    async with engine.begin() as connection:
        for service in SCHEMAS:
            await connection.execute(
                text(f"CREATE SCHEMA {service} AUTHORIZATION essor_modest_{worker_id}_loans")
            )
    await migrations.upgrade(stranger)


@pytest.mark.parametrize("username", ["owner", None])
async def test_a_service_needs_a_role_of_its_own(tmp_path: Path, username: str | None) -> None:
    owner = "postgresql://owner:secret@127.0.0.1:1/essor"
    given = make_url(owner).set(username=username).render_as_string(hide_password=False)
    settings = Settings(state=tmp_path, database_url=owner, loans_database_url=given)
    with pytest.raises(DatabaseSetupError, match="role of its own"):
        await database_roles.ensure(owner, settings, "loans")


def test_the_server_is_told_no_password_only_what_it_keeps_of_one() -> None:
    # The roles of all other tests log in with passwords told this way.
    assert scram_verifier("secret").startswith("SCRAM-SHA-256$4096:")
    assert scram_verifier("secret") != scram_verifier("secret")
