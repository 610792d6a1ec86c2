import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.runtime.settings import Settings
from tests.api import Api, once, token
from tests.services.runtime.conftest import Scratch


def operator(api: Api, client: str = "tests") -> httpx.AsyncClient:
    return api.as_("operator", regions=["84"], client=client)


async def deposits(api: Api, cents: int) -> int:
    async with api.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT count(*) FROM probe.deposits WHERE cents = :cents")
        return int((await session.execute(query, {"cents": cents})).scalar_one())


async def test_a_call_that_moves_money_needs_a_key(probe: Api) -> None:
    response = await operator(probe).post("/v1/deposits", json={"amount_cents": 1})
    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-required")


async def test_a_key_has_a_length_and_an_alphabet(probe: Api) -> None:
    for key in ("", "x" * 201, "t\tb"):
        response = await operator(probe).post(
            "/v1/deposits", json={"amount_cents": 1}, headers=once() | {"Idempotency-Key": key}
        )
        assert response.json()["code"] == "idempotency-key-malformed"


async def test_the_same_key_and_body_replays_the_answer(probe: Api) -> None:
    headers = once()
    first = await operator(probe).post(
        "/v1/deposits", json={"amount_cents": 101, "seconds": 0}, headers=headers
    )
    again = await operator(probe).post(
        "/v1/deposits", json={"seconds": 0, "amount_cents": 101}, headers=headers
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await deposits(probe, 101) == 1


async def test_the_same_key_with_another_body_is_refused(probe: Api) -> None:
    headers = once()
    await operator(probe).post("/v1/deposits", json={"amount_cents": 102}, headers=headers)
    other = await operator(probe).post("/v1/deposits", json={"amount_cents": 103}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await deposits(probe, 103) == 0


async def test_another_clients_equal_key_is_another_key(probe: Api) -> None:
    headers = once()
    for client in ("one", "two"):
        response = await operator(probe, client).post(
            "/v1/deposits", json={"amount_cents": 104}, headers=headers
        )
        assert response.status_code == 201
    assert await deposits(probe, 104) == 2


async def test_a_replay_is_authorised_again(probe: Api) -> None:
    headers = once()
    wide = probe.as_("operator", regions=["84", "76"])
    await wide.post("/v1/deposits", json={"amount_cents": 105}, headers=headers)
    narrowed = await operator(probe).post("/v1/deposits", json={"amount_cents": 105}, headers=headers)
    assert narrowed.status_code == 403


async def test_a_refusal_is_not_stored(probe: Api) -> None:
    headers = once()
    refused = await operator(probe).post("/v1/deposits", json={"amount_cents": 2_000_000}, headers=headers)
    accepted = await operator(probe).post("/v1/deposits", json={"amount_cents": 106}, headers=headers)
    assert (refused.status_code, accepted.status_code) == (409, 201)


async def test_twenty_five_equal_calls_at_once_have_one_effect(probe: Api) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    calls = [
        operator(probe).post("/v1/deposits", json={"amount_cents": 107}, headers=headers) for _ in range(25)
    ]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await deposits(probe, 107) == 1


async def test_a_second_call_waits_for_the_first_then_gives_up(scratch: Scratch) -> None:
    headers = once()
    slow = {"amount_cents": 108, "seconds": 2.5}
    async with scratch(lock_seconds=0.2) as api:
        first = asyncio.create_task(operator(api).post("/v1/deposits", json=slow, headers=headers))
        await until_it_is_in_its_effect(api)
        second = await operator(api).post("/v1/deposits", json=slow, headers=headers)
        assert (second.status_code, second.json()["code"]) == (409, "idempotency-key-in-use")
        assert (await first).status_code == 201


async def until_it_is_in_its_effect(api: Api) -> None:
    """A call that has written, and not committed."""
    writing = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state = 'idle in transaction' AND query LIKE 'INSERT INTO probe.deposits%'"
    )
    async with asyncio.timeout(60):
        while True:
            async with api.database.of_all_tenants(read_only=True) as session:
                if (await session.execute(writing)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def test_a_key_belongs_to_its_path(probe: Api) -> None:
    headers = once()
    for path in ("/v1/deposits", "/v1/savings"):
        response = await operator(probe).post(path, json={"amount_cents": 109}, headers=headers)
        assert response.status_code == 201
        assert "idempotent-replayed" not in response.headers
    assert await deposits(probe, 109) == 2


@pytest.mark.parametrize(
    "written", [str.upper, lambda named: named.replace("-", ""), lambda named: f"urn:uuid:{named}"]
)
async def test_an_id_in_the_path_is_the_same_however_it_is_written(
    probe: Api, written: Callable[[str], str]
) -> None:
    headers, account = once(), str(uuid4())
    body = {"amount_cents": 119}
    first = await operator(probe).post(f"/v1/accounts/{account}/deposits", json=body, headers=headers)
    again = await operator(probe).post(
        f"/v1/accounts/{written(account)}/deposits", json=body, headers=headers
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_different_bodies_at_once_under_one_key_have_one_effect(probe: Api) -> None:
    headers = once()
    calls = [
        operator(probe).post("/v1/deposits", json={"amount_cents": cents, "seconds": 0.2}, headers=headers)
        for cents in (110, 111)
    ]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert await deposits(probe, 110) + await deposits(probe, 111) == 1


async def test_another_role_of_the_same_client_is_replayed_nothing(probe: Api) -> None:
    headers = once()
    await operator(probe).post("/v1/deposits", json={"amount_cents": 112}, headers=headers)
    others = (
        probe.as_("cae", siren="732829320"),
        probe.as_("admin"),
        probe.as_("partner", regions=["84"]),
    )
    for other in others:
        response = await other.post("/v1/deposits", json={"amount_cents": 112}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "not-allowed")
    assert await deposits(probe, 112) == 1


async def test_what_the_address_asks_is_part_of_the_call(probe: Api) -> None:
    headers = once()
    tried = await operator(probe).post("/v1/echoes?dry_run=true", content=b"1", headers=headers)
    done = await operator(probe).post("/v1/echoes?dry_run=false", content=b"1", headers=headers)
    assert tried.status_code == 200
    assert (done.status_code, done.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("body", [b"", b"not json", b"[" * 900 + b"]" * 900, b'"\\ud800"', b"\xff"])
async def test_any_body_has_a_fingerprint(probe: Api, body: bytes) -> None:
    headers = once()
    first = await operator(probe).post("/v1/echoes", content=body, headers=headers)
    again = await operator(probe).post("/v1/echoes", content=body, headers=headers)
    assert first.status_code == 200
    assert again.json() == first.json()


SERVE = """
import sys
from pathlib import Path
import uvicorn
from tests.services.runtime.conftest import make_probe
app, _ = make_probe(sys.argv[1], Path(sys.argv[2]), lock_seconds=10, statement_seconds=20)
uvicorn.run(app, uds=sys.argv[3], access_log=False, log_level="warning")
"""


@asynccontextmanager
async def served(
    url: str, state: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The probe in a process of its own, over real HTTP."""
    with tempfile.TemporaryDirectory(prefix="probe-") as directory:
        socket = f"{directory}/http"
        command = [sys.executable, "-c", SERVE, url, str(state), socket]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        settings = make_settings(url, state)
        bearer = {"Authorization": f"Bearer {token(settings, 'operator', regions=['84'])}"}
        transport = httpx.AsyncHTTPTransport(uds=socket)
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://probe", headers=bearer, timeout=30
            ) as client:
                await until_it_answers(process, client)
                yield process, client
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until_it_answers(process: asyncio.subprocess.Process, client: httpx.AsyncClient) -> None:
    while process.returncode is None:
        with suppress(httpx.TransportError):
            await client.get("/health")
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the process has ended")


def make_settings(url: str, state: Path) -> Settings:
    return Settings(state=state, database_url=url, entrepreneur_key="a key for tests")


async def test_two_processes_do_it_once_and_one_killed_half_way_leaves_nothing(
    probe: Api, probe_database_url: str, tmp_path: Path
) -> None:
    async with (
        served(probe_database_url, tmp_path) as (doomed, first),
        served(probe_database_url, tmp_path) as (_, second),
    ):
        headers = once()
        body = {"amount_cents": 113, "seconds": 0.1}
        answers = await asyncio.gather(
            *(
                client.post("/v1/deposits", json=body, headers=headers)
                for _ in range(12)
                for client in (first, second)
            )
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert await deposits(probe, 113) == 1

        headers, body = once(), {"amount_cents": 114, "seconds": 2}
        cut = asyncio.create_task(first.post("/v1/deposits", json={**body, "seconds": 2}, headers=headers))
        await until_it_is_in_its_effect(probe)
        doomed.kill()
        with pytest.raises(httpx.TransportError):
            await cut
        assert await deposits(probe, 114) == 0
        again = await second.post("/v1/deposits", json=body, headers=headers)
        assert again.status_code == 201
        assert "idempotent-replayed" not in again.headers
        assert await deposits(probe, 114) == 1
