"""A new supergraph is taken up while the old one finishes what it began.

The files are looked at every few seconds. What cannot be taken up leaves all as it was, and is told.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Self

import structlog

from gateway.documents import RequestRefusedError
from gateway.engine import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.counts import Metrics
    from gateway.settings import GatewaySettings

PREPARED = 200
"""Documents that a new supergraph plans before it is taken up, those used last."""

Marks = tuple[tuple[int, int, int], ...]

log = structlog.get_logger("gateway")


class Engines:
    """The engine in use. As an async context it watches the files and, at the end, closes what it holds."""

    def __init__(self, settings: GatewaySettings, metrics: Metrics) -> None:
        """Raises what `Engine` raises."""
        self._settings, self._metrics = settings, metrics
        trusted = settings.gateway_trusted_documents
        self._files = [settings.supergraph, *([trusted] if trusted is not None else [])]
        self._marks = self._look()
        self.version = self._hash()
        self.since = datetime.now(UTC)
        self.refused_at: datetime | None = None
        """Since when the files hold what could not be taken up."""
        self.current = Engine(settings, metrics)
        self._retired: set[Engine] = set()
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._settings.gateway_reload_seconds:
            self._watch = asyncio.create_task(self._look_again(self._settings.gateway_reload_seconds))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        for engine in (self.current, *self._retired):
            engine.close()

    def take(self) -> Engine:
        """The engine for a request, to be given back when all of its answer is known."""
        engine = self.current
        engine.in_use += 1
        return engine

    def give_back(self, engine: Engine) -> None:
        engine.in_use -= 1
        if not engine.in_use and engine in self._retired:
            self._retired.discard(engine)
            engine.close()

    @property
    def retired(self) -> int:
        """How many still have requests to finish."""
        return len(self._retired)

    @property
    def in_progress(self) -> int:
        return sum(engine.in_use for engine in (self.current, *self._retired))

    @property
    def state(self) -> dict[str, str]:
        """For who watches; why a file was refused stands in the log, which strangers do not read."""
        told = {"version": self.version, "since": self.since.isoformat(timespec="seconds")}
        if self.refused_at is not None:
            told["newer_file_refused_at"] = self.refused_at.isoformat(timespec="seconds")
        return told

    async def look(self) -> None:
        """Takes up what is new in the files, if anything is."""
        try:
            marks = await asyncio.to_thread(self._look)
            if marks == self._marks:
                return
            version = await asyncio.to_thread(self._hash)
        except OSError as error:
            self._refuse(error)
            return
        self._marks = marks
        if version == self.version:
            self.refused_at = None
            return
        try:
            engine, given_up = await asyncio.to_thread(self._make, self.current.documents.last_used(PREPARED))
        except Exception as error:  # noqa: BLE001 - whatever a file holds, the old one goes on serving
            self._refuse(error)
            return
        old, self.current = self.current, engine
        old.is_retired = True
        self.version, self.since, self.refused_at = version, datetime.now(UTC), None
        self._metrics.reloads["taken"] += 1
        log.info("supergraph-taken", version=version, documents_given_up=given_up)
        if old.in_use:
            self._retired.add(old)
        else:
            old.close()

    async def _look_again(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.look()

    def _refuse(self, error: Exception) -> None:
        if self.refused_at is None:
            self.refused_at = datetime.now(UTC)
        self._metrics.reloads["refused"] += 1
        log.error(
            "supergraph-refused", error=type(error).__name__, reason=str(error)[:500], serving=self.version
        )

    def _make(self, used: list[tuple[str, str | None]]) -> tuple[Engine, int]:
        """And how many of the documents in use it does not accept any more."""
        engine = Engine(self._settings, self._metrics)
        given_up = 0
        for text, name in used:
            try:
                engine.plan_ahead(text, name)
            except RequestRefusedError:
                given_up += 1
        return engine, given_up

    def _look(self) -> Marks:
        """What changes when a file is written or put in another's place."""
        states = [file.stat() for file in self._files]
        return tuple((state.st_mtime_ns, state.st_size, state.st_ino) for state in states)

    def _hash(self) -> str:
        return _hash_of(self._files)


def _hash_of(files: list[Path]) -> str:
    digest = sha256()
    for file in files:
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
