"""Whose each row is: what PostgreSQL shows and lets write, whatever the query above it forgets."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kernel.access import Caller, Role
from services.loans.persistence.tables import metadata
from services.runtime.database.transactions import Database
from tests.api import Api
from tests.services.loans.persistence.tenants import (
    OF_COMMITTEES,
    OF_DOSSIERS,
    TABLES,
    Row,
    Tenant,
    make_tenant,
    rows,
)

INSUFFICIENT_PRIVILEGE, APPEND_ONLY = "42501", "23000"
OF_ANY_CAE = {"funds", "fund_settings"}  # any CAE may apply to any fund
OF_FUNDERS = {"funders", "contributions", "pledges", "planned_payments", "withdrawals"}
NARROWED = [Role.OPERATOR, Role.PARTNER, Role.CAE, Role.FUNDER]


@pytest.fixture(scope="module")
async def tenants(loans_api: Api) -> tuple[Tenant, Tenant]:
    """For all tests here: what they write is refused or undone."""
    return await make_tenant(loans_api, "24"), await make_tenant(loans_api, "27")


async def test_every_table_forces_its_policies(loans_api: Api) -> None:
    async with loans_api.database.of_all_tenants(read_only=True) as session:
        catalogue = await session.execute(
            text("""SELECT relname, relrowsecurity AND relforcerowsecurity AS is_forced FROM pg_class
                     WHERE relnamespace = CAST('loans' AS regnamespace) AND relkind IN ('r', 'p', 'm')""")
        )
        forced = {row.relname: row.is_forced for row in catalogue}

    assert forced.pop("alembic_version") is False
    bare = sorted(table for table, is_forced in forced.items() if not is_forced)
    assert bare == [], (
        f"these tables of loans need tenancy.policies(...) in the migration that makes them: {bare}"
    )
    assert {table.name for table in metadata.tables.values()} == set(forced)


async def test_the_services_role_owns_nothing_and_passes_no_policy(loans_api: Api) -> None:
    async with loans_api.database.of_all_tenants(read_only=True) as session:
        role = await session.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        )
        owned = await session.execute(
            text("""SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner
                     WHERE r.rolname = current_user
                    UNION ALL
                    SELECT r.rolname FROM pg_roles r
                     WHERE r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER')""")
        )

        assert tuple(role.one()) == (False, False, False)
        assert owned.all() == []


def shown(role: Role, tenant: Tenant, table: str, row: Row, own_funders: set[object]) -> bool:
    """The table of rights, once more and in Python."""
    if table == "idempotency_keys":
        return role is Role.ADMIN or bool(row["client"] == tenant.client)
    match role:
        case Role.ADMIN:
            return True
        case Role.OPERATOR | Role.PARTNER:
            return bool(row["region"] == tenant.region)
        case Role.CAE:
            is_its_own = table not in OF_COMMITTEES and row.get("cae_siren") == tenant.cae
            return table in OF_ANY_CAE or is_its_own
        case Role.FUNDER:
            fund_id = row["id"] if table == "funds" else row.get("fund_id")
            is_of_its_fund = (
                table in {"funds", "fund_settings", "journal_entries"} and fund_id == tenant.fund_id
            )
            bears = row["id"] if table == "funders" else row.get("funder_id")
            return bears in own_funders or is_of_its_fund


@pytest.mark.parametrize("role", Role)
async def test_a_query_without_a_filter_finds_what_the_role_may_see(
    tenants: tuple[Tenant, Tenant], role: Role
) -> None:
    own, _ = tenants
    database = own.lending.api.database
    own_funders = {row["id"] for row in await rows(database, None, "funders") if row["siren"] == own.funder}
    for table in TABLES:
        everything = await rows(database, None, table)
        expected = sorted(_named(row) for row in everything if shown(role, own, table, row, own_funders))

        found = sorted(_named(row) for row in await rows(database, own.caller(role), table))

        assert found == expected, table
        is_for_funders = table not in {*OF_DOSSIERS, *OF_COMMITTEES}
        is_for_caes = table not in {*OF_FUNDERS, *OF_COMMITTEES}
        assert bool(found) is {Role.FUNDER: is_for_funders, Role.CAE: is_for_caes}.get(role, True), table
        if role in NARROWED and not (role is Role.CAE and table in OF_ANY_CAE):
            assert len(found) < len(everything), table


@pytest.mark.parametrize("role", NARROWED)
@pytest.mark.usefixtures("tenants")
async def test_without_a_tenant_nothing_is_found(loans_api: Api, role: Role) -> None:
    for table in await _all_tables(loans_api.database):
        if not (role is Role.CAE and table in OF_ANY_CAE):
            assert await rows(loans_api.database, Caller(role, "nobody's client"), table) == [], table


@pytest.mark.usefixtures("tenants")
async def test_nobody_finds_nothing(loans_api: Api) -> None:
    """A transaction that was not begun through `Database`, on a connection that was used before."""
    async with loans_api.database.engine.connect() as connection:
        for table in await _all_tables(loans_api.database):
            found = await connection.execute(text(f"SELECT count(*) FROM loans.{table}"))
            assert found.scalar_one() == 0, table


@pytest.mark.parametrize("role", Role)
async def test_a_row_is_added_by_who_may_and_for_its_own_tenant(
    tenants: tuple[Tenant, Tenant], role: Role
) -> None:
    """A copy of a row is refused for whose it is, or else because it is there already."""
    own, other = tenants
    database = own.lending.api.database
    insert = "INSERT INTO loans.{0} SELECT (jsonb_populate_record(NULL::loans.{0}, CAST(:row AS jsonb))).*"
    for table in TABLES:
        for tenant in (own, other):
            row = json.dumps(dict(await _a_row_of(tenant, table)), default=_storable)
            is_own = tenant is own
            may = is_own and (
                role is Role.OPERATOR
                or (role is Role.CAE and table == "applications")
                or table == "idempotency_keys"
            )
            refused = await _refusal(database, own.caller(role), insert.format(table), {"row": row})
            assert (refused != INSUFFICIENT_PRIVILEGE) is may, (table, is_own, refused)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("write", ["UPDATE loans.{0} SET {1} = {1}", "DELETE FROM loans.{0}"])
async def test_what_is_not_its_to_write_stays_as_it_is(
    tenants: tuple[Tenant, Tenant], role: Role, write: str
) -> None:
    """Without any filter: an operator reaches its region, a CAE its applications, nobody else a row."""
    own, other = tenants
    database = own.lending.api.database
    caller = own.caller(role, client="a stranger's")
    for table in TABLES:
        column = "client" if table == "idempotency_keys" else "region"
        statement = write.format(table, column)
        if role is Role.OPERATOR and table != "idempotency_keys":
            statement += f" WHERE region <> '{own.region}'"
        if role is Role.CAE and table == "applications":
            statement += f" WHERE cae_siren <> '{own.cae}'"
        before = [row for row in await rows(database, None, table) if _is_of(other, row)]
        assert before, table

        refused = await _refusal(database, caller, statement, {})

        assert refused in {None, INSUFFICIENT_PRIVILEGE, APPEND_ONLY}, (table, refused)
        assert [row for row in await rows(database, None, table) if _is_of(other, row)] == before, table


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CAE])
async def test_a_dossier_cannot_be_moved_to_another_tenant(
    tenants: tuple[Tenant, Tenant], role: Role
) -> None:
    own, other = tenants
    moved = {
        Role.OPERATOR: f"region = '{other.region}'",
        Role.CAE: f"cae_siren = '{other.cae}', cae_siret = '{other.cae}00001'",
    }
    with pytest.raises(DBAPIError, match="row-level security"):
        async with own.lending.api.database.transaction(own.caller(role)) as session:
            await session.execute(text(f"UPDATE loans.applications SET {moved[role]}"))


@pytest.mark.parametrize("role", [Role.CAE, Role.PARTNER, Role.FUNDER, Role.ADMIN])
async def test_who_writes_nothing_of_a_fund_locks_none_either(
    tenants: tuple[Tenant, Tenant], role: Role
) -> None:
    own, _ = tenants
    async with own.lending.api.database.transaction(own.caller(role)) as session:
        locked = await session.execute(text("SELECT id FROM loans.funds FOR NO KEY UPDATE"))
        assert locked.all() == []


async def _all_tables(database: Database) -> list[str]:
    async with database.of_all_tenants(read_only=True) as session:
        found = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'loans'"))
        return sorted(set(found) - {"alembic_version"})


def _is_of(tenant: Tenant, row: Row) -> bool:
    return bool(row["region"] == tenant.region if "region" in row else row["client"] == tenant.client)


async def _a_row_of(tenant: Tenant, table: str) -> Row:
    """Of its own CAE, where rows have one."""
    found = await rows(tenant.lending.api.database, None, table)
    return next(
        row for row in found if _is_of(tenant, row) and row.get("cae_siren", tenant.cae) in {None, tenant.cae}
    )


async def _refusal(database: Database, caller: Caller, statement: str, values: Row) -> str | None:
    """What PostgreSQL refuses it with. What it does not refuse adds a row or touches none, and is undone."""
    try:
        async with database.transaction(caller) as session:
            done = await session.execute(text(statement), values)
            await session.rollback()
            assert "INSERT" in statement or done.rowcount == 0  # type: ignore[attr-defined]
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", None))
    return None


def _named(row: Row) -> str:
    return json.dumps(row, default=str, sort_keys=True)


def _storable(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
