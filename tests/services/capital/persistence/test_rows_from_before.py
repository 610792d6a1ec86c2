"""Dossiers recorded before rows had tenants are given theirs, by an owner who is no superuser."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.capital.persistence import payments
from services.capital.persistence.tables import metadata
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.owner_connection import locked
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database, asyncpg_url
from services.runtime.settings import Settings
from tests.factories.capital import BPIFRANCE
from tests.services.capital.conftest import Capital

TABLES = (
    "schemes",
    "scheme_versions",
    "version_funders",
    "cae_caps",
    "scheme_budgets",
    "payment_lines",
    "payment_parts",
    "postings",
)


async def as_superuser(server_url: str, *statements: str) -> None:
    engine = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture
async def owners(server_url: str, worker_id: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database whose owner may make roles and is held to every policy."""
    name = f"essor_before_{worker_id}"
    await as_superuser(
        server_url,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        *(f"DROP ROLE IF EXISTS {role}" for role in (f"{name}_capital", name)),
        f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'owner'",
        f"CREATE DATABASE {name} OWNER {name}",
    )
    url = make_url(server_url).set(database=name, username=name, password="owner")
    settings = Settings(state=tmp_path, database_url=url.render_as_string(hide_password=False))
    await migrations.upgrade(str(settings.database_url))
    await database_roles.ensure(str(settings.database_url), settings, "capital")
    yield settings
    await as_superuser(
        server_url,
        f"DROP DATABASE {name} WITH (FORCE)",
        *(f"DROP ROLE IF EXISTS {role}" for role in (f"{name}_capital", name)),
    )


async def contents(database: Database) -> dict[str, list[str]]:
    async with database.of_all_tenants(read_only=True) as session:
        found = {}
        for table in TABLES:
            rows = await session.execute(
                text(f"SELECT CAST(to_jsonb(held) AS text) FROM capital.{table} AS held ORDER BY 1")
            )
            found[table] = list(rows.scalars())
        return found


async def test_every_row_finds_its_tenants(owners: Settings) -> None:
    url = str(owners.database_url)
    database = Database(service_url("capital", owners), owners, metadata=metadata)
    capital = Capital(database)
    try:
        scheme, cae = await capital.scheme(budget_cents=90_000_00), capital.new_cae()
        paid, waiting = await capital.award(scheme, cae, [1_000_00, 2_000_00])
        async with database.transaction(capital.operator) as session:
            order = PayTopUps(
                scheme_id=scheme.id,
                cae_siren=cae,
                top_up_ids=[paid.id],
                paid_on=date(2026, 3, 1),
                reference="M7",
            )
            await pay_top_ups(session, capital.operator, order, today=capital.today)
        before = await contents(database)
        assert all(before.values())

        async with locked(url) as connection:
            await connection.run_sync(migrations._run, "capital", command.downgrade, "capital_0001")
            columns = await connection.execute(
                text("""SELECT count(*) FROM information_schema.columns
                         WHERE table_schema = 'capital' AND table_name = 'postings'
                           AND column_name IN ('region', 'cae_siren')""")
            )
            assert columns.scalar_one() == 0
        await migrations.upgrade(url)
        await database_roles.ensure(url, owners, "capital")

        assert await contents(database) == before
        funder = Caller(Role.FUNDER, "tests", siren=Siren(BPIFRANCE))
        async with database.transaction(funder, read_only=True) as session:
            assert await payments.to_pay_by_version(session, scheme.id) == {waiting.version_id: 2_000_00}
            assert await payments.paid_by_funder(session, scheme.id, Siren(BPIFRANCE)) == 200_00
        for stranger in (Caller(Role.FUNDER, "tests", siren=capital.new_cae()), capital.operator):
            async with database.transaction(stranger, read_only=True) as session:
                assert await payments.to_pay_by_version(session, scheme.id) == {}
    finally:
        await database.close()
