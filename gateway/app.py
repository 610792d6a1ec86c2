"""The gateway as a web application: GraphQL at `/graphql`, and what watches over it."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from gateway.counts import Metrics
from gateway.edge import Edge
from gateway.explorer import ExplorerFiles, ExplorerPage, read_examples
from gateway.graphql_http import DoorSettings, GraphQLDoor
from gateway.metrics import told
from gateway.passed_headers import PassedHeaders
from gateway.problems import prefers_english, problem
from gateway.reload import Engines
from gateway.subscriptions import StreamSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.settings import GatewaySettings

READY_SECONDS = 2.0
METRICS_PATH = "/metrics"


def make_app(settings: GatewaySettings, *, guard: Middleware | None = None) -> FastAPI:
    """Anyone who can connect may ask, unless a `guard` checks callers.

    Raises `UnsupportedSupergraphError` if the supergraph holds what this gateway cannot honour.
    """
    metrics = Metrics()
    engines = Engines(settings, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with engines:
            # The server sets it when it begins to stop: streams have no end of their own.
            yield {"stopping": asyncio.Event()}

    app = FastAPI(
        title="Essor gateway",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=_layers(settings, engines, metrics, guard),
    )
    _answer_problems(app)
    _tell_health(app, engines)
    _tell_metrics(app, engines, metrics, key=settings.gateway_metrics_key)
    return app


def _layers(
    settings: GatewaySettings, engines: Engines, metrics: Metrics, guard: Middleware | None
) -> list[Middleware]:
    """From the outside: all within the edge, so that a refusal has a request id and a log line. GraphQL is
    answered before any routing, which is a cost for each request.
    """
    layers = [Middleware(Edge, seconds=settings.gateway_request_seconds)]
    if settings.gateway_explorer:
        # Before the guard: a browser that opens a page has no token yet.
        layers.append(Middleware(ExplorerPage))
    if guard is not None:
        layers.append(guard)
    if settings.gateway_explorer:
        examples = read_examples(settings.gateway_examples)
        layers.append(Middleware(ExplorerFiles, engines=engines, examples=examples))
    door = DoorSettings(
        max_body_bytes=settings.gateway_max_body_bytes,
        request_seconds=settings.gateway_request_seconds,
        max_batch=settings.gateway_max_batch,
        max_cost=settings.gateway_max_cost,
        reports_cost=settings.gateway_report_cost,
        compress_bytes=settings.gateway_compress_bytes,
        cache_control=settings.gateway_cache_control,
        streams=StreamSettings.of(settings),
    )
    passed = PassedHeaders(settings.gateway_passed_headers.split(","))
    layers.append(
        Middleware(GraphQLDoor, engines=engines, metrics=metrics, passed_headers=passed, settings=door)
    )
    return layers


def _tell_health(app: FastAPI, engines: Engines) -> None:
    @app.get("/health")
    async def health() -> Response:
        return _json({"status": "ok"})

    @app.get("/ready")
    async def ready() -> Response:
        engine = engines.current
        names = {graph: subgraph.name for graph, subgraph in engine.supergraph.subgraphs.items()}
        answers = await asyncio.gather(
            *(engine.subgraphs.answers(graph, seconds=READY_SECONDS) for graph in names)
        )
        states = {
            name: "ready" if ok else "unavailable" for name, ok in zip(names.values(), answers, strict=True)
        }
        is_ready = all(answers)
        content = {
            "status": "ready" if is_ready else "not-ready",
            "subgraphs": states,
            "supergraph": engines.state,
        }
        return _json(content, status=200 if is_ready else 503)


def _tell_metrics(app: FastAPI, engines: Engines, metrics: Metrics, *, key: str | None) -> None:
    @app.get(METRICS_PATH)
    async def tell_metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if key is not None and not hmac.compare_digest(given, f"Bearer {key}".encode()):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        gauges = {
            "documents_kept": len(engines.current.documents),
            "requests_in_progress": engines.in_progress,
            "streams_open": metrics.streams_open,
            "supergraphs_retiring": engines.retired,
            "supergraph_is_outdated": int(engines.refused_at is not None),
        }
        return Response(told(metrics, gauges), media_type="text/plain; version=0.0.4; charset=utf-8")


def _json(content: dict[str, Any], *, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        english = prefers_english(request.headers.get("accept-language"))
        headers = dict(error.headers or {})
        return problem(error.status_code, english=english, instance=request.url.path, headers=headers)
