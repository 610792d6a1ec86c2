"""What the database answers or does although the caller's own rows could not tell it, and nothing more."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from services.kernel.access import Caller, Role
from services.loans.app import make_app
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.owner_connection import locked
from services.runtime.database.transactions import asyncpg_url
from services.runtime.settings import Settings
from tests.api import Api, once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Lending, answered
from tests.services.loans.persistence.tenants import TABLES, Tenant, make_tenant

AS_OF = "DATE '2025-12-31'"


@pytest.fixture
async def tenant(loans_api: Api) -> Tenant:
    return await make_tenant(loans_api, "28")


async def test_a_cae_that_declines_frees_the_funds_money_and_writes_no_fund(tenant: Tenant) -> None:
    lending = tenant.lending
    cae = lending.api.as_("cae", siren=tenant.cae)
    before = await lending.position(str(tenant.fund_id))

    declined = await cae.post(
        f"/v1/applications/{tenant.promised['id']}/decline",
        json={"declined_on": "2024-02-01"},
        headers=once(),
    )

    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    after = await lending.position(str(tenant.fund_id))
    assert before["committed_cents"] - after["committed_cents"] == 3_000_00
    assert await lending.differences() == []
    async with lending.api.database.transaction(tenant.caller(Role.CAE)) as session:
        updated = await session.execute(text("UPDATE loans.funds SET committed_cents = 0"))
        assert updated.rowcount == 0  # type: ignore[attr-defined]


async def test_only_what_was_promised_and_declined_is_freed(tenant: Tenant) -> None:
    free = text("SELECT loans.free_promise(:id)")
    stranger = Caller(Role.CAE, "tests", siren=(await make_tenant(tenant.lending.api, "28")).cae)

    for caller in (tenant.caller(Role.CAE), tenant.caller(Role.OPERATOR), stranger):
        with pytest.raises(DBAPIError, match="no rows"):
            async with tenant.lending.api.database.transaction(caller) as session:
                await session.execute(free, {"id": tenant.promised["id"]})


async def test_a_number_of_another_caes_loan_is_taken(tenant: Tenant) -> None:
    """The CAE that asks for it sees no loan of that number."""
    lending = tenant.lending
    siren = new_siren()
    body = lending.asking(
        str(tenant.fund_id),
        number=tenant.loan["number"],
        cae={"siret": siret_of(siren), "name": "Une autre CAE"},
    )

    refused = await lending.api.as_("cae", siren=siren).post("/v1/applications", json=body)

    assert (refused.status_code, refused.json()["code"]) == (409, "number-taken")


async def test_what_a_funder_is_answered_names_nobody_and_is_of_its_own_loans(tenant: Tenant) -> None:
    database = tenant.lending.api.database
    standings = text(f"SELECT * FROM loans.standings_of_funder({AS_OF})")
    promise = text(f"SELECT * FROM loans.promise_of_funder(:fund, {AS_OF})")
    another = await make_tenant(tenant.lending.api, "28")

    async with database.transaction(tenant.caller(Role.FUNDER), read_only=True) as session:
        found = await session.execute(standings)
        assert set(found.keys()) == {
            "loan_id",
            "fund_id",
            "region",
            "cae_siren",
            "principal_cents",
            "preceding_cents",
            "is_lost",
            "due_cents",
            "repaid_cents",
            "recovered_cents",
            "unpaid_since",
        }
        assert {row.fund_id for row in found} == {tenant.fund_id}
        assert len((await session.execute(promise, {"fund": tenant.fund_id})).all()) == 2
        assert (await session.execute(promise, {"fund": another.fund_id})).all() == []
        # The answer was the system's; what follows is the funder's again.
        assert (await session.execute(text("SELECT count(*) FROM loans.loans"))).scalar_one() == 0
    for role in (Role.OPERATOR, Role.PARTNER, Role.CAE, Role.ADMIN):
        async with database.transaction(tenant.caller(role), read_only=True) as session:
            assert (await session.execute(standings)).all() == []
            assert (await session.execute(promise, {"fund": tenant.fund_id})).all() == []


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE loans.instalments SET cae_siren = '732829320'", "fk_instalments_loan_id"),
        ("UPDATE loans.loan_shares SET region = '94'", "fk_loan_shares_loan_id"),
        ("UPDATE loans.decisions SET region = '94'", "fk_"),
        ("UPDATE loans.committee_members SET cae_siren = '732829320'", "fk_committee_members"),
        ("UPDATE loans.loans SET region = '94'", "fk_|never edited|append-only"),
        ("UPDATE loans.applications SET region = '94'", "fk_"),
        ("UPDATE loans.funders SET region = '94'", "fk_"),
    ],
)
async def test_a_copy_of_whose_a_row_is_cannot_differ(
    tenant: Tenant, statement: str, constraint: str
) -> None:
    with pytest.raises(DBAPIError, match=constraint):
        async with tenant.lending.api.database.of_all_tenants() as session:
            await session.execute(text(statement))


@pytest.mark.parametrize("copied", ["'94', e.cae_siren", "e.region, '732829320'", "e.region, NULL"])
async def test_a_posting_is_of_its_entrys_region_and_cae(tenant: Tenant, copied: str) -> None:
    add = text(f"""
        INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region, cae_siren)
        SELECT e.id, 100 + n, 'cash', p.funder_id, CASE n WHEN 1 THEN 1 ELSE -1 END, {copied}
          FROM loans.journal_entries e JOIN loans.postings p ON p.entry_id = e.id AND p.rank = 1,
               generate_series(1, 2) n
         WHERE e.loan_id = :loan""")
    with pytest.raises(DBAPIError, match="of another region or CAE"):
        async with tenant.lending.api.database.of_all_tenants() as session:
            await session.execute(add, {"loan": tenant.loan["id"]})


async def test_a_posting_is_of_an_entry(tenant: Tenant) -> None:
    add = text("""
        INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region, cae_siren)
        SELECT :entry, n, 'cash', p.funder_id, CASE n WHEN 1 THEN 1 ELSE -1 END, p.region, p.cae_siren
          FROM (SELECT * FROM loans.postings LIMIT 1) p, generate_series(1, 2) n""")
    with pytest.raises(DBAPIError, match="of no entry"):
        async with tenant.lending.api.database.of_all_tenants() as session:
            await session.execute(add, {"entry": uuid4()})


@pytest.mark.parametrize("statement", ["DELETE FROM loans.journal_entries", "TRUNCATE loans.journal_entries"])
@pytest.mark.usefixtures("tenant")
async def test_not_even_their_owner_takes_entries_from_postings(owner_url: str, statement: str) -> None:
    engine = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture
async def plainly_owned(server_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    """The service on a database whose owner is no superuser, as a hosting company gives one."""
    name, password = f"essor_plain_{uuid4().hex[:12]}", secrets.token_hex(8)
    server = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD '{password}'"))
        await connection.execute(text(f"CREATE DATABASE {name} OWNER {name}"))
    owner = make_url(server_url).set(database=name, username=name, password=password)
    url = owner.render_as_string(hide_password=False)
    await migrations.upgrade(url)
    settings = Settings(state=tmp_path, database_url=url, entrepreneur_key="a key for tests")
    await database_roles.ensure(url, settings, "loans")
    async with Api.of(make_app(settings), settings) as api:
        yield api
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        await connection.execute(text(f"DROP ROLE {name}_loans"))
        await connection.execute(text(f"DROP ROLE {name}"))
    await server.dispose()


async def test_policies_bind_an_owner_who_is_no_superuser_and_nothing_needs_one(plainly_owned: Api) -> None:
    """Keys, triggers and functions do their work for an owner who sees no row of its own tables."""
    tenant = await make_tenant(plainly_owned, "28")
    lending: Lending = tenant.lending
    declined = await plainly_owned.as_("cae", siren=tenant.cae).post(
        f"/v1/applications/{tenant.promised['id']}/decline", json={}, headers=once()
    )
    funders = await plainly_owned.as_("funder", siren=tenant.funder).get("/v1/indicators")

    assert declined.status_code == 200
    assert answered(funders, 200)["outstanding"]["denominator_cents"] > 0
    assert await lending.differences() == []
    application = await lending.under_review(str(tenant.fund_id), amount_cents=39_000_00)
    refused = await lending.act(application["id"], "decision", lending.approval(), status=409)
    assert refused["code"] == "fund-short"
    with pytest.raises(DBAPIError, match="cents more than it has"):
        async with plainly_owned.database.transaction(tenant.caller(Role.OPERATOR)) as session:
            await session.execute(text("UPDATE loans.funds SET committed_cents = 100000000"))
    url = str(plainly_owned.settings.database_url)
    owner = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with owner.connect() as outsider, locked(url) as migrating:
        for table in TABLES:
            count = text(f"SELECT count(*) FROM loans.{table}")
            assert (await outsider.execute(count)).scalar_one() == 0, table
            assert (await migrating.execute(count)).scalar_one() > 0, table
    await owner.dispose()
