"""How often one caller may call, counted in this process: a burst, then a steady rate (GCRA).

One number is kept for each caller, the instant at which its allowance is whole again. N processes allow N
times the rate: see `docs/decisions/rate-limits.md`.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Message, Send

from services.kernel.language import Language
from services.runtime.problems import standard_problem
from services.runtime.settings import Settings

MOST_CALLERS = 20_000  # some megabytes; beyond it who has been silent longest is forgotten, and starts afresh


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` calls for as long as one likes, and up to `burst` at once after a silence."""

    name: str
    per_second: float
    burst: int

    @property
    def policy(self) -> str:
        """`RateLimit-Policy` as the IETF's draft has it: `burst` calls, whole again after `w` seconds."""
        return f'"{self.name}";q={self.burst};w={math.ceil(self.burst / self.per_second)}'


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to one caller after a call. `wait_seconds` is 0 unless the call is one too many."""

    rate: Rate
    left: int
    whole_in_seconds: float
    wait_seconds: float

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        told = f'"{self.rate.name}";r={self.left};t={math.ceil(self.whole_in_seconds)}'
        return [(b"ratelimit-policy", self.rate.policy.encode()), (b"ratelimit", told.encode())]

    @property
    def is_refused(self) -> bool:
        return self.wait_seconds > 0

    @property
    def retry_after(self) -> str:
        """Whole seconds, as `Retry-After` has them; never "at once"."""
        return str(max(1, math.ceil(self.wait_seconds)))

    def told_by(self, send: Send) -> Send:
        """The same answer with its headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.headers]
            await send(message)

        return send_with_headers


class RateLimit:
    """The allowances of many callers under one rate."""

    def __init__(
        self, rate: Rate, *, most: int = MOST_CALLERS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._whole_at: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._whole_at)

    def take(self, caller: Hashable) -> Allowance:
        """Counts one call, unless it is one too many: who keeps knocking waits no longer for it."""
        rate, now = self._rate, self._clock()
        interval = 1 / rate.per_second
        whole_at = max(self._whole_at.get(caller, now), now) + interval
        over = whole_at - now - rate.burst * interval
        if over > interval * 1e-6:
            return Allowance(rate, 0, whole_at - interval - now, over)
        self._whole_at[caller] = whole_at
        self._whole_at.move_to_end(caller)
        if len(self._whole_at) > self._most:
            self._whole_at.popitem(last=False)
        left = math.floor(-over * rate.per_second + 1e-6)
        return Allowance(rate, left, whole_at - now, 0)


def rate_limit(name: str, per_second: float, burst: int) -> RateLimit | None:
    """None where `per_second` is 0: then nobody counts."""
    return RateLimit(Rate(name, per_second, burst)) if per_second else None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """`clients` by the name in their token, `addresses` for calls without a good one."""

    clients: RateLimit | None
    addresses: RateLimit | None

    @classmethod
    def of(cls, settings: Settings) -> "RateLimits":
        return cls(
            clients=rate_limit("client", settings.rate_per_second, settings.rate_burst),
            addresses=rate_limit(
                "address", settings.anonymous_rate_per_second, settings.anonymous_rate_burst
            ),
        )


def too_many_requests(allowance: Allowance, *, instance: str, language: Language) -> Response:
    """429; the two headers that tell of the rate come by `Allowance.told_by`."""
    rate = allowance.rate
    facts = {"per_second": rate.per_second, "burst": rate.burst, "wait_seconds": int(allowance.retry_after)}
    return standard_problem(
        429,
        instance=instance,
        language=language,
        facts=facts,
        headers={"Retry-After": allowance.retry_after},
    )
