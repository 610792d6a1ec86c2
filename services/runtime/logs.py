"""Structured logs: one JSON object a line, on standard output, without personal data.

Nothing is logged but what is named here: no body, no query string, no header, no token.
"""

import logging
import sys

import orjson
import structlog

logger: structlog.stdlib.BoundLogger = structlog.get_logger()


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
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
    )
    logging.basicConfig(level=logging.WARNING, format='{"level":"%(levelname)s","event":"%(name)s"}')
