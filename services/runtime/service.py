"""A service: REST under `/v1`, GraphQL under `/graphql`, and everything that surrounds them."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import MetaData
from starlette.routing import Route
from starlette.types import ASGIApp

from services.runtime import health, problems
from services.runtime.database.transactions import Database
from services.runtime.description import FORMATS, describe
from services.runtime.documents.document import DocumentLimits
from services.runtime.documents.storage import DirectoryStorage
from services.runtime.edge import Authentication, Edge
from services.runtime.gateway_calls import PATH, GatewayCalls, GatewayOnly, gateway_key
from services.runtime.history.tail import Tail
from services.runtime.logs import configure
from services.runtime.query_parameters import known_parameters_only
from services.runtime.rates import RateLimits
from services.runtime.routes import add_routes
from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings
from services.runtime.tokens.reading import verifier
from services.runtime.webhooks.registration import WebhookTerms

FORM_BYTES = 65_536
"""What surrounds a document in the form that carries it."""

# Nothing of ours tells an OpenTelemetry collector: FastAPI looks for one at each request all the same.
UNTOLD: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def make_service(
    *,
    title: str,
    description: str,
    metadata: MetaData,
    routers: Sequence[APIRouter],
    settings: Settings,
    database_url: str | None,
    graphql: ASGIApp | None = None,
    wide_paths: Sequence[str] = (),
    document_paths: Sequence[str] = (),
    batch_paths: Sequence[str] = (),
) -> FastAPI:
    """`database_url` is that of the service's own role. None only to describe itself.

    `wide_paths` are prefixes whose bodies and durations may be those of an import; `document_paths` are whole
    paths, as regular expressions, whose bodies may be as large as a document; `batch_paths` are whole paths
    that take many things in one body.
    """
    configure(settings.log_level)
    app = FastAPI(
        title=title,
        description=f"{description}\n\n{FORMATS}",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=UNTOLD,
        redirect_slashes=False,  # a redirected call would take its token wherever the Host header says
        lifespan=_lifespan,
    )
    if database_url is not None:
        app.state.settings = settings
        app.state.database = Database(database_url, settings, metadata=metadata)
        app.state.tail = Tail(app.state.database, poll_seconds=settings.stream_poll_seconds)
        app.state.entrepreneur_key = entrepreneur_key(settings)
        app.state.webhooks = WebhookTerms.of(settings)
        app.state.documents = DirectoryStorage(settings.documents_directory, metadata.schema or "")
        app.state.document_limits = DocumentLimits.of(settings)
        app.add_middleware(Authentication, verifier=verifier(settings), limits=RateLimits.of(settings))
        app.add_middleware(GatewayCalls, key=gateway_key(settings))
    app.add_middleware(
        Edge,
        max_body_bytes=settings.max_body_bytes,
        request_seconds=settings.request_seconds,
        wider=_wider(settings, wide_paths, document_paths, batch_paths),
    )
    problems.install(app)
    if graphql is not None:
        # First, so that no other is tried before it: to pass by a hundred took a third of a small query.
        # A mount would answer /graphql by a redirection to /graphql/.
        door = graphql if settings.open_subgraphs else GatewayOnly(graphql)
        app.router.routes.append(Route(PATH, door, include_in_schema=False))
    app.include_router(health.router)
    for router in routers:
        add_routes(app, router, prefix="/v1", dependencies=[Depends(known_parameters_only)])
    describe(app)
    return app


def _wider(
    settings: Settings, wide: Sequence[str], of_documents: Sequence[str], of_batches: Sequence[str]
) -> dict[re.Pattern[str], tuple[int, float]]:
    """Largest body and longest time of the paths that have their own."""
    seconds = settings.import_seconds
    document_bytes = settings.document_bytes + FORM_BYTES
    return {
        **{re.compile(re.escape(prefix)): (settings.max_import_bytes, seconds) for prefix in wide},
        **{re.compile(rf"{path}\Z"): (document_bytes, seconds) for path in of_documents},
        **{re.compile(rf"{re.escape(path)}\Z"): (settings.max_batch_bytes, seconds) for path in of_batches},
    }


def entrepreneur_key(settings: Settings) -> bytes:
    if settings.entrepreneur_key is not None:
        return settings.entrepreneur_key.encode()
    return read_or_make(settings.keys_directory / "entrepreneurs.key")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    # The server sets it when it begins to stop: streams have no end of their own.
    yield {"stopping": asyncio.Event()}
    database: Database | None = getattr(app.state, "database", None)
    if database is not None:
        await database.close()
