"""Policies hold for every table, and for the service's own role."""

from sqlalchemy import text

from tests.services.capital.conftest import Capital
from tests.services.capital.persistence.test_tenancy import TABLES


async def test_every_table_forces_its_policies(capital: Capital) -> None:
    async with capital.database.of_all_tenants(read_only=True) as session:
        catalogue = await session.execute(
            text("""SELECT relname, relrowsecurity AND relforcerowsecurity AS is_forced FROM pg_class
                     WHERE relnamespace = CAST('capital' AS regnamespace) AND relkind IN ('r', 'p')""")
        )
        forced = {row.relname: row.is_forced for row in catalogue}

    assert forced.pop("alembic_version") is False
    assert {table for table, is_forced in forced.items() if not is_forced} == set()
    assert set(TABLES) <= set(forced)


async def test_the_services_role_owns_nothing_and_passes_no_policy(capital: Capital) -> None:
    async with capital.database.of_all_tenants(read_only=True) as session:
        role = (
            await session.execute(
                text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )
        ).one()
        owned = await session.execute(
            text("""SELECT count(*) FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
                     WHERE rolname = current_user""")
        )
        member_of = await session.execute(
            text("""SELECT count(*) FROM pg_roles
                     WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')""")
        )

        assert tuple(role) == (False, False)
        assert (owned.scalar_one(), member_of.scalar_one()) == (0, 0)
