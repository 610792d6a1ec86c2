"""A service: REST under `/v1`, GraphQL under `/graphql`, and everything that surrounds them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import MetaData
from starlette.routing import Route
from starlette.types import ASGIApp

from services.runtime import health, idempotency, preconditions, problems
from services.runtime.database import Database
from services.runtime.edge import Authentication, Edge
from services.runtime.gateway_calls import PATH, GatewayCalls, GatewayOnly, gateway_key
from services.runtime.logs import configure
from services.runtime.query_parameters import known_parameters_only
from services.runtime.rates import RateLimits
from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings
from services.runtime.tokens import verifier
from services.runtime.webhooks.registration import WebhookTerms

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem; the facts of a refusal stand beside these members.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "URN of the code"},
        "title": {"type": "string", "description": "What kind of problem, in the caller's language"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "What is wrong and what to do"},
        "instance": {"type": "string", "description": "The path that was called"},
        "code": {"type": "string", "description": "Stable, kebab-case"},
        "errors": {
            "type": "array",
            "description": "For a malformed request: each value, where it stands and why",
            "items": {
                "type": "object",
                "description": "One value that is not as it should be",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, or ?name"},
                    "code": {"type": "string", "description": "Kind of error"},
                    "message": {"type": "string", "description": "What is expected"},
                },
            },
        },
    },
}
PROBLEM_STATUSES = {
    "400": "The request is not usable as it is",
    "401": "No token, or one that is expired or not the issuer's",
    "403": "The role may not",
    "404": "What the caller may not see, or does not exist",
    "409": "What the state or the rules refuse",
    "412": "The dossier has changed since it was read",
    "413": "The body is too large",
    "422": "A malformed payload",
    "428": "`If-Match` is required here",
    "429": "Too many requests: come back after Retry-After seconds",
    "500": "The fault is ours and nothing was recorded",
    "503": "Unavailable for now: try again",
    "504": "Given up after the deadline: try again with the same Idempotency-Key",
}


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
) -> FastAPI:
    """`database_url` is that of the service's own role. None only to describe itself.

    `wide_paths` are prefixes whose bodies and durations may be those of an import.
    """
    configure(settings.log_level)
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirected call would take its token wherever the Host header says
        lifespan=_lifespan,
    )
    if database_url is not None:
        app.state.settings = settings
        app.state.database = Database(database_url, settings, metadata=metadata)
        app.state.entrepreneur_key = entrepreneur_key(settings)
        app.state.webhooks = WebhookTerms.of(settings)
        app.add_middleware(Authentication, verifier=verifier(settings), limits=RateLimits.of(settings))
        app.add_middleware(GatewayCalls, key=gateway_key(settings))
    wide = (settings.max_import_bytes, settings.import_seconds)
    app.add_middleware(
        Edge,
        max_body_bytes=settings.max_body_bytes,
        request_seconds=settings.request_seconds,
        wider=dict.fromkeys(wide_paths, wide),
    )
    problems.install(app)
    app.include_router(health.router)
    for router in routers:
        app.include_router(router, prefix="/v1", dependencies=[Depends(known_parameters_only)])
    if graphql is not None:
        # A mount would answer /graphql by a redirection to /graphql/.
        door = graphql if settings.open_subgraphs else GatewayOnly(graphql)
        app.router.routes.append(Route(PATH, door, include_in_schema=False))
    _describe(app)
    return app


def entrepreneur_key(settings: Settings) -> bytes:
    if settings.entrepreneur_key is not None:
        return settings.entrepreneur_key.encode()
    return read_or_make(settings.keys_directory / "entrepreneurs.key")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    database: Database | None = getattr(app.state, "database", None)
    if database is not None:
        await database.close()


def _describe(app: FastAPI) -> None:
    """The OpenAPI document tells the truth about errors and tokens, for every operation alike."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
            for name in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(name, None)
            components["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _describe_operation(method, operation, is_open=not path.startswith("/v1"))
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_operation(method: str, operation: dict[str, Any], *, is_open: bool) -> None:
    responses = operation["responses"]
    if is_open:
        responses.pop("422", None)
        return
    operation["security"] = [{"bearer": []}]
    impossible = _impossible_statuses(method, operation)
    for status, meaning in PROBLEM_STATUSES.items():
        if status not in impossible:
            responses[status] = _problem(meaning)
    responses["default"] = _problem("Any other problem")
    if method == "post":
        parameters = operation.setdefault("parameters", [])
        if not any(parameter.get("name") == idempotency.HEADER["name"] for parameter in parameters):
            parameters += idempotency.KEY_ACCEPTED["parameters"]


def _impossible_statuses(method: str, operation: dict[str, Any]) -> set[str]:
    impossible = set() if "requestBody" in operation else {"400", "413"}
    given = {parameter.get("name") for parameter in operation.get("parameters", ())}
    if preconditions.HEADER not in given:
        impossible |= {"412", "428"}
    elif method != "patch":
        impossible.add("428")
    return impossible


def _problem(meaning: str) -> dict[str, Any]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": meaning, "content": content}
