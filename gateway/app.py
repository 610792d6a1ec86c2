"""The gateway as a web application: GraphQL at `/graphql`, and what watches over it."""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
import structlog
from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.deadline import RequestDeadline
from gateway.documents import DocumentLimits, Documents
from gateway.executor import Executor
from gateway.graphql_http import GraphQLOverHttp, UnreadableRequestError
from gateway.planner import Planner
from gateway.problems import prefers_english, problem
from gateway.subgraphs import HttpSubgraphs, SubgraphLimits
from gateway.supergraph import load_supergraph

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.settings import GatewaySettings
    from gateway.supergraph import Supergraph

READY_SECONDS = 2.0
LOGGED_FRAMES = 12

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger("gateway")


def make_app(settings: GatewaySettings) -> FastAPI:
    """Anyone who can connect may ask: who serves it puts what checks callers around it.

    Raises `UnsupportedSupergraphError` if the supergraph holds what this gateway cannot honour.
    """
    supergraph = load_supergraph(settings.supergraph)
    supergraph = supergraph.with_urls(settings.urls_of(supergraph))
    subgraphs = HttpSubgraphs(
        supergraph,
        SubgraphLimits(
            fetch_seconds=settings.gateway_fetch_seconds,
            response_bytes=settings.gateway_max_subgraph_bytes,
            connections=settings.gateway_connections_per_subgraph,
            tries=settings.gateway_tries,
        ),
        key=settings.subgraph_key,
    )
    graphql = _graphql(settings, supergraph, subgraphs)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with subgraphs:
            yield

    app = FastAPI(title="Essor gateway", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(RequestDeadline, seconds=settings.gateway_request_seconds)
    app.add_middleware(RequestRecord)
    _answer_problems(app)

    async def post_graphql(request: Request) -> Response:
        return await graphql.answer(request, request.state.request_id)

    # A plain route: what FastAPI does for declared parameters is a cost for each request, and there are none.
    app.add_route("/graphql", post_graphql, methods=["POST"])

    @app.get("/health")
    async def health() -> Response:
        return _json({"status": "ok"})

    @app.get("/ready")
    async def ready() -> Response:
        names = {graph: subgraph.name for graph, subgraph in supergraph.subgraphs.items()}
        answers = await asyncio.gather(*(subgraphs.answers(graph, seconds=READY_SECONDS) for graph in names))
        states = {
            name: "ready" if ok else "unavailable" for name, ok in zip(names.values(), answers, strict=True)
        }
        is_ready = all(answers)
        content = {"status": "ready" if is_ready else "not-ready", "subgraphs": states}
        return _json(content, status=200 if is_ready else 503)

    return app


def _graphql(settings: GatewaySettings, supergraph: Supergraph, subgraphs: HttpSubgraphs) -> GraphQLOverHttp:
    limits = DocumentLimits(
        tokens=settings.gateway_max_tokens,
        depth=settings.gateway_max_depth,
        aliases=settings.gateway_max_aliases,
        cached=settings.gateway_cached_documents,
        introspection=settings.gateway_introspection,
        cost=settings.gateway_max_cost,
    )
    planner = Planner(supergraph, max_fields=settings.gateway_max_fields)
    return GraphQLOverHttp(
        Documents(supergraph, planner, limits),
        Executor(subgraphs, reveal_errors=settings.gateway_reveal_errors),
        max_body_bytes=settings.gateway_max_body_bytes,
        request_seconds=settings.gateway_request_seconds,
    )


def _json(content: dict[str, Any], *, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")


def _answer_problems(app: FastAPI) -> None:
    def answer(request: Request, status: int, **facts: Any) -> Response:
        english = prefers_english(request.headers.get("accept-language"))
        return problem(status, english=english, instance=request.url.path, **facts)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, headers=dict(error.headers or {}))

    @app.exception_handler(UnreadableRequestError)
    async def unreadable(request: Request, error: UnreadableRequestError) -> Response:
        return answer(request, error.status, code=error.code, **error.facts)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        # Neither the message nor local variables: both may hold what a caller sent.
        places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        name = type(error).__name__
        log.error("failed", request_id=request.state.request_id, error=name, places=places[-LOGGED_FRAMES:])
        return answer(request, 500, headers={"x-request-id": request.state.request_id})


class RequestRecord:
    """Gives each request an id, its caller's if it is a plain one, tells it in the answer and logs the
    outcome.

    The log line has no header, body or query string, and no path but those that are served: what callers
    write may hold personal data, or a secret in the wrong place.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), ""
        )
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=_path_of_ours(scope),
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )


def _path_of_ours(scope: Scope) -> str:
    path: str = scope["path"]
    served = scope["app"].routes if "app" in scope else ()
    return path if any(getattr(route, "path", None) == path for route in served) else "-"
