import asyncio
from uuid import uuid4

import httpx
from sqlalchemy import text

from tests.api import Api, once


def operator(api: Api, client: str = "tests") -> httpx.AsyncClient:
    return api.as_("operator", regions=["84"], client=client)


async def deposits(api: Api, cents: int) -> int:
    async with api.database.transaction(read_only=True) as session:
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


async def test_a_second_call_waits_for_the_first_then_gives_up(probe: Api) -> None:
    headers = once()
    slow = {"amount_cents": 108, "seconds": 2.5}
    first = asyncio.create_task(operator(probe).post("/v1/deposits", json=slow, headers=headers))
    await asyncio.sleep(0.3)
    second = await operator(probe).post("/v1/deposits", json=slow, headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "idempotency-key-in-use")
    assert (await first).status_code == 201
