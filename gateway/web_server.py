"""How `python -m gateway` is run: uvicorn with uvloop and httptools, log lines in JSON, an orderly end."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from typing import TYPE_CHECKING

import orjson
import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from fastapi import FastAPI

STOP_SECONDS = 20
"""What still runs so long after a signal to stop is cut."""
OBJECTS_BETWEEN_COLLECTIONS = 50_000


class StreamsAreTold(HttpToolsProtocol):
    """uvicorn's protocol, with what streams need: they have no end of their own."""

    def on_headers_complete(self) -> None:
        # For a stream whose client takes nothing: closing would wait for it to take what was written.
        self.scope["state"]["abort"] = self.transport.abort
        super().on_headers_complete()

    def shutdown(self) -> None:
        self.app_state["stopping"].set()
        super().shutdown()


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Until a signal: what runs is finished, what is new refused, and then the process ends with 0."""
    # uvicorn raises the signal again once it has stopped in good order, and a caller would see a failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=StreamsAreTold,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
    )


def log_as_json() -> None:
    """One JSON object a line, on standard output."""
    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str)),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
    )


def collect_garbage_seldom() -> None:
    """A request makes a thousand objects and hardly a circle of them, and a collector that runs at every 700
    looks for circles at every request. What is there at the start stays, and is not looked at any more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
