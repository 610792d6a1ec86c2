"""Grants a second of the use case, against one bare asyncpg statement that writes the same rows.

    python bench/bench_grants.py [--grants 2000] [--connections 16]

On Essor's own PostgreSQL in a temporary directory, or on ESSOR_TEST_DATABASE_URL. Trust the ratio, not the
figures: both sides run one after the other in this process, on whatever the machine is doing.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.capital.domain.schemes import FunderShare, Period, Scheme, Terms
from services.capital.persistence import de_minimis
from services.capital.persistence.tables import metadata
from services.capital.usecases.create_scheme import CreateScheme, create_scheme
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.request_top_ups import DeclaredPerson, RequestTopUp, request_top_ups
from services.kernel.access import Caller, Role
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import Siren, Siret, new_id
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database, asyncpg_url
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import Settings

OPERATOR = Caller(Role.OPERATOR, "bench", frozenset({"75"}))
TODAY = date(2026, 6, 30)
DECIDED_ON = date(2026, 2, 1)
AWARD_CENTS = 10_00  # thousands of them to one company stay under the ceiling of de minimis aid
CEILING_CENTS = 300_000_00
TERMS = Terms(
    valid_from=date(2020, 1, 1),
    floor_cents=AWARD_CENTS,
    ceiling_cents=AWARD_CENTS,
    cae_cap_cents=10**12,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
    funders=(FunderShare(Siren("200053759"), "Région", Decimal(100)),),
)
BARE = """
    WITH cap AS (
        UPDATE capital.cae_caps SET used_cents = used_cents + $1, cap_cents = $2
         WHERE scheme_id = $3 AND cae_siren = $4 AND period = 'scheme' AND used_cents + $1 <= $2
        RETURNING 1),
    de_minimis AS (
        UPDATE capital.de_minimis_counters SET counted_cents = counted_cents + $1, allowed_cents = $8
         WHERE cae_siren = $4 AND counted_cents + $1 <= $8 AND EXISTS (SELECT FROM cap)
        RETURNING 1),
    granted AS (
        UPDATE capital.top_ups
           SET status = 'granted', award_cents = $1, is_sole_award = true, decided_on = $5,
               decision_reference = 'bench', revision = revision + 1
         WHERE id = $6 AND status = 'requested' AND EXISTS (SELECT FROM de_minimis)
        RETURNING id, scheme_id, region, cae_siren),
    entry AS (
        INSERT INTO capital.journal_entries (id, kind, entry_on, scheme_id, region, cae_siren, top_up_id)
        SELECT $7, 'grant', $5, scheme_id, region, cae_siren, id FROM granted
        RETURNING id)
    INSERT INTO capital.postings (entry_id, rank, account, amount_cents, region, cae_siren)
    SELECT entry.id, side.rank, side.account, side.sign * $1, '75', $4
      FROM entry, (VALUES (1, 'awards', 1), (2, 'payable', -1)) AS side (rank, account, sign)
    RETURNING 1
"""


async def make_requests(
    database: Database, owner_url: str, grants: int, caes: int
) -> tuple[Scheme, list[tuple[UUID, str]]]:
    """A scheme, and as many requests as grants, spread over the CAEs; counters are there already."""
    async with database.transaction(OPERATOR) as session:
        scheme = await create_scheme(session, OPERATOR, CreateScheme(region="75", name="Bench", terms=TERMS))
        sirens = [f"{number:09d}" for number in range(caes)]
        for siren in sirens:
            await session.execute(
                text("INSERT INTO capital.cae_caps VALUES (:scheme, :siren, 'scheme', 0, 0, '75')"),
                {"scheme": scheme.id, "siren": siren},
            )
        await de_minimis.lock(session, [Siren(siren) for siren in sirens])
        orders = [
            RequestTopUp(
                scheme_id=scheme.id,
                cae_siret=Siret(f"{sirens[number % caes]}00001"),
                cae_name="Bench",
                entrepreneur=DeclaredPerson(
                    reference=str(number),
                    given_name="x",
                    family_name="x",
                    contract=Contract(ContractKind.CESA, date(2025, 3, 1)),
                ),
                subscribed_cents=AWARD_CENTS,
                paid_up_cents=AWARD_CENTS,
                paid_up_on=date(2026, 1, 15),
            )
            for number in range(grants)
        ]
        asked = await request_top_ups(session, OPERATOR, orders, today=TODAY, entrepreneur_key=b"bench")
    # Plans made while tables were empty keep their sequential scans.
    owner = await asyncpg.connect(owner_url)
    await owner.execute("ANALYZE")
    await owner.close()
    return scheme, [(top_up.id, top_up.cae.siren) for top_up in asked]


async def rate(
    work: Sequence[tuple[UUID, str]], connections: int, grant: Callable[[UUID, str], Awaitable[None]]
) -> float:
    waiting = iter(work)

    async def worker() -> None:
        for top_up_id, siren in waiting:
            await grant(top_up_id, siren)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    return len(work) / (time.perf_counter() - started)


async def through_the_use_case(
    database: Database, url: str, grants: int, caes: int, connections: int
) -> float:
    _, work = await make_requests(database, url, grants, caes)

    async def grant(top_up_id: UUID, _: str) -> None:
        order = GrantTopUp(top_up_id=top_up_id, decided_on=DECIDED_ON, reference="bench")
        async with database.transaction(OPERATOR) as session:
            granted = await grant_top_up(session, OPERATOR, order, today=TODAY)
        assert granted.award_cents == AWARD_CENTS

    return await rate(work, connections, grant)


async def by_the_bare_statement(
    database: Database, url: str, grants: int, caes: int, connections: int
) -> float:
    scheme, work = await make_requests(database, url, grants, caes)
    pool = await asyncpg.create_pool(url, min_size=connections, max_size=connections)
    cap_cents = TERMS.cae_cap_cents

    async def grant(top_up_id: UUID, siren: str) -> None:
        async with pool.acquire() as connection:
            written = await connection.fetch(
                BARE,
                AWARD_CENTS,
                cap_cents,
                scheme.id,
                siren,
                DECIDED_ON,
                top_up_id,
                new_id(),
                CEILING_CENTS,
            )
        assert written, "the bare statement granted nothing"

    try:
        return await rate(work, connections, grant)
    finally:
        await pool.close()


async def measure(server_url: str, grants: int, connections: int) -> None:
    name = f"essor_bench_{uuid4().hex[:8]}"
    owner = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with owner.connect() as connection:
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await migrations.upgrade(url)
    # The service's own role, held to row-level security; the bare statement is the owner's, who is not.
    settings = Settings(database_url=url, pool_size=connections)
    await database_roles.ensure(url, settings, "capital")
    database = Database(service_url("capital", settings), settings, metadata=metadata)
    try:
        print(f"{grants} grants, {connections} connections, grants a second:")
        for caes in (1, 150):
            bare = await by_the_bare_statement(database, url, grants, caes, connections)
            ours = await through_the_use_case(database, url, grants, caes, connections)
            print(
                f"  {caes:>3} CAE: use case {ours:6.0f}, bare statement {bare:6.0f}, ratio {ours / bare:.2f}"
            )
    finally:
        await database.close()
        async with owner.connect() as connection:
            await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        await owner.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grants", type=int, default=2_000)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    given = os.environ.get("ESSOR_TEST_DATABASE_URL")
    if given is not None:
        asyncio.run(measure(given, options.grants, options.connections))
        return
    directory = Path(tempfile.mkdtemp(prefix="essor-bench-"))
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory)
    server.start()
    try:
        asyncio.run(measure(server.url, options.grants, options.connections))
    finally:
        server.stop()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
