"""Marked words in every personal field, through every door: no log, event, audit row or error tells one."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLSchema
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.runtime.database.roles import service_url
from services.runtime.database.transactions import asyncpg_url
from services.runtime.gateway_calls import HEADER, gateway_key
from services.runtime.settings import Settings
from tests.api import once, token
from tests.conftest import make_database
from tests.factories.portfolio import loan_row, loans_file, repayments_file
from tests.journeys.conftest import run, serve, wait_until_ready
from tests.privacy import provocations
from tests.privacy.stories import CAPITAL_REGION, LOANS_REGION, Office, Person

pytestmark = pytest.mark.timeout(240)

REGIONS = [LOANS_REGION, CAPITAL_REGION]
TOLD_SECONDS = 20


@dataclass
class Watched(httpx.AsyncBaseTransport):
    """Keeps what was called, and every answer that is an error."""

    inner: httpx.AsyncHTTPTransport = field(default_factory=httpx.AsyncHTTPTransport)
    called: set[tuple[int, str]] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        content = await response.aread()
        if request.method == "POST":
            self.called.add((request.url.port or 0, request.url.path))
        if response.status_code >= 400 or b'"errors"' in content:
            headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
            self.errors.append(f"{response.status_code} {headers} {content.decode()}")
        return response


@dataclass
class Essor:
    settings: Settings
    urls: dict[str, str]
    bearer: str
    watched: Watched = field(default_factory=Watched)

    def client(self, server: str, bearer: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {bearer or self.bearer}"}
        return httpx.AsyncClient(
            base_url=self.urls[server], headers=headers, transport=self.watched, timeout=30
        )

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in Path(self.settings.state).glob("*.log"))

    async def as_owner(self, *statements: str) -> list[str]:
        """What the last statement finds, each row as text."""
        engine = create_async_engine(asyncpg_url(str(self.settings.database_url)), poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(text("SET essor.role = 'system'"))
            for statement in statements:
                found = await connection.execute(text(statement))
            rows = [str(row[0]) for row in found] if found.returns_rows else []
        await engine.dispose()
        return rows


@pytest.fixture(scope="module")
async def essor(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Essor]:
    state = tmp_path_factory.mktemp("marked")
    url = await make_database(server_url, f"essor_marked_{worker_id}", state)
    settings = Settings(state=state, database_url=url, entrepreneur_key="a key for tests")
    databases = {
        f"ESSOR_{service.upper()}_DATABASE_URL": service_url(service, settings)
        for service in ("loans", "capital")
    }
    talkative = {
        "ESSOR_LOG_LEVEL": "DEBUG",
        "ESSOR_WEBHOOK_PRIVATE_ADDRESSES": "true",
        "ESSOR_WEBHOOK_PORTS": "9",
    }
    with ExitStack() as with_processes:
        urls = {name: serve(with_processes, settings, name, **talkative) for name in ("loans", "capital")}
        graphs = {f"ESSOR_SUBGRAPH_{name.upper()}_URL": f"{url}/graphql" for name, url in urls.items()}
        urls["gateway"] = serve(with_processes, settings, "gateway", **talkative, **graphs)
        run(with_processes, settings, "worker", **talkative, **databases, ESSOR_WORKER_SECONDS="1")
        for address in urls.values():
            wait_until_ready(address)
        essor = Essor(settings, urls, token(settings, "operator", regions=REGIONS))
        yield essor
        await essor.watched.inner.aclose()


def office_of(essor: Essor) -> Office:
    return Office({service: essor.client(service) for service in ("loans", "capital")})


async def declare_repayments(essor: Essor, office: Office, person: Person) -> None:
    """What the CAE declares; each declaration ends in another way."""
    loan = await office.lent(person)
    bearer = token(essor.settings, "cae", siren=person.siren)
    async with essor.client("loans", bearer) as cae:
        declared = []
        for _ in range(3):
            body = {
                "amount_cents": 10_00,
                "paid_on": "2014-03-31",
                "method": "payroll",
                "reference": person.word("Retenue sur"),
            }
            answer = await cae.post(f"/v1/loans/{loan}/repayment-declarations", json=body, headers=once())
            assert answer.is_success, answer.text
            declared.append(answer.json()["id"])
        body = {"reason": person.word("Erreur sur")}
        path = f"/v1/repayment-declarations/{declared[0]}/withdrawal"
        assert (await cae.post(path, json=body, headers=once())).is_success
    await office.post("loans", f"/repayment-declarations/{declared[1]}/confirmation", {})
    await office.post("loans", f"/repayment-declarations/{declared[2]}/rejection", body)


async def follow_by_webhooks(office: Office) -> None:
    """Deliveries are rows that hold what is sent; nobody answers at this address."""
    for service in ("loans", "capital"):
        await office.post(service, "/webhooks", {"url": "http://127.0.0.1:9/hook"})


async def import_portfolio(essor: Essor, person: Person) -> None:
    row = loan_row(
        reference=person.reference,
        family_name=person.word("Nom"),
        given_name=person.word("Prénom"),
        number="P-77",
    )
    spoilt = loan_row(number="P-78", amount=person.word("montant"), contract=person.word("contrat"))
    files = {
        "loans": ("prets.csv", loans_file(row, spoilt)),
        "repayments": ("remboursements.csv", repayments_file(f"P-77;{person.word('date')};10,00;Virement")),
    }
    form = {"fund": f"Fonds {person.siren}", "region": LOANS_REGION}
    async with essor.client("loans") as client:
        assert (await client.post("/v1/imports/loans", data=form, files=files)).is_success
        for spoilt_files in ({"loans": files["loans"]}, {**files, "loans": ("x", person.mark.encode())}):
            await client.post("/v1/imports/loans", data=form, files=spoilt_files)


async def be_refused(office: Office, person: Person) -> None:
    """By the rules: the state, the money, what is there already."""
    dossier, loan = await office.approved(person), await office.lent(person)
    for path, body in (
        (f"/applications/{dossier}/decision", person.decision("approved")),
        (f"/applications/{dossier}/withdrawal", {"reason": person.word("Trop tard")}),
        (
            f"/loans/{loan}/repayments",
            {
                "amount_cents": 9_999_99,
                "paid_on": "2014-03-31",
                "method": "transfer",
                "reference": person.word("Trop de"),
            },
        ),
        (
            f"/loans/{loan}/recoveries",
            {"amount_cents": 1, "received_on": "2014-03-31", "reference": person.mark},
        ),
        ("/applications", person.application(office.fund_id, submitted_on="2199-01-01")),
    ):
        response = await office.send("loans", path, body)
        assert response.status_code == 409, f"{path}: {response.text}"
    top_up = await office.granted(person)
    again = {"decided_on": "2014-02-01", "reference": person.word("CP")}
    assert (await office.send("capital", f"/top-ups/{top_up}/grant", again)).status_code == 409
    below = await office.post("capital", "/top-ups", person.top_up(office.scheme_id, paid_up_cents=1_00))
    assert (await office.send("capital", f"/top-ups/{below['id']}/grant", again)).status_code == 409


async def provoke_every_post(essor: Essor, person: Person) -> None:
    for service in ("loans", "capital"):
        document = provocations.description(service)
        async with essor.client(service) as client:
            for path, operation in provocations.posts(service).items():
                for kind, content in provocations.refused_bodies(operation, document, person.mark):
                    headers = {"Content-Type": kind, **once()}
                    address = provocations.address(path)
                    response = await client.post(address, content=content, headers=headers)
                    assert 400 <= response.status_code < 500, f"{address}: {response.text}"


async def provoke_every_mutation(essor: Essor, person: Person) -> None:
    """At the gateway, and at the services as the gateway asks them."""
    for service in ("loans", "capital"):
        for server in ("gateway", service):
            async with essor.client(server) as client:
                client.headers[HEADER] = gateway_key(essor.settings)
                for name, kind, schema in provocations.mutations(service):
                    await provoke_mutation(client, person, name, kind, schema)
                for query in (
                    f'{{ cae(siren: "{person.mark}") {{ siren }} }}',
                    f'{{ region(code: "{person.mark}") {{ code }} }}',
                    f'{{ loans(status: "{person.mark}") {{ totalCount }} }}',
                    f'{{ cae(siren: "{person.mark}" ',
                    f'"{person.mark}"',
                ):
                    answer = await client.post("/graphql", json={"query": query})
                    assert "gateway-only" not in answer.text


async def provoke_mutation(
    client: httpx.AsyncClient, person: Person, name: str, kind: str, schema: GraphQLSchema
) -> None:
    given = provocations.marked_input(schema, kind, person.mark)
    document = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename }} }}"
    for variables in ({"input": given}, {"input": person.mark}, {"input": {"x": person.mark}}, {}):
        await client.post("/graphql", json={"query": document, "variables": variables})
    inline = f'mutation {{ {name}(input: "{person.mark}") {{ __typename }} }}'
    await client.post("/graphql", json={"query": inline})


async def submit_by_mutation(essor: Essor, office: Office, person: Person) -> None:
    """Accepted, then refused: the borrower's words go in by the other door too."""
    entrepreneur = {
        "reference": person.reference,
        "givenName": person.word("Prénom"),
        "familyName": person.word("Nom"),
        "email": f"{person.mark}@exemple.fr",
        "phone": person.phone,
        "birthDate": person.born_on,
        "address": person.word("12 rue"),
        "contract": {"kind": "CESA", "startedOn": "2012-03-01"},
    }
    given = {
        "fundId": office.fund_id,
        "cae": person.cae,
        "entrepreneur": entrepreneur,
        "bank": {"iban": person.iban, "holder": person.word("Titulaire")},
        "amountCents": 1_200_00,
        "months": 12,
        "graceMonths": 0,
        "purpose": person.word("Un four pour"),
    }
    document = """mutation($input: SubmitApplicationInput!) { submitApplication(input: $input) {
        __typename ... on Refusal { code } } }"""
    async with essor.client("gateway") as client:
        found = []
        for changed in ({}, {"submittedOn": "2199-01-01"}):
            variables = {"input": {**given, **changed}}
            answer = (await client.post("/graphql", json={"query": document, "variables": variables})).json()
            found.append(answer["data"]["submitApplication"]["__typename"])
    assert found == ["LoanApplication", "Refusal"]


async def break_the_database(essor: Essor, office: Office, person: Person) -> None:
    """A constraint that no rule foresaw, and a column that is gone: 409 and 500."""
    await essor.as_owner(
        "ALTER TABLE loans.applications ADD CONSTRAINT ck_unforeseen"
        f" CHECK (family_name <> '{person.word('Nom')}') NOT VALID",
        "ALTER TABLE capital.top_ups RENAME COLUMN email TO e_mail",
    )
    try:
        conflict = await office.send("loans", "/applications", person.application(office.fund_id))
        broken = await office.send("capital", "/top-ups", person.top_up(office.scheme_id))
    finally:
        await essor.as_owner(
            "ALTER TABLE loans.applications DROP CONSTRAINT ck_unforeseen",
            "ALTER TABLE capital.top_ups RENAME COLUMN e_mail TO email",
        )
    assert (conflict.status_code, broken.status_code) == (409, 500), conflict.text + broken.text
    assert "ck_unforeseen" in conflict.text


def not_exercised(essor: Essor) -> list[str]:
    called = {
        service: {path for port, path in essor.watched.called if str(port) in essor.urls[service]}
        for service in ("loans", "capital")
    }
    return [
        f"{service} {path}"
        for service in ("loans", "capital")
        for path in provocations.posts(service)
        if not any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), one) for one in called[service])
    ]


async def told_to_others(essor: Essor) -> dict[str, str]:
    """Whatever leaves the dossiers themselves, by where it is told."""
    kept = {}
    for service in ("loans", "capital"):
        for table in ("audit_trail", "outbox", "webhook_deliveries", "webhook_endpoints", "dossier_versions"):
            query = f"SELECT kept::text FROM {service}.{table} AS kept"
            kept[f"{service}.{table}"] = "\n".join(await essor.as_owner(query))
        async with essor.client(service) as client:
            for path in ("/v1/events?limit=100", "/openapi.json", "/health", "/ready", "/metrics"):
                kept[f"{service}{path}"] = (await client.get(path)).text
    return kept


async def test_no_log_event_audit_row_or_error_tells_of_a_person(essor: Essor) -> None:
    office, person, colleague = office_of(essor), Person(), Person()
    colleague.siren = person.siren
    await office.open()
    await follow_by_webhooks(office)
    await office.every_end(person, colleague)
    await declare_repayments(essor, office, person)
    await import_portfolio(essor, person)
    await submit_by_mutation(essor, office, person)
    await be_refused(office, person)
    await provoke_every_post(essor, person)
    await provoke_every_mutation(essor, person)
    await break_the_database(essor, office, person)

    assert not_exercised(essor) == []
    statuses = {error[:3] for error in essor.watched.errors}
    assert {"400", "404", "409", "422", "500"} <= statuses
    kept = await told_to_others(essor)
    async with asyncio.timeout(TOLD_SECONDS):
        while "repayment.recorded" not in kept["loans/v1/events?limit=100"]:
            await asyncio.sleep(0.5)
            kept = await told_to_others(essor)

    logs = essor.logs()
    assert logs.count('"event":"request"') > 200, "else nothing is searched"
    leaks = {place: found for place, said in kept.items() if (found := person.found_in(said))}
    assert leaks == {}
    assert person.found_in(logs) == []
    told = [error for error in essor.watched.errors if person.found_in(error)]
    assert told == []
    for bearer in (essor.bearer, essor.bearer.rsplit(".", 1)[-1]):
        assert bearer not in logs
        assert not any(bearer in said for said in (*kept.values(), *essor.watched.errors))
