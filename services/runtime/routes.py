"""Every route of a service in one list, told apart by how its address begins.

FastAPI's own inclusion looks for a route twice, in every router before its own: at a hundred routes that
costs more than the token, the log line and the body together.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from services.runtime.plain_calls import PlainCall

# What a decorator of a route says, beside its path and endpoint.
SAID = (
    *("response_model", "response_class", "response_description", "responses", "status_code"),
    *("response_model_include", "response_model_exclude", "response_model_by_alias"),
    *("response_model_exclude_unset", "response_model_exclude_defaults", "response_model_exclude_none"),
    *("name", "summary", "description", "tags", "deprecated", "operation_id", "openapi_extra", "callbacks"),
    *("include_in_schema", "methods"),
)


class Route(APIRoute):
    """Most others are out of the question before any pattern is tried."""

    def __init__(self, path: str, *given: Any, **named: Any) -> None:
        super().__init__(path, *given, **named)
        self._beginning, self._ending = path.partition("{")[0], path.rpartition("}")[2]
        self._plain = PlainCall.of(self)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope["path"]
        # Behind a `root_path` only FastAPI knows where the address begins.
        if (path.startswith(self._beginning) and path.endswith(self._ending)) or scope.get("root_path"):
            return super().matches(scope)
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._plain is not None and scope["method"] in (self.methods or ()):
            again = await self._plain.answer(scope, receive, send)
            if again is None:
                return
            receive = again
        await super().handle(scope, receive, send)


def add_routes(app: FastAPI, router: APIRouter, *, prefix: str, dependencies: Sequence[Depends]) -> None:
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} is no route of a router's own")
        app.router.add_api_route(
            f"{prefix}{route.path}",
            route.endpoint,
            dependencies=[*dependencies, *route.dependencies],
            route_class_override=Route,
            **{name: getattr(route, name) for name in SAID},
        )
