"""When the next attempt comes."""

from collections.abc import Sequence

LONGEST_RETRY_AFTER_SECONDS = 86_400.0
JITTER = 0.1


def next_delay_seconds(
    delays: Sequence[float], failures: int, *, chance: float, retry_after_seconds: float | None = None
) -> float | None:
    """After the `failures`-th failure in a row; None when every attempt has failed.

    `chance`, from 0 to 1, spreads the attempts of an outage, so that a receiver that comes back is not hit by
    all of them at once. A receiver may ask for more time, up to a day, and never for less.
    """
    if failures > len(delays):
        return None
    delay = delays[failures - 1] * (1 + JITTER * chance)
    return max(delay, min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS))
