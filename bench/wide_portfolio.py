"""A fund of many loans, written as rows: enough of each for lists and closes, which look at no journal.

Of every hundred loans, 96 are paid as they fall due; the others stopped paying one to six months ago.
What was paid so far stands as one repayment.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.kernel.access import Caller, Role
from services.loans.persistence.tables import metadata
from services.loans.usecases.create_fund import CreateFund, create_fund
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database, asyncpg_url
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import Settings

REGION = "84"
OPERATOR = Caller(Role.OPERATOR, "bench", frozenset({REGION}))
INSTALMENTS = 36
ROWS = (
    """
    CREATE TEMP TABLE drawn AS
    SELECT n, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
           lpad((n % 150)::text, 9, '0') AS cae_siren,
           ($1::date - ((n * 7919) % 1080)) AS disbursed_on,
           20000 + (n % 300) * 100 AS instalment_cents,
           CASE WHEN n % 100 < 4 THEN 1 + n % 6 ELSE 0 END AS months_unpaid
      FROM generate_series(1, $2::int) AS n
    """,
    """
    CREATE TEMP TABLE paid AS
    SELECT d.*, greatest(0, (SELECT count(*) FROM generate_series(1, 36) AS k
                              WHERE d.disbursed_on + make_interval(months => k) <= $1::date)
                            - months_unpaid)::int AS paid_count
      FROM drawn d
    """,
    """
    INSERT INTO loans.loans (
        id, fund_id, number, region, cae_siren, cae_siret, cae_name, entrepreneur_id, entrepreneur_reference,
        given_name, family_name, contract_kind, contract_started_on, principal_cents, granted_cents,
        instalment_count, months, grace_months, disbursed_on, next_due_on, in_order_from, status,
        repaid_cents)
    SELECT id, $2::uuid, 'B-' || n, '84', cae_siren, cae_siren || '00001', 'CAE', gen_random_uuid(), n::text,
           'x', 'x', 'CAPE', '2019-01-01', 36 * instalment_cents, 36 * instalment_cents, 36, 36, 0,
           disbursed_on,
           CASE WHEN paid_count < 36
                THEN (disbursed_on + make_interval(months => paid_count + 1))::date END,
           greatest(disbursed_on, (disbursed_on + make_interval(months => paid_count))::date),
           CASE WHEN paid_count < 36 THEN 'active' ELSE 'repaid' END, paid_count * instalment_cents
      FROM paid WHERE $1::date IS NOT NULL
    """,
    """
    INSERT INTO loans.instalments (loan_id, version, rank, region, cae_siren, due_on, amount_cents,
                                   cumulative_cents)
    SELECT id, 1, k, '84', cae_siren, (disbursed_on + make_interval(months => k))::date, instalment_cents,
           k * instalment_cents
      FROM paid, generate_series(1, 36) AS k
    """,
    """
    INSERT INTO loans.tranches (id, loan_id, region, cae_siren, recorded_rank, amount_cents, disbursed_on)
    SELECT id, id, '84', cae_siren, 1, 36 * instalment_cents, disbursed_on FROM paid
    """,
    """
    INSERT INTO loans.schedule_versions (loan_id, version, region, cae_siren, effective_on, cause)
    SELECT id, 1, '84', cae_siren, disbursed_on, 'disbursement' FROM paid
    """,
    """
    INSERT INTO loans.repayments (
        id, loan_id, region, cae_siren, recorded_rank, amount_cents, paid_on, method)
    SELECT id, id, '84', cae_siren, 1, paid_count * instalment_cents,
           (disbursed_on + make_interval(months => paid_count))::date, 'transfer'
      FROM paid WHERE paid_count > 0
    """,
)


async def fill(database: Database, owner_url: str, loans: int, today: date) -> None:
    """Written by the owner, whom no policy narrows, without the money that no list looks at."""
    async with database.transaction(OPERATOR) as session:
        fund = await create_fund(
            session, OPERATOR, CreateFund(REGION, "Bench", date(2018, 1, 1)), today=today
        )
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute("SELECT set_config('essor.role', 'system', false)")
        await owner.execute(ROWS[0], today, loans)
        await owner.execute(ROWS[1], today)
        await owner.execute(ROWS[2], today, fund.id)
        for rows in ROWS[3:]:
            await owner.execute(rows)
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


@contextmanager
def server() -> Iterator[str]:
    """The owner's URL: ESSOR_TEST_DATABASE_URL, or Essor's own PostgreSQL in a temporary directory."""
    given = os.environ.get("ESSOR_TEST_DATABASE_URL")
    if given is not None:
        yield given
        return
    directory = Path(tempfile.mkdtemp(prefix="essor-bench-"))
    directory.chmod(0o755)
    own = EmbeddedPostgres(directory)
    own.start()
    try:
        yield own.url
    finally:
        own.stop()
        shutil.rmtree(directory)


@asynccontextmanager
async def wide_portfolio(server_url: str, loans: int, today: date) -> AsyncIterator[Database]:
    name = f"essor_bench_{uuid4().hex[:8]}"
    engine = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await migrations.upgrade(url)
    settings = Settings(database_url=url)
    await database_roles.ensure(url, settings, "loans")
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    try:
        await fill(database, url, loans, today)
        yield database
    finally:
        await database.close()
        async with engine.connect() as connection:
            await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        await engine.dispose()
