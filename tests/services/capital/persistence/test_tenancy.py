"""Whose each row is: what PostgreSQL shows and lets write, whatever the query above it forgets."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.capital.domain.schemes import FunderShare, Scheme
from services.capital.domain.simulation import Contribution
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.create_scheme import CreateScheme, create_scheme
from services.capital.usecases.declare_de_minimis_aid import DeclareDeMinimisAid, declare_de_minimis_aid
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.record_succession import RecordSuccession, record_succession
from services.capital.usecases.request_top_ups import request_top_ups
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, parse_siren, parse_siret
from tests.api import Api
from tests.factories.capital import new_siren, siret_of
from tests.services.capital.conftest import Capital
from tests.services.capital.persistence.rows_around_dossiers import add_rows

TABLES = (
    "schemes",
    "scheme_versions",
    "version_funders",
    "cae_caps",
    "scheme_budgets",
    "top_ups",
    "membership_announcements",
    "documents",
    "follow_ups",
    "follow_up_announcements",
    "former_caes",
    "successions",
    "payments",
    "payment_lines",
    "payment_parts",
    "journal_entries",
    "postings",
    "de_minimis_declarations",
    "idempotency_keys",
)
RULES = {"schemes", "scheme_versions", "version_funders"}
FOR_ANY_CAE = RULES | {"scheme_budgets"}
FOR_FUNDERS = RULES | {"payment_parts", "postings"}
BY_ITS_CAE = {"top_ups", "documents", "cae_caps"}
INSUFFICIENT_PRIVILEGE, APPEND_ONLY = "42501", "23000"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tenant:
    """A region with its operator, its partner, a CAE and a funder, and a dossier of each kind."""

    region: str
    cae: Siren
    funder: Siren
    scheme: Scheme
    waiting: TopUp
    paid: TopUp

    def caller(self, role: Role) -> Caller:
        match role:
            case Role.OPERATOR | Role.PARTNER:
                return Caller(role, self.client, frozenset({self.region}))
            case Role.CAE:
                return Caller(role, self.client, siren=self.cae)
            case Role.FUNDER:
                return Caller(role, self.client, siren=self.funder)
            case Role.ADMIN:
                return Caller(role, self.client)

    @property
    def client(self) -> str:
        return f"client of {self.region}"


async def make_tenant(capital: Capital) -> Tenant:
    region, cae, funder = f"R{uuid4().hex[:6]}", parse_siren(new_siren()), parse_siren(new_siren())
    operator = Caller(Role.OPERATOR, f"client of {region}", frozenset({region}))
    funders = (
        FunderShare(funder, "Financeur", Decimal(60)),
        FunderShare(parse_siren(new_siren()), "Autre", Decimal(40)),
    )
    terms = replace(capital.terms, funders=funders, budget_cents=100_000_00)
    async with capital.database.transaction(operator) as session:
        scheme = await create_scheme(session, operator, CreateScheme(region=region, name="D", terms=terms))
        orders = [capital.asking(scheme, cae), capital.asking(scheme, cae, 1_000_01)]
        waiting, asked = await request_top_ups(
            session, operator, orders, today=capital.today, entrepreneur_key=capital.key
        )
        grant = GrantTopUp(top_up_id=asked.id, decided_on=date(2026, 2, 1), reference="CP 1")
        paid = await grant_top_up(session, operator, grant, today=capital.today)
        order = PayTopUps(
            scheme_id=scheme.id,
            cae_siren=cae,
            top_up_ids=[paid.id],
            paid_on=date(2026, 3, 1),
            reference="M1",
        )
        await pay_top_ups(session, operator, order, today=capital.today)
        aid = DeclareDeMinimisAid(
            region=region,
            cae_siren=cae,
            granted_on=date(2025, 1, 1),
            amount_cents=5_000_00,
            grantor="Ville",
            reference="DEL 1",
        )
        await declare_de_minimis_aid(session, operator, aid, today=capital.today)
        await session.execute(
            text("""INSERT INTO capital.idempotency_keys
                           (client, method, path, key, fingerprint, role, regions)
                    VALUES (:client, 'POST', '/', 'k', sha256('x'), 'operator', '{}')"""),
            {"client": operator.client},
        )
    async with capital.database.of_all_tenants() as session:
        await add_rows(session, request=waiting.id, paid=paid.id)
    async with capital.database.transaction(operator) as session:
        former = parse_siren(new_siren())
        order = capital.asking(scheme, former)
        await request_top_ups(session, operator, [order], today=capital.today, entrepreneur_key=capital.key)
        merger = RecordSuccession(
            region=region,
            from_siren=former,
            to_siret=parse_siret(siret_of(cae)),
            to_name="Coopérative Héliotrope",
            effective_on=date(2026, 3, 1),
            reason="Fusion",
        )
        await record_succession(session, operator, merger, today=capital.today)
    return Tenant(region, cae, funder, scheme, waiting, paid)


@pytest.fixture(scope="module")
async def tenants(capital_api: Api) -> tuple[Tenant, Tenant]:
    """For all tests here: what they write is refused or undone."""
    capital = Capital(capital_api.database)
    return await make_tenant(capital), await make_tenant(capital)


def shown(role: Role, tenant: Tenant, table: str, row: Row) -> bool:
    """The table of rights, once more and in Python."""
    if table == "idempotency_keys":
        return role is Role.ADMIN or bool(row["client"] == tenant.client)
    if table == "successions" and role is Role.CAE:
        return tenant.cae in {row["from_siren"], row["to_siren"]}
    is_of_its_region = row["region"] == tenant.region
    if table == "documents" and role is Role.PARTNER:
        return False
    is_co_funded = tenant.funder in row["funder_sirens"] if table in RULES else False
    return {
        Role.ADMIN: True,
        Role.OPERATOR: is_of_its_region,
        Role.PARTNER: is_of_its_region,
        Role.CAE: table in FOR_ANY_CAE or row.get("cae_siren") == tenant.cae,
        Role.FUNDER: is_co_funded or row.get("funder_siren") == tenant.funder,
    }[role]


async def rows(capital: Capital, caller: Caller | None, table: str) -> list[Row]:
    """Everything that a query without any filter finds; None is the system."""
    database = capital.database
    begun = database.of_all_tenants() if caller is None else database.transaction(caller)
    async with begun as session:
        return [dict(row._mapping) for row in await session.execute(text(f"SELECT * FROM capital.{table}"))]


def named(row: Row) -> str:
    return json.dumps(row, default=str, sort_keys=True)


@pytest.mark.parametrize("role", Role)
async def test_a_query_without_a_filter_finds_what_the_role_may_see(
    capital: Capital, tenants: tuple[Tenant, Tenant], role: Role
) -> None:
    own, _ = tenants
    for table in TABLES:
        everything = await rows(capital, None, table)
        expected = {named(row) for row in everything if shown(role, own, table, row)}

        found = {named(row) for row in await rows(capital, own.caller(role), table)}

        assert found == expected, table
        is_read = role is not Role.FUNDER or table in RULES | {
            "payment_parts",
            "postings",
            "idempotency_keys",
        }
        is_read = is_read and (role, table) != (Role.PARTNER, "documents")
        assert bool(found) is is_read, table
        if role is not Role.ADMIN:
            assert len(found) < len(everything) or table in RULES | {"scheme_budgets"}, table


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PARTNER, Role.CAE, Role.FUNDER])
@pytest.mark.usefixtures("tenants")
async def test_without_a_tenant_nothing_is_found(capital: Capital, role: Role) -> None:
    for table in TABLES:
        assert await rows(capital, Caller(role, "nobody's client"), table) == [], table


@pytest.mark.usefixtures("tenants")
async def test_nobody_finds_nothing(capital: Capital) -> None:
    """A transaction that was not begun through `Database`, on a connection that was used before."""
    async with capital.database.engine.connect() as connection:
        for table in TABLES:
            found = await connection.execute(text(f"SELECT count(*) FROM capital.{table}"))
            assert found.scalar_one() == 0, table


def tenant_column(table: str) -> str:
    return "client" if table == "idempotency_keys" else "region"


WRITES: dict[str, Callable[[str], str]] = {
    "update": lambda table: f"UPDATE capital.{table} SET {tenant_column(table)} = {tenant_column(table)}",
    "delete": lambda table: f"DELETE FROM capital.{table}",
    "insert": lambda table: (
        f"""INSERT INTO capital.{table}
        SELECT (jsonb_populate_record(NULL::capital.{table}, CAST(:row AS jsonb))).*"""
    ),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("write", WRITES)
async def test_nobody_writes_what_is_anothers(
    capital: Capital, tenants: tuple[Tenant, Tenant], role: Role, write: str
) -> None:
    """Another region's operator writes nothing here, and no other role writes its own dossiers either.

    But that a CAE counts what its requests keep: in its own caps, and in the budget of the scheme it asks.
    """
    own, other = tenants
    for table in TABLES:
        if role is Role.CAE and table == "scheme_budgets" and write != "delete":
            continue
        column = tenant_column(table)
        tenant = other.client if column == "client" else other.region
        theirs = [row for row in await rows(capital, None, table) if row[column] == tenant]
        is_stranger = role is Role.OPERATOR or (role is Role.CAE and table in BY_ITS_CAE)
        caller = (own if is_stranger else other).caller(role)
        caller = replace(caller, client="a stranger's")
        document = json.dumps(dict(theirs[0]), default=_storable)

        changed = await changes(capital, caller, WRITES[write](table), document)

        assert changed is None or (write != "insert" and changed <= await own_rows(capital, caller, table))
        assert [row for row in await rows(capital, None, table) if row[column] == tenant] == theirs, table


async def own_rows(capital: Capital, caller: Caller, table: str) -> int:
    """That the caller writes whole: a CAE adds to its dossiers, and to what proves them."""
    is_its_own = caller.role is Role.OPERATOR or (
        caller.role is Role.CAE and table in {"documents", "cae_caps"}
    )
    return len(await rows(capital, caller, table)) if is_its_own else 0


async def changes(capital: Capital, caller: Caller, statement: str, document: str) -> int | None:
    """How many rows would be written, all undone; None where PostgreSQL refuses."""
    try:
        async with capital.database.transaction(caller) as session:
            values = {"row": document} if ":row" in statement else {}
            done = await session.execute(text(statement), values)
            await session.rollback()
            return int(done.rowcount)  # type: ignore[attr-defined]
    except DBAPIError as error:
        refused = getattr(error.orig, "sqlstate", None)
        # What is never edited is refused to whoever asks, before any policy looks. An operator may delete
        # among its own rows, and then others of them stand in the way.
        allowed = {INSUFFICIENT_PRIVILEGE, APPEND_ONLY}
        assert refused in allowed or (caller.role is Role.OPERATOR and refused == "23503")
        return None


def _storable(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


async def test_a_dossier_cannot_be_moved_to_another_tenant(
    capital: Capital, tenants: tuple[Tenant, Tenant]
) -> None:
    own, other = tenants
    with pytest.raises(DBAPIError, match="row-level security"):
        async with capital.database.transaction(own.caller(Role.OPERATOR)) as session:
            await session.execute(
                text("UPDATE capital.top_ups SET region = :region"), {"region": other.region}
            )


async def test_a_cae_adds_its_own_requests_and_only_gives_them_up(
    capital: Capital, tenants: tuple[Tenant, Tenant]
) -> None:
    own, other = tenants
    cae = own.caller(Role.CAE)
    order = capital.asking(own.scheme, own.cae)
    async with capital.database.transaction(cae) as session:
        [asked] = await request_top_ups(
            session, cae, [order], today=capital.today, entrepreneur_key=capital.key
        )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with capital.database.transaction(cae) as session:
            await session.execute(text("UPDATE capital.top_ups SET paid_up_cents = paid_up_cents"))
    [row] = [row for row in await rows(capital, cae, "top_ups") if row["id"] == asked.id]
    for change in (
        {"cae_siren": other.cae, "cae_siret": siret_of(other.cae)},
        {"status": "granted", "award_cents": 100, "decided_on": "2026-02-01"},
    ):
        document = json.dumps(dict(row) | {"id": str(uuid4())} | change, default=str)
        with pytest.raises(DBAPIError, match="row-level security"):
            async with capital.database.transaction(cae) as session:
                await session.execute(text(WRITES["insert"]("top_ups")), {"row": document})
    with pytest.raises(DBAPIError, match="row-level security"):
        async with capital.database.transaction(cae) as session:
            await session.execute(text("UPDATE capital.schemes SET name = 'mine'"))


async def test_what_a_budget_leaves_is_told_truly_to_a_cae_that_sees_none_of_the_awards(
    capital: Capital,
) -> None:
    scheme = await capital.scheme(budget_cents=5_000_00)
    await capital.award(scheme, capital.new_cae(), [2_000_00, 1_500_00])
    cae = Caller(Role.CAE, "tests", siren=capital.new_cae())
    order = SimulateTopUps(
        scheme_id=scheme.id,
        cae_siret=parse_siret(siret_of(str(cae.siren))),
        contributions=[Contribution("T-1", 1_500_00, date(2026, 1, 15))],
    )

    async with capital.database.transaction(cae, read_only=True) as session:
        simulation = await simulate_top_ups(session, cae, order, today=capital.today)

    assert (simulation.room_before_cents, simulation.room_after_cents) == (1_500_00, 0)


@pytest.mark.usefixtures("tenants")
async def test_every_row_has_the_tenants_of_its_scheme(capital: Capital) -> None:
    """What the use cases of all these tests have written, whoever called them."""
    parents = {
        "scheme_versions": ("schemes", "scheme_id", "region", "funder_sirens"),
        "version_funders": ("scheme_versions", "version_id", "region", "funder_sirens"),
        "cae_caps": ("schemes", "scheme_id", "region"),
        "scheme_budgets": ("schemes", "scheme_id", "region"),
        "top_ups": ("schemes", "scheme_id", "region"),
        "membership_announcements": ("top_ups", "top_up_id", "region", "cae_siren"),
        "former_caes": ("top_ups", "top_up_id", "region", "cae_siren"),
        "documents": ("top_ups", "top_up_id", "region", "cae_siren"),
        "follow_ups": ("top_ups", "top_up_id", "region", "cae_siren"),
        "follow_up_announcements": ("top_ups", "top_up_id", "region", "cae_siren"),
        "payments": ("schemes", "scheme_id", "region"),
        "payment_lines": ("payments", "payment_id", "region", "cae_siren"),
        "payment_parts": ("payments", "payment_id", "region", "cae_siren", "scheme_id"),
        "journal_entries": ("schemes", "scheme_id", "region"),
        "postings": ("journal_entries", "entry_id", "region", "cae_siren"),
    }
    async with capital.database.of_all_tenants(read_only=True) as session:
        for table, (parent, key, *columns) in parents.items():
            differs = " OR ".join(f"child.{column} <> parent.{column}" for column in columns)
            found = await session.execute(
                text(f"""SELECT count(*) FROM capital.{table} AS child
                           JOIN capital.{parent} AS parent ON parent.id = child.{key} WHERE {differs}""")
            )
            assert found.scalar_one() == 0, table
        unnamed = await session.execute(
            text("""SELECT count(*) FROM capital.version_funders AS funder
                      JOIN capital.scheme_versions AS version ON version.id = funder.version_id
                      JOIN capital.schemes AS scheme ON scheme.id = version.scheme_id
                     WHERE NOT funder.siren = ANY (scheme.funder_sirens)""")
        )
        assert unnamed.scalar_one() == 0
