"""Runs the resolvers of many objects side by side, in rounds, without a task for each.

All that can go on does so before anything is waited for: what a loader is asked meanwhile is one read. A
resolver that waits gives the future that it waits for, as it would give it to a task; it must not look for a
task of its own, so a timeout or a connection belongs in one (see `Context.read`).
"""

from asyncio import CancelledError, Future
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from services.runtime.graphql.compiled.uncovered import UncoveredError

Complete = Callable[[Any, "Run"], Any]
Later = tuple[Coroutine[Any, Any, Any], dict[str, Any], str, Complete]
Waiting = tuple[Later, Future[Any] | None]


class Info:
    """What resolvers of queries use of Strawberry's own; whatever else one asks for is not covered."""

    __slots__ = ("context",)

    def __init__(self, context: Any) -> None:
        self.context = context


class Run:
    """One execution. `later` are the resolvers still to be begun, `arguments` those of fields, by number."""

    __slots__ = ("_begun", "_resumed", "_waiting", "arguments", "info", "later")

    def __init__(self, context: Any) -> None:
        self.info = Info(context)
        self.arguments: list[dict[str, Any]] = []
        self.later: list[Later] = []
        self._begun: list[Later] = []
        self._resumed: list[Waiting] = []
        self._waiting: list[Waiting] = []

    async def finish(self) -> None:
        """Until every resolver has answered and its answer stands in its place."""
        try:
            while self.later or self._waiting:
                self._go_on()
                for _, future in self._waiting:
                    if future is not None and not future.done():
                        await _done(future)
        except CancelledError:
            for _, future in self._waiting:
                if future is not None:
                    future.cancel()
            raise

    def close(self) -> None:
        """What did not come to its end never will."""
        for one, _ in (*self._resumed, *self._waiting):
            one[0].close()
        for one in (*self._begun, *self.later):
            one[0].close()

    def _go_on(self) -> None:
        self._resumed, self._waiting = self._waiting, []
        for one, _ in self._resumed:
            self._step(one)
        self._resumed = []
        # An answer's own fields may have resolvers: they begin in the same round.
        while self.later:
            self._begun, self.later = self.later, []
            for one in self._begun:
                self._step(one)
        self._begun = []

    def _step(self, one: Later) -> None:
        coroutine, answer, name, complete = one
        try:
            future = coroutine.send(None)
        except StopIteration as end:
            answer[name] = complete(end.value, self)
            return
        self._waiting.append((one, future))
        if future is not None:
            if not isinstance(future, Future):
                raise UncoveredError
            future._asyncio_future_blocking = False  # noqa: SLF001 - what a task does with what it is given


async def _done(future: Future[Any]) -> None:
    """Its error is for the resolver that waits for it, not for who waits here."""
    with suppress(Exception):
        await future
