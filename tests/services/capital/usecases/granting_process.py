"""One of several operating-system processes that ask and grant at the same time; started by `racing.py`.

For each round: reads its calls, opens its connections, says `ready`, waits for a line, makes all its calls at
once and prints their outcomes as JSON: the award, or the code of the refusal with its room.
"""

import asyncio
import json
import sys
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.persistence.tables import metadata
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.promote_requests import promote_requests
from services.capital.usecases.record_succession import RecordSuccession, record_succession
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.capital.usecases.request_top_ups import DeclaredPerson, RequestTopUp, request_top_up
from services.capital.usecases.withdraw_top_up import WithdrawTopUp, withdraw_top_up
from services.kernel.access import Caller, Role
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import parse_siren, parse_siret
from services.kernel.refusals import Refusal
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

TODAY = date(2026, 6, 30)
OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"75"}))
KEY = b"a key for tests"


async def act(database: Database, call: dict[str, str]) -> dict[str, object]:
    if call["act"] in OF_THE_WORKER:
        async with database.of_all_tenants(client="worker") as session:
            return await OF_THE_WORKER[call["act"]](session, call)
    try:
        async with database.transaction(OPERATOR) as session:
            return await ACTS[call["act"]](session, call)
    except Refusal as refusal:
        refused = {"refused": refusal.code, "room_cents": refusal.facts.get("room_cents")}
        return {"act": call["act"], "id": call.get("id")} | refused


async def cancel(session: AsyncSession, call: dict[str, str]) -> dict[str, object]:
    order = CancelTopUp(top_up_id=UUID(call["id"]), reason="race")
    await cancel_top_up(session, OPERATOR, order, today=TODAY)
    return {"id": call["id"], "cancelled": True}


async def grant(session: AsyncSession, call: dict[str, str]) -> dict[str, object]:
    decided_on = date.fromisoformat(call.get("on", "2026-02-01"))
    order = GrantTopUp(top_up_id=UUID(call["id"]), decided_on=decided_on, reference="race")
    granted = await grant_top_up(session, OPERATOR, order, today=TODAY)
    return {"id": call["id"], "award_cents": granted.award_cents}


async def request(session: AsyncSession, call: dict[str, str]) -> dict[str, object]:
    """For a person whom nobody else asks for."""
    order = RequestTopUp(
        scheme_id=UUID(call["scheme"]),
        cae_siret=parse_siret(call["siret"]),
        cae_name="Coopérative Tournesol",
        entrepreneur=DeclaredPerson(
            reference=str(uuid4()),
            given_name="Awa",
            family_name="Le Goff",
            contract=Contract(ContractKind.CESA, date(2025, 3, 1)),
        ),
        subscribed_cents=int(call["cents"]),
        paid_up_cents=int(call["cents"]),
        paid_up_on=date(2026, 1, 15),
    )
    asked = await request_top_up(session, OPERATOR, order, today=TODAY, entrepreneur_key=KEY)
    return {"id": str(asked.id), "asked": asked.status.value, "reserved_cents": asked.reserved_cents}


async def refuse(session: AsyncSession, call: dict[str, str]) -> dict[str, object]:
    await refuse_top_up(
        session, OPERATOR, RefuseTopUp(top_up_id=UUID(call["id"]), reason="race"), today=TODAY
    )
    return {"id": call["id"], "ended": "refused"}


async def withdraw(session: AsyncSession, call: dict[str, str]) -> dict[str, object]:
    await withdraw_top_up(session, OPERATOR, WithdrawTopUp(top_up_id=UUID(call["id"])), today=TODAY)
    return {"id": call["id"], "ended": "withdrawn"}


async def promote(session: AsyncSession, _: dict[str, str]) -> dict[str, object]:
    """The worker's, whom nobody calls: in a transaction that sees every tenant."""
    return {"promoted": await promote_requests(session, today=TODAY)}


async def succeed(session: AsyncSession, call: dict[str, str]) -> dict[str, object]:
    order = RecordSuccession(
        region="75",
        from_siren=parse_siren(call["id"]),
        to_siret=parse_siret(call["to"]),
        to_name="Coopérative Héliotrope",
        effective_on=date(2026, 1, 1),
        reason="race",
    )
    recorded = await record_succession(session, OPERATOR, order, today=TODAY)
    return {"id": call["id"], "taken_cents": recorded.taken_cents}


ACTS = {
    "cancel": cancel,
    "grant": grant,
    "request": request,
    "refuse": refuse,
    "withdraw": withdraw,
    "succeed": succeed,
}
OF_THE_WORKER = {"promote": promote}


async def warm(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(0.02)"))


async def all_at_once(
    database: Database, calls: list[dict[str, str]], connections: int
) -> list[dict[str, object]]:
    """As many at a time as there are connections: waiting for one longer than the pool allows is no race."""
    free = asyncio.Semaphore(connections)

    async def when_free(call: dict[str, str]) -> dict[str, object]:
        async with free:
            return await act(database, call)

    return await asyncio.gather(*(when_free(call) for call in calls))


async def main() -> None:
    settings = Settings()
    database = Database(service_url("capital", settings), settings, metadata=metadata)
    while line := await asyncio.to_thread(sys.stdin.readline):
        calls = json.loads(line)
        await asyncio.gather(*(warm(database) for _ in range(min(settings.pool_size, len(calls)))))
        print("ready", flush=True)  # noqa: T201 - how processes talk
        await asyncio.to_thread(sys.stdin.readline)
        outcomes = await all_at_once(database, calls, settings.pool_size)
        print(json.dumps(outcomes), flush=True)  # noqa: T201
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
