"""Structured logs: one JSON object a line, on standard output, without personal data.

Nothing is logged but what is named here: no body, no query string, no header, no token.
"""

import logging
import os
from contextlib import suppress
from typing import BinaryIO, cast

import orjson
import structlog

STANDARD_OUTPUT = 1

logger: structlog.stdlib.BoundLogger = structlog.get_logger()


class StandardOutput:
    """One write for each line, unbuffered. A log that nobody reads any more stops no request."""

    def write(self, line: bytes) -> int:
        with suppress(OSError):
            return os.write(STANDARD_OUTPUT, line)
        return 0

    def flush(self) -> None:
        """Nothing waits."""


def configure(level: str) -> None:
    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str)),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=cast("BinaryIO", StandardOutput())),
    )
    logging.basicConfig(level=logging.WARNING, format='{"level":"%(levelname)s","event":"%(name)s"}')
