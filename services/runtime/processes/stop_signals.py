"""Ctrl-C, `kill` and a closed terminal all mean: stop in good order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(KeyboardInterrupt):
    """Raised in the main thread, wherever it is, at the first signal."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Around the whole of a long command, which then stops what it started as any exception makes it.

    Only the first signal raises: a second Ctrl-C would cut short the very clean-up that the first asked for.
    What a shell made its background commands ignore is heard again.
    """
    asked: list[int] = []

    def request(number: int, _frame: FrameType | None) -> None:
        if not asked:
            asked.append(number)
            raise StopRequested(signal.Signals(number).name)

    before = {number: signal.signal(number, request) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
