"""How fast one worker sends webhooks, and what looking for work costs beside a long backlog.

    python bench/bench_webhooks.py [--events 2000] [--backlog 100000]

On Essor's own PostgreSQL in a temporary directory. The receiver is a bare server in a process of its own.
"""

import argparse
import asyncio
import multiprocessing
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import text

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.loans.persistence.tables import metadata
from services.loans.rest.history import KINDS
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.history.relay import relay
from services.runtime.settings import Settings
from services.runtime.webhooks import claims, endpoints
from services.runtime.webhooks.duty import deliver_webhooks
from services.runtime.webhooks.fan_out import fan_out

ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
EVENTS = """
    INSERT INTO loans.outbox
           (event_id, type, dossier_kind, dossier_id, version, region, cae_siren, occurred_at)
    SELECT gen_random_uuid(), 'repayment.recorded', 'loan', dossiers.id, version, '84', :siren, now()
      FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, :dossiers)) AS dossiers,
           generate_series(1, :each) AS version
"""
LATER_EVENTS = """
    INSERT INTO loans.outbox
           (event_id, type, dossier_kind, dossier_id, version, region, cae_siren, occurred_at)
    SELECT gen_random_uuid(), type, dossier_kind, dossier_id, version + 100, region, cae_siren, now()
      FROM loans.outbox WHERE cae_siren = '2'
    RETURNING event_id
"""
LOOKS = 20


def receive(port: multiprocessing.Value) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}}")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(serve())


async def owe(database: Database, siren: str, url: str, dossiers: int, each: int) -> float:
    """An endpoint of a CAE of its own is owed so many events; seconds of the relay and the fan-out."""
    caller = Caller(Role.CAE, "bench", siren=Siren(siren))
    async with database.transaction(caller) as session:
        await endpoints.add(
            session, database.schema, caller, url=url, event_types=(), description=None, most=20
        )
    async with database.of_all_tenants() as session:
        await session.execute(text(EVENTS), {"siren": siren, "dossiers": dossiers, "each": each})
    started = time.perf_counter()
    await relay(database, partial(fan_out, database, KINDS))
    return time.perf_counter() - started


async def sending(database: Database, settings: Settings) -> float:
    """Seconds until nothing that can be sent is pending."""
    stop, started = asyncio.Event(), time.perf_counter()
    worker = asyncio.create_task(deliver_webhooks(database, settings, stop))
    left = text(
        "SELECT count(*) FROM loans.webhook_deliveries AS delivery JOIN loans.webhook_endpoints AS endpoint"
        " ON endpoint.id = endpoint_id WHERE delivery.status = 'pending' AND siren = '1'"
    )
    while True:
        await asyncio.sleep(0.1)
        async with database.of_all_tenants(read_only=True) as session:
            if not await session.scalar(left):
                break
    seconds = time.perf_counter() - started
    stop.set()
    await worker
    return seconds


async def looking(database: Database) -> float:
    """Milliseconds of one look that finds nothing."""
    spent = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        async with database.of_all_tenants() as session:
            await claims.claim(session, database.schema, most=32, per_endpoint=4, lease_seconds=45)
        spent.append((time.perf_counter() - started) * 1000)
    return median(spent)


async def fail_the_first(database: Database) -> None:
    """The first of each dossier of the backlog has failed; what came with it was put off behind it."""
    async with database.of_all_tenants() as session:
        await session.execute(
            text(
                "UPDATE loans.webhook_deliveries SET next_attempt_at = now() + interval '1 hour',"
                " failures = CASE WHEN version = 1 THEN 3 ELSE 0 END WHERE status = 'pending'"
            )
        )


async def come_since(database: Database) -> float:
    """As many events again, of the same dossiers; seconds of the relay and the fan-out."""
    async with database.of_all_tenants() as session:
        added = await session.execute(text(LATER_EVENTS))
    started = time.perf_counter()
    await relay(database, partial(fan_out, database, KINDS))
    return (time.perf_counter() - started) / len(added.all())


async def measure(settings: Settings, url: str, events: int, backlog: int) -> None:
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    seconds = await owe(database, "1", url, events // 4, 4)
    print(f"relay and fan-out: {events / seconds:.0f} events/s")
    seconds = await sending(database, settings)
    print(
        f"sending: {events / seconds:.0f} messages/s of one worker, {events // 4} dossiers x 4, one receiver"
    )
    print(f"looking, nothing owed: {await looking(database):.1f} ms")
    seconds = await owe(database, "2", "http://127.0.0.1:1/", backlog // 10, 10)
    print(f"relay and fan-out of the backlog: {backlog / seconds:.0f} events/s")
    await fail_the_first(database)
    print(f"looking, {backlog} put off: {await looking(database):.1f} ms")
    print(f"relay and fan-out behind failures: {1 / await come_since(database):.0f} events/s")
    print(f"looking, {2 * backlog} put off: {await looking(database):.1f} ms")
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--backlog", type=int, default=100_000)
    given = parser.parse_args()
    port = multiprocessing.Value("i", 0)
    receiver = multiprocessing.Process(target=receive, args=(port,), daemon=True)
    receiver.start()
    folder = Path(tempfile.mkdtemp(prefix="essor-bench-"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder) as server:
            settings = Settings(
                state=folder,
                database_url=server.url,
                log_level="ERROR",
                webhook_private_addresses=True,
                webhook_parallel_per_endpoint=16,
            )
            asyncio.run(migrations.upgrade(server.url))
            asyncio.run(database_roles.ensure(server.url, settings, "loans"))
            url = f"http://127.0.0.1:{port.value}/"
            asyncio.run(measure(settings, url, given.events, given.backlog))
    finally:
        receiver.terminate()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
