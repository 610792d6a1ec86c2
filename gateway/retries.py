"""When a request to a subgraph is sent again: queries only, a few times, and only while most succeed.

A subgraph that refuses because it has too much to do must not get three times as much.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
EARNED = 0.2
"""What each request adds to the allowance of a subgraph: one more try for five requests, in the long run."""


@dataclass(slots=True)
class Retries:
    """The allowance of one subgraph."""

    tries: int
    """Of one request, the first among them."""
    most: float = 50
    allowance: float = 50

    def count_request(self) -> None:
        self.allowance = min(self.most, self.allowance + EARNED)

    def wait_before_next(self, made: int, *, left_seconds: float, retry_after: str | None) -> float | None:
        """Seconds to wait after so many tries, or None if there is to be no other."""
        if made >= self.tries or self.allowance < 1:
            return None
        longest = FIRST_WAIT_SECONDS * 2 ** (made - 1)
        wait: float = random.uniform(longest / 2, longest)  # noqa: S311 - spreads callers, hides nothing
        if retry_after is not None:
            # A date as well, by the standard, but nobody sends one; who asks for longer is not asked again.
            asked = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
            wait = max(wait, asked)
        if wait > LONGEST_WAIT_SECONDS or wait >= left_seconds:
            return None
        self.allowance -= 1
        return wait
