"""A small service of the tests' own: the plumbing is tried without any business on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from services.kernel.identifiers import new_id
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput, NotFound, Refusal
from services.runtime.call import Call, get_call, read
from services.runtime.database.transactions import asyncpg_url, make_metadata
from services.runtime.fields import Answer, Body, BusinessDate, IbanField, PositiveCents, SiretField
from services.runtime.history import tables as history_tables
from services.runtime.idempotency import KEY_REQUIRED, define_table, perform
from services.runtime.service import make_service
from services.runtime.settings import Settings
from tests.api import Api

metadata = make_metadata("probe")
define_table(metadata)
router = APIRouter()
Caller = Annotated[Call, Depends(get_call)]


class TooMuch(Refusal):
    code = "too-much"
    title = Text("Trop", "Too much")
    detail = Text("{asked_cents} dépasse {room_cents}.", "{asked_cents} is over {room_cents}.")


class DepositIn(Body):
    amount_cents: PositiveCents
    siret: SiretField | None = None
    iban: IbanField | None = None
    seconds: float = Field(0, ge=0)


class Deposit(Answer):
    id: UUID
    amount_cents: int


@router.post("/deposits", status_code=201, response_model=Deposit, openapi_extra=KEY_REQUIRED)
async def deposit(body: DepositIn, call: Caller) -> Response:
    async def effect(session: AsyncSession) -> Deposit:
        if body.amount_cents > 1_000_000:
            raise TooMuch(asked_cents=body.amount_cents, room_cents=1_000_000)
        made = Deposit(id=new_id(), amount_cents=body.amount_cents)
        await session.execute(
            text("INSERT INTO probe.deposits VALUES (:id, :cents)"),
            {"id": made.id, "cents": made.amount_cents},
        )
        await asyncio.sleep(body.seconds)
        return made

    return await perform(call, effect, key_required=True)


@router.post("/savings", status_code=201, response_model=Deposit, openapi_extra=KEY_REQUIRED)
async def save(body: DepositIn, call: Caller) -> Response:
    return await deposit(body, call)


@router.post("/echoes", response_model=Deposit)
async def echo(request: Request, call: Caller, *, dry_run: bool = False) -> Response:
    body = await request.body()

    async def effect(_session: AsyncSession) -> Deposit:
        return Deposit(id=new_id(), amount_cents=len(body))

    return await perform(call, effect, status=200)


@router.post("/accounts/{account_id}/deposits", status_code=201, response_model=Deposit)
async def deposit_to(account_id: UUID, body: DepositIn, call: Caller) -> Response:
    return await deposit(body, call)


@router.get("/deposits")
async def deposits(call: Caller, siret: SiretField | None = None, on: BusinessDate | None = None) -> int:
    async def query(session: AsyncSession) -> int:
        count = text("SELECT count(*) FROM probe.deposits WHERE cents >= 0")
        return int((await session.execute(count)).scalar_one())

    return await read(call, query)


@router.get("/refusals/{kind}")
async def refuse(kind: str, call: Caller) -> None:
    match kind:
        case "not-found":
            raise NotFound(what="deposit", id=kind)
        case "input":
            raise InvalidInput("/deep/0", Text("Trop tôt : {on}.", "Too early: {on}."), on="hier")
        case "check" | "unique" | "column" | "nul":
            statement = {
                "check": "INSERT INTO probe.deposits VALUES (gen_random_uuid(), -1)",
                "unique": f"INSERT INTO probe.deposits VALUES ('{UUID(int=7)}', 7), ('{UUID(int=7)}', 7)",
                "column": "INSERT INTO probe.deposits VALUES (NULL, 1)",
                "nul": "SELECT CAST(:text AS text)",
            }[kind]
            async with call.database.transaction(call.caller) as session:
                await session.execute(text(statement), {"text": "\x00"} if kind == "nul" else {})
        case "unsendable":
            async with call.database.transaction(call.caller) as session:
                await session.execute(text("SELECT CAST(:cents AS bigint)"), {"cents": 2**63})
        case "surrogate":
            raise NotFound(what="\ud800", id=2**70)
        case "first-then-second" | "second-then-first":
            order = (1, 2) if kind.startswith("first") else (2, 1)
            async with call.database.transaction(call.caller) as session:
                for lock in order:
                    await session.execute(text(f"SELECT pg_advisory_xact_lock({lock})"))
                    await asyncio.sleep(0.2)
        case "crash":
            raise ValueError("the secret of Madame Dupont")
        case _:
            async with call.database.transaction(call.caller) as session:
                await session.execute(text("SELECT pg_sleep(5)"))


@router.get("/malformed-answer")
async def malformed_answer() -> Deposit:
    return {"id": "Madame Dupont"}  # type: ignore[return-value]


async def make_probe_database(url: str) -> None:
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA probe"))
        await connection.run_sync(metadata.create_all)
        for statement in history_tables.statements("probe"):
            await connection.execute(text(statement))
        await connection.execute(
            text("CREATE TABLE probe.deposits (id uuid PRIMARY KEY, cents bigint CHECK (cents > 0))")
        )
    await engine.dispose()


def make_probe(url: str, state: Path, **changes: Any) -> tuple[FastAPI, Settings]:
    given = {"max_body_bytes": 2048, "statement_seconds": 1.5, "lock_seconds": 1, **changes}
    settings = Settings(state=state, database_url=url, entrepreneur_key="a key for tests", **given)
    app = make_service(
        title="Probe",
        description="For tests",
        metadata=metadata,
        routers=[router],
        settings=settings,
        database_url=url,
    )
    return app, settings


class Scratch(Protocol):
    """Another probe on the same database, with settings of its own."""

    def __call__(self, **settings: Any) -> AbstractAsyncContextManager[Api]: ...


@pytest.fixture(scope="session")
async def probe_database_url(server_url: str, worker_id: str) -> str:
    name = f"essor_probe_{worker_id}"
    administration = create_async_engine(
        asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    async with administration.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    await administration.dispose()
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await make_probe_database(url)
    return url


@pytest.fixture
def scratch(probe_database_url: str, tmp_path: Path) -> Scratch:
    @asynccontextmanager
    async def make(**changes: Any) -> AsyncIterator[Api]:
        url = changes.pop("url", probe_database_url)
        async with Api.of(*make_probe(url, tmp_path, **changes)) as api:
            yield api

    return make


@pytest.fixture
def probe_maker() -> Callable[[str], Awaitable[None]]:
    return make_probe_database


@pytest.fixture(scope="session")
async def probe(probe_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with Api.of(*make_probe(probe_database_url, tmp_path_factory.mktemp("probe"))) as api:
        yield api
