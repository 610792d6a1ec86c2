"""What the first version that people ran had recorded is all there after an upgrade, and life goes on.

`of_before/rows.sql` is what that version wrote, over REST, of every kind of dossier that it knew, oddities
included; `of_before/answers.json` what it then answered, by path.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.capital.app import make_app as make_capital
from services.capital.usecases.verify_ledger import verify_ledger as verify_capital
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.loans.app import make_app as make_loans
from services.loans.duties import close_days
from services.loans.summing import sum_figures
from services.loans.usecases.verify_ledger import verify_ledger as verify_loans
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.owner_connection import locked
from services.runtime.database.transactions import asyncpg_url
from services.runtime.settings import Settings
from tests.api import Api, once

HERE = Path(__file__).parent / "of_before"
FIRST = {"loans": "loans_0002", "capital": "capital_0001"}
MAKE_APP = {"loans": make_loans, "capital": make_capital}
ANSWERS: dict[str, dict[str, Any]] = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.long
AUDITOR = Caller(Role.ADMIN, "tests")
FIRST_CAE, SECOND_CAE, THIRD_CAE = "000700013", "000700021", "000700039"

# Triggers look at rows one by one; what the file holds was true of all of them together.
TRIGGERS = """
    DO $$ DECLARE held regclass; BEGIN
        FOR held IN SELECT oid FROM pg_class
                     WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('loans', 'capital')
        LOOP EXECUTE format('ALTER TABLE %s {what} TRIGGER USER', held); END LOOP;
    END $$
"""


async def as_superuser(server_url: str, *statements: str) -> None:
    engine = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


def owner_url(server_url: str, database: str, owner: str) -> str:
    url = make_url(server_url).set(database=database, username=owner, password="owner")
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
async def upgraded(server_url: str, worker_id: str) -> AsyncIterator[str]:
    """The name of a database of before, brought up to date by an owner who is held to every policy."""
    name = f"essor_of_before_{worker_id}"
    await as_superuser(
        server_url,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"DROP ROLE IF EXISTS {name}",
        f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD 'owner'",
        f"CREATE DATABASE {name} OWNER {name}",
    )
    url = owner_url(server_url, name, name)
    async with locked(url) as connection:
        for schema, revision in FIRST.items():
            await migrations._make_schema(connection, schema)
            await connection.run_sync(migrations._run, schema, command.upgrade, revision)
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        rows = (HERE / "rows.sql").read_text(encoding="utf-8")
        await driver.execute(TRIGGERS.format(what="DISABLE") + ";" + rows + TRIGGERS.format(what="ENABLE"))
    await migrations.upgrade(url)
    yield name
    await as_superuser(server_url, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


@pytest.fixture
async def of_before(server_url: str, upgraded: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """A copy of it for one test, with the services' roles."""
    name = f"{upgraded}_copy"
    await as_superuser(
        server_url,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {upgraded} OWNER {upgraded}",
    )
    url = owner_url(server_url, name, upgraded)
    settings = Settings(state=tmp_path, database_url=url, entrepreneur_key="a key for tests")
    for service in MAKE_APP:
        await database_roles.ensure(url, settings, service)
    yield settings
    await as_superuser(
        server_url,
        f"DROP DATABASE {name} WITH (FORCE)",
        *(f"DROP ROLE {name}_{service}" for service in MAKE_APP),
    )


@asynccontextmanager
async def served(service: str, settings: Settings) -> AsyncIterator[Api]:
    async with Api.of(MAKE_APP[service](settings), settings) as api:
        yield api


def who_wrote(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["75", "76", "84"], client="old-tests")


def missing(before: Any, now: Any, path: str = "") -> Iterator[str]:
    """What was said and is no more, or otherwise; what is said more is none of it."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name, value in before.items():
            yield from missing(value, now.get(name, "absent"), f"{path}/{name}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from missing(one, other, f"{path}/{place}")
    elif before != now:
        yield f"{path}: {before!r} is now {now!r}"


@pytest.mark.parametrize("service", MAKE_APP)
async def test_all_that_was_answered_is_answered_still(service: str, of_before: Settings) -> None:
    """Ids, balances, schedules, decisions, settings, journals, positions and indicators, figure by figure."""
    lost: list[str] = []
    async with served(service, of_before) as api:
        operator = who_wrote(api)
        for path, before in ANSWERS[service].items():
            answer = await operator.get(path)
            assert answer.status_code == 200, (path, answer.text)
            lost += [f"{path} {what}" for what in missing(before, answer.json())]
    assert lost == []


async def test_the_ledgers_are_clean_and_the_figures_are_summed(of_before: Settings) -> None:
    async with served("capital", of_before) as api, api.database.of_all_tenants(read_only=True) as session:
        assert (await verify_capital(session, AUDITOR)).differences == ()
    async with served("loans", of_before) as api:
        summed = await sum_figures(api.database, client="tests")
        async with api.database.of_all_tenants(read_only=True) as session:
            proof = await verify_loans(session, AUDITOR)
        assert proof.differences == ()
        of_loans = [path for path in ANSWERS["loans"] if "as_of" in path and path.startswith("/v1/loans/")]
        assert summed == proof.compared["loans_in_figures"] == len(of_loans) > 10
        # The same once they are read from what is kept.
        operator = who_wrote(api)
        for path, before in ANSWERS["loans"].items():
            if "/position" in path or "/indicators" in path:
                assert list(missing(before, (await operator.get(path)).json())) == [], path


async def test_the_tables_are_what_the_code_declares(of_before: Settings) -> None:
    await migrations.check(str(of_before.database_url))


async def test_each_cae_sees_its_own_and_nobody_else(of_before: Settings) -> None:
    for service, collection in (
        ("loans", "/v1/applications"),
        ("loans", "/v1/loans"),
        ("capital", "/v1/top-ups"),
    ):
        held = {
            answer["id"]: answer["cae"]["siret"][:9]
            for path, answer in ANSWERS[service].items()
            if path.startswith(f"{collection}/") and "cae" in answer
        }
        async with served(service, of_before) as api:
            for siren in (FIRST_CAE, SECOND_CAE, THIRD_CAE):
                page = (await api.as_("cae", siren=siren).get(collection, params={"limit": 100})).json()
                seen = {item["id"] for item in page["items"]}
                assert seen == {dossier for dossier, whose in held.items() if whose == siren} != set()
            stranger = api.as_("operator", regions=["53"])
            assert (await stranger.get(collection)).json()["items"] == []


@pytest.mark.parametrize(
    ("service", "query", "collection", "cents"),
    [
        ("loans", "{ loans(first: 100) { edges { node { id cents: outstandingCents } } } }",
         "loans", "outstanding_cents"),
        ("capital", "{ topUps(first: 100) { edges { node { id cents: awardCents } } } }",
         "top-ups", "award_cents"),
    ],
)  # fmt: skip
async def test_partners_find_them_in_the_graph(
    service: str, query: str, collection: str, cents: str, of_before: Settings
) -> None:
    before = {
        answer["id"]: answer[cents]
        for path, answer in ANSWERS[service].items()
        if path.startswith(f"/v1/{collection}/") and cents in answer
    }
    async with served(service, of_before) as api:
        partner = api.as_("partner", regions=["75", "76", "84"])
        answer = (await partner.post("/graphql", json={"query": query})).json()
    [connection] = answer["data"].values()
    assert {edge["node"]["id"]: edge["node"]["cents"] for edge in connection["edges"]} == before != {}


async def test_a_call_that_was_answered_before_is_not_done_again(of_before: Settings) -> None:
    loan = "/v1/loans/01a22343-e9cf-712b-b4c8-e115c3bfa16d"
    body = b'{"amount_cents":44445,"paid_on":"2019-02-28","method":"direct_debit"}'
    async with served("loans", of_before) as api:
        operator = who_wrote(api)
        answer = await operator.post(
            f"{loan}/repayments",
            content=body,
            headers={"Idempotency-Key": "old-key-47", "Content-Type": "application/json"},
        )
        assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (201, "true")
        repaid_cents = (await operator.get(loan)).json()["repaid_cents"]
    assert repaid_cents == ANSWERS["loans"][f"{loan}?as_of=2026-11-28"]["repaid_cents"]


async def test_offers_of_before_lapse_and_arrears_are_followed(of_before: Settings) -> None:
    """An offer of 2024, which its fund gave sixty days, was still approved; one without a limit stays."""
    today = today_in_paris()
    approved = [
        answer
        for path, answer in ANSWERS["loans"].items()
        if path.startswith("/v1/applications/") and answer["status"] == "approved"
    ]
    async with served("loans", of_before) as api:
        yesterday = today - timedelta(days=1)
        closed = await close_days(api.database, until=yesterday, today=today, client="tests")
        assert {close.region for close in closed} == {"76", "84"}
        operator = who_wrote(api)
        for before in approved:
            now = (await operator.get(f"/v1/applications/{before['id']}")).json()
            held_on = date.fromisoformat(before["decision"]["held_on"])
            days = {"84": 60, "76": None}[before["region"]]
            is_over = days is not None and held_on + timedelta(days=days) < today
            assert now["status"] == ("lapsed" if is_over else "approved")
            assert now["decision"]["conditions"] == before["decision"]["conditions"]
        assert any(date.fromisoformat(one["decision"]["held_on"]).year == 2024 for one in approved)
        late = (await operator.get("/v1/loans", params={"late": "true", "limit": 100})).json()["items"]
        assert len(late) > 3
        async with api.database.of_all_tenants(read_only=True) as session:
            assert (await verify_loans(session, AUDITOR)).differences == ()


async def test_loans_of_before_live_on(of_before: Settings) -> None:
    """Late money, an old payment taken back, a new schedule: each on a loan that knew none of it."""
    loans = {
        answer["entrepreneur"]["reference"]: f"/v1/loans/{answer['id']}"
        for path, answer in ANSWERS["loans"].items()
        if path.startswith("/v1/loans/") and "entrepreneur" in answer
    }
    late = {"amount_cents": 50_00, "paid_on": "2020-12-01", "method": "transfer"}
    early = {**late, "paid_on": "2022-06-15", "early": "lower"}
    acts = (
        ("L1", "repayments", late),
        ("L4", "repayments", late),  # before it was written off: less is lost
        ("L4", "recoveries", {"amount_cents": 10_00, "received_on": "2024-01-05", "reference": "Huissier"}),
        ("L6", "rescheduling", {"from": "2024-03-01", "months": 30, "reason": "Baisse d'activité"}),
        ("L6", "rescheduling", {"from": "2023-03-01", "suspend_months": 2, "reason": "Maladie"}),
        ("L8", "acceleration", {"noticed_on": "2023-03-01", "reason": "Sans nouvelles"}),
        ("L10", "repayments", {**late, "paid_on": "2026-11-21"}),
        ("I2", "repayments", early),
    )
    async with served("loans", of_before) as api:
        operator = who_wrote(api)
        paid = ANSWERS["loans"][f"{loans['L2']}/repayments"]["repayments"]
        oldest = min((one for one in paid if one["reversal"] is None), key=lambda one: one["paid_on"])
        taken_back = {"reversed_on": oldest["paid_on"], "reason": "Rejet retrouvé"}
        wanted = [(f"{loans[whose]}/{act}", body) for whose, act, body in acts]
        for path, body in (*wanted, (f"/v1/repayments/{oldest['id']}/reversal", taken_back)):
            answer = await operator.post(path, json=body, headers=once())
            assert answer.status_code in {200, 201}, (path, answer.text)
        await sum_figures(api.database, client="tests")
        async with api.database.of_all_tenants(read_only=True) as session:
            assert (await verify_loans(session, AUDITOR)).differences == ()
