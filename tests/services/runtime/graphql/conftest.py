"""A small subgraph of the tests' own: crates on shelves."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, cast
from uuid import UUID

import pytest
import strawberry
from pydantic import Field, RootModel
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from services.kernel.access import Role
from services.kernel.identifiers import new_id
from services.kernel.language import Text, Word
from services.kernel.refusals import NotFound
from services.kernel.refusals import Refusal as RefusalOfRules
from services.runtime.database.transactions import asyncpg_url, make_metadata
from services.runtime.database.written_once import Rows
from services.runtime.fields import BusinessDate, SirenField
from services.runtime.graphql.compiled.columns import ByColumns, Form, Reader
from services.runtime.graphql.connections import Connection, checked_first, make_connection
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.door import make_endpoint
from services.runtime.graphql.fields import mutation, resolved
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import Cents, parse_id
from services.runtime.graphql.schema import SubgraphSchema
from services.runtime.idempotency import define_table
from services.runtime.pagination import decode_cursor, encode_cursor
from services.runtime.service import make_service
from services.runtime.settings import Settings
from tests.api import Api
from tests.graphql_ways import answered_both_ways

metadata = make_metadata("crates")
define_table(metadata)

SHELVES = ("A1", "A2", "B1")


class TooHeavy(RefusalOfRules):
    code = "too-heavy"
    title = Text("Trop lourd", "Too heavy")
    detail = Text("{asked_cents} dépasse {room_cents}.", "{asked_cents} is over {room_cents}.")


@dataclass(frozen=True, slots=True)
class CrateRow:
    id: UUID
    shelf: str
    value_cents: int


@dataclass(frozen=True, slots=True)
class CratesOfShelves:
    first: int
    after: UUID | None

    async def __call__(
        self, session: AsyncSession, context: Context, codes: Sequence[str], /
    ) -> Mapping[str, list[CrateRow]]:
        rows = await session.execute(
            text(
                "SELECT id, shelf, value_cents FROM (SELECT *, row_number() OVER"
                " (PARTITION BY shelf ORDER BY id) AS place FROM crates.crates WHERE shelf = ANY(:codes)"
                " AND (CAST(:after AS uuid) IS NULL OR id > :after))"
                " AS placed WHERE place <= :most ORDER BY id"
            ),
            {"codes": list(codes), "after": self.after, "most": self.first + 1},
        )
        found: dict[str, list[CrateRow]] = {code: [] for code in codes}
        for row in rows:
            found[row.shelf].append(CrateRow(row.id, row.shelf, row.value_cents))
        return found


async def crates_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, CrateRow]:
    rows = await session.execute(
        text("SELECT id, shelf, value_cents FROM crates.crates WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )
    return {row.id: CrateRow(row.id, row.shelf, row.value_cents) for row in rows}


async def count_crates(session: AsyncSession, context: Context, codes: Sequence[str], /) -> Mapping[str, int]:
    rows = await session.execute(
        text("SELECT shelf, count(*) AS crates FROM crates.crates WHERE shelf = ANY(:codes) GROUP BY shelf"),
        {"codes": list(codes)},
    )
    return {row.shelf: row.crates for row in rows}


@strawberry.federation.type(keys=["id"], description="A crate.")
class Crate:
    key_field: ClassVar[str] = "id"

    id: UUID = strawberry.field(description="Its id.")
    value_cents: Cents = strawberry.field(description="Its value.")

    @classmethod
    def of(cls, row: CrateRow) -> Self:
        return cls(id=row.id, value_cents=Cents(row.value_cents))

    @classmethod
    def parse_key(cls, value: object) -> UUID:
        return UUID(str(value))

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[UUID]) -> list[Self | None]:
        return [row and cls.of(row) for row in await context.load_many(crates_by_id, keys)]


@strawberry.federation.type(keys=["code"], description="A shelf.")
class Shelf:
    key_field: ClassVar[str] = "code"

    code: strawberry.ID = strawberry.field(description="Its code.")

    @resolved("Its crates.")
    async def crates(self, info: Info, first: int | None = 25, after: str | None = None) -> Connection[Crate]:
        most = checked_first(first)
        start = decode_cursor(after, UUID)[0] if after is not None else None
        rows = await info.context.load(CratesOfShelves(most, start), str(self.code))

        async def count() -> int:
            return await info.context.load(count_crates, str(self.code)) or 0

        return make_connection(
            rows or [],
            first=most,
            after=after,
            cursor_of=lambda row: encode_cursor(str(row.id)),
            node_of=Crate.of,
            count=count,
        )

    @classmethod
    def parse_key(cls, value: object) -> str:
        if not isinstance(value, str) or len(value) != 2:
            raise ValueError
        return value

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[str]) -> list[Self | None]:
        return [cls(code=strawberry.ID(key)) if key in SHELVES else None for key in keys]


@strawberry.federation.type(keys=["id"], description="A thing whose table is not there.")
class Ghost:
    key_field: ClassVar[str] = "id"

    id: strawberry.ID = strawberry.field(description="Its id.")

    @classmethod
    def parse_key(cls, value: object) -> str:
        return str(value)

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[str]) -> list[Self | None]:
        await context.read(
            lambda session: session.execute(text("SELECT secret_of_madame_dupont FROM nowhere"))
        )
        return []


@strawberry.input(description="Where from.")
class OriginInput:
    siren: SirenField = strawberry.field(description="Whose.")


@strawberry.input(description="A crate to put away.")
class PutCrateInput:
    idempotency_key: str = strawberry.field(description="Names this call.")
    shelf: str = strawberry.field(description="Where.")
    value_cents: Annotated[Cents, Field(gt=0)] = strawberry.field(description="Its value.")
    on: BusinessDate | None = strawberry.field(default=None, description="When.")
    origins: list[OriginInput] = strawberry.field(default_factory=list, description="Whence.")


PutCrateAnswer = Annotated[
    Crate | Refusal, strawberry.union("PutCrateAnswer", description="The crate, or why not.")
]


@strawberry.type
class Query:
    @resolved("A crate.")
    async def crate(self, info: Info, id: strawberry.ID) -> Crate | None:  # noqa: A002
        row = await info.context.load(crates_by_id, parse_id(id))
        if row is None:
            raise NotFound(what="crate", id=id)
        return Crate.of(row)

    @resolved("All shelves.")
    async def shelves(self) -> list[Shelf]:
        return [Shelf(code=strawberry.ID(code)) for code in SHELVES]

    @resolved("What crashes.")
    async def crash(self) -> int | None:
        raise ValueError("the secret of Madame Dupont")

    @resolved("Whether what is read apart is of one transaction.")
    async def is_of_one_snapshot(self, info: Info) -> bool:
        async def moment(session: AsyncSession) -> datetime:
            return cast("datetime", await session.scalar(text("SELECT now()")))

        return await info.context.read(moment) == await info.context.read(moment)

    @resolved("What is away.")
    async def away(self, info: Info) -> int | None:
        async def sleep(session: AsyncSession) -> None:
            await session.execute(text("SELECT pg_sleep(5)"))

        await info.context.read(sleep)
        return 1


class CrateAct(Word):
    PUT = "put", "ranger une caisse", "putting a crate away"


@strawberry.type
class Mutation:
    @mutation("Puts a crate away.")
    async def put_crate(self, info: Info, input: PutCrateInput) -> PutCrateAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: PutCrateInput) -> CrateRow:
            info.context.caller.require({Role.OPERATOR}, CrateAct.PUT)
            if given.value_cents > 5_000_000_000:
                raise TooHeavy(asked_cents=given.value_cents, room_cents=5_000_000_000)
            row = CrateRow(new_id(), given.shelf, given.value_cents)
            await session.execute(
                text("INSERT INTO crates.crates VALUES (:id, :shelf, :cents)"),
                {"id": row.id, "shelf": row.shelf, "cents": row.value_cents},
            )
            return row

        done = await perform(info, input, effect, stored_as=RootModel[CrateRow])
        return Crate.of(done) if isinstance(done, CrateRow) else done


class CrateColumns(Form):
    __slots__ = ()
    shows = Crate
    needs: ClassVar = {"id": ("id",), "value_cents": ("value_cents",)}


@dataclass(frozen=True, slots=True)
class RowsOfCrates:
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, ids: Sequence[UUID], /
    ) -> Mapping[UUID, Any]:
        columns = ", ".join(self.rows.columns)
        found = await session.execute(
            text(f"SELECT {columns} FROM crates.crates WHERE id = ANY(:ids)"), {"ids": list(ids)}
        )
        return {row.id: row for row in map(self.rows.kind._make, found)}


async def crate_rows(context: Context, ids: Sequence[UUID], *, rows: Rows) -> list[Any]:
    return await context.load_many(RowsOfCrates(rows), ids)


async def crate_row(
    _query: None,
    info: Info,
    *,
    rows: Rows,
    id: strawberry.ID,  # noqa: A002
) -> Any:
    found = await info.context.load(RowsOfCrates(rows), parse_id(id))
    if found is None:
        raise NotFound(what="crate", id=id)
    return found


def make_schema() -> SubgraphSchema:
    return SubgraphSchema(
        query=Query,
        mutation=Mutation,
        entities=[Crate, Shelf, Ghost],
        by_columns=ByColumns(
            fields={("Query", "crate"): Reader(CrateColumns, crate_row, always=("id",))},
            entities={Crate: Reader(CrateColumns, crate_rows, always=("id",))},
        ),
        most_representations=200,
    )


@pytest.fixture(scope="session")
async def crates(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    name = f"essor_crates_{worker_id}"
    administration = create_async_engine(
        asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    async with administration.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    await administration.dispose()
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA crates"))
        await connection.run_sync(metadata.create_all)
        await connection.execute(
            text("CREATE TABLE crates.crates (id uuid PRIMARY KEY, shelf text, value_cents bigint)")
        )
    await engine.dispose()
    settings = Settings(
        state=tmp_path_factory.mktemp("crates"),
        database_url=url,
        entrepreneur_key="a key for tests only",
        statement_seconds=1,
        graphql_max_depth=8,
        graphql_max_tokens=500,
        graphql_max_aliases=10,
        graphql_max_cost=10_000,
        compiled_graphql_after=0,
    )
    app = make_service(
        title="Crates",
        description="For tests",
        metadata=metadata,
        routers=[],
        settings=settings,
        database_url=url,
        graphql=make_endpoint(make_schema(), settings),
    )
    with answered_both_ways(app):
        async with Api.of(app, settings) as api:
            yield api
