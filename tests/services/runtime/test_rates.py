"""Allowances by client and by address: the count itself, and what callers are told."""

import time

import pytest

from services.runtime.rates import Rate, RateLimit
from tests.api import Api, token
from tests.services.runtime.conftest import Scratch

RATE = Rate("client", per_second=10, burst=5)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limit(clock: Clock, rate: Rate = RATE, most: int = 100) -> RateLimit:
    return RateLimit(rate, most=most, clock=clock)


def test_a_burst_then_a_steady_rate() -> None:
    clock = Clock()
    limited = limit(clock)
    assert [limited.take("a").left for _ in range(5)] == [4, 3, 2, 1, 0]
    refused = limited.take("a")
    assert refused.is_refused
    assert refused.wait_seconds == pytest.approx(0.1)
    clock.now += 0.1
    assert not limited.take("a").is_refused
    assert limited.take("a").is_refused


def test_over_a_long_time_no_more_than_the_rate_passes() -> None:
    clock = Clock()
    limited = limit(clock)
    passed = 0
    for _ in range(10_000):
        clock.now += 0.01
        passed += not limited.take("a").is_refused
    assert passed == pytest.approx(10 * 100 + 5, abs=1)


def test_who_keeps_knocking_waits_no_longer_for_it() -> None:
    clock = Clock()
    limited = limit(clock)
    for _ in range(500):
        limited.take("a")
    clock.now += 0.5
    assert [limited.take("a").is_refused for _ in range(6)] == [False] * 5 + [True]


def test_each_caller_has_an_allowance_of_its_own() -> None:
    limited = limit(Clock())
    for _ in range(6):
        limited.take("a")
    assert limited.take("a").is_refused
    assert limited.take("b").left == 4


def test_memory_is_bounded_and_the_longest_silent_is_forgotten_first() -> None:
    clock = Clock()
    limited = limit(clock, most=3)
    for _ in range(5):
        limited.take("busy")
    for number in range(50):
        limited.take(number)
        assert limited.take("busy").is_refused or number > 1
    assert len(limited) == 3


def test_what_is_told_follows_the_ietf_draft() -> None:
    allowance = limit(Clock(), Rate("client", per_second=200, burst=1_000)).take("a")
    assert allowance.headers == [
        (b"ratelimit-policy", b'"client";q=1000;w=5'),
        (b"ratelimit", b'"client";r=999;t=1'),
    ]


def test_counting_a_call_costs_microseconds() -> None:
    limited = limit(Clock(), Rate("client", per_second=200, burst=1_000_000))
    started = time.process_time()
    for number in range(20_000):
        limited.take(number % 500).headers  # noqa: B018 - its cost is what is asked
    assert (time.process_time() - started) / 20_000 < 100e-6


async def test_a_client_over_its_rate_is_told_when_to_come_back(scratch: Scratch) -> None:
    async with scratch(rate_per_second=0.5, rate_burst=2) as api:
        operator = api.as_("operator", regions=["84"])
        first = await operator.get("/v1/deposits")
        assert (first.status_code, first.headers["ratelimit"]) == (200, '"client";r=1;t=2')
        await operator.get("/v1/deposits")
        refused = await operator.get("/v1/deposits")
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["ratelimit-policy"] == '"client";q=2;w=4'
        assert refused.headers["ratelimit"].startswith('"client";r=0;')
        assert len(refused.headers["x-request-id"]) >= 8
        problem = refused.json()
        assert (problem["code"], problem["per_second"], problem["burst"]) == ("too-many-requests", 0.5, 2)
        assert problem["wait_seconds"] == 2
        assert problem["detail"].endswith("recommencez dans 2 s.")
        english = await operator.get("/v1/deposits", headers={"Accept-Language": "en"})
        assert english.json()["detail"] == "At most 2 requests at once, then 0.5 a second; try again in 2 s."


async def test_clients_are_counted_by_name_and_not_by_token_or_address(scratch: Scratch) -> None:
    async with scratch(rate_per_second=0.1, rate_burst=1) as api:
        assert (await api.as_("operator", regions=["84"]).get("/v1/deposits")).status_code == 200
        assert (await api.as_("operator", regions=["75"]).get("/v1/deposits")).status_code == 429
        other = api.as_("operator", regions=["84"], client="another")
        assert (await other.get("/v1/deposits")).status_code == 200


async def test_calls_without_a_good_token_are_counted_by_address(scratch: Scratch) -> None:
    async with scratch(anonymous_rate_per_second=0.1, anonymous_rate_burst=3) as api:
        outsider = api.anonymous()
        answers = [
            await outsider.get("/v1/deposits"),
            await outsider.get("/v1/deposits", headers={"Authorization": "Bearer x.y.z"}),
            await outsider.get("/openapi.json"),
        ]
        assert [answer.status_code for answer in answers] == [401, 401, 200]
        assert answers[-1].headers["ratelimit"] == '"address";r=0;t=30'
        refused = await outsider.get("/v1/deposits")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        # Who has a good token goes on, from the same address; so does whoever watches over the process.
        assert (await api.as_("operator", regions=["84"]).get("/v1/deposits")).status_code == 200
        assert (await outsider.get("/health")).status_code == 200


async def test_zero_counts_nothing(scratch: Scratch) -> None:
    async with scratch(rate_per_second=0, anonymous_rate_per_second=0) as api:
        answer = await api.as_("operator", regions=["84"]).get("/v1/deposits")
        assert "ratelimit" not in answer.headers
        assert "ratelimit" not in (await api.anonymous().get("/v1/deposits")).headers


async def test_a_refused_call_does_nothing(scratch: Scratch, probe: Api) -> None:
    async with scratch(rate_per_second=0.1, rate_burst=1) as api:
        bearer = {"Authorization": f"Bearer {token(api.settings, 'operator', regions=['84'])}"}
        client = api.anonymous(headers={**bearer, "Idempotency-Key": "kept"})
        before = (await client.get("/v1/deposits")).json()
        assert (await client.post("/v1/deposits", json={"amount_cents": 5})).status_code == 429
    assert (await probe.as_("operator", regions=["84"]).get("/v1/deposits")).json() == before
