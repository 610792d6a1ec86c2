"""A call that is as its route wants it, read without asking at each call what the route wants.

FastAPI looks at every parameter of every dependency for each request: a tenth of what recording a repayment
takes. What a writing route needs is known when it is made. The rules stay FastAPI's: its own fields judge the
address and the body, and whatever is not plain (a query string, a header that a dependency reads, another
content type, a value that is refused) goes FastAPI's way from the start, which tells what is wrong with it.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from fastapi import HTTPException, params
from fastapi._compat.v2 import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

JSON = frozenset({b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"})


@dataclass(frozen=True, slots=True)
class _Dependency:
    name: str | None
    call: Callable[..., Any]
    request_name: str | None
    defaults: dict[str, Any]
    """Its headers, when the call has none of them."""

    async def solve(self, request: Request) -> Any:
        request_too = {} if self.request_name is None else {self.request_name: request}
        return await self.call(**request_too, **self.defaults)


@dataclass(frozen=True, slots=True)
class PlainCall:
    """How a route's endpoint is called, where its answer is ready to be sent."""

    endpoint: Callable[..., Any]
    dependencies: tuple[_Dependency, ...]
    path: tuple[ModelField, ...]
    body: ModelField | None
    headers: frozenset[bytes]
    """Those that a dependency reads: a call that has one is not plain."""

    @classmethod
    def of(cls, route: APIRoute) -> Self | None:
        """None for a route that takes or gives anything else."""
        own = route.dependant
        below = own.dependencies
        asks_for_more = own.query_params or own.header_params or own.cookie_params or _takes_more(own)
        if asks_for_more or route.endpoint is not own.call or not _gives_a_response(route.endpoint):
            return None
        if not all(_is_plain_body(route, field) for field in own.body_params) or not all(
            map(_is_plain, below)
        ):
            return None
        return cls(
            route.endpoint,
            tuple(_dependency(each) for each in below),
            tuple(own.path_params),
            route.body_field,
            frozenset(field.alias.lower().encode() for each in below for field in each.header_params),
        )

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """None once it is answered; for a call that is not plain, what gives its body again."""
        if not self._may_be_plain(scope):
            return receive
        request = Request(scope, receive, send)
        body = await _body(request)
        values = self._values(scope["path_params"], body)
        if values is None:
            return _again(body, receive)
        for dependency in self.dependencies:
            solved = await dependency.solve(request)
            if dependency.name is not None:
                values[dependency.name] = solved
        response: Response = await self.endpoint(**values)
        await response(scope, receive, send)
        return None

    def _may_be_plain(self, scope: Scope) -> bool:
        if scope["query_string"]:
            return False
        content_type = None
        for name, value in scope["headers"]:
            if name in self.headers:
                return False
            if name == b"content-type":
                content_type = value
        return self.body is None or content_type in JSON

    def _values(self, path: dict[str, Any], body: bytes) -> dict[str, Any] | None:
        values: dict[str, Any] = {}
        for field in self.path:
            values[field.name], refused = field.validate(path[field.alias], {}, loc=("path", field.alias))
            if refused:
                return None
        if self.body is not None:
            try:
                content = json.loads(body)
            except (ValueError, RecursionError):
                return None
            values[self.body.name], refused = self.body.validate(content, {}, loc=("body",))
            if refused:
                return None
        return values


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400) from None


def _again(body: bytes, receive: Receive) -> Receive:
    kept: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return kept.pop() if kept else await receive()

    return receive_again


def _takes_more(dependant: Dependant) -> bool:
    return bool(
        dependant.websocket_param_name
        or dependant.http_connection_param_name
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.security_scopes_param_name
        or dependant.concurrency
    )


def _gives_a_response(endpoint: Callable[..., Any]) -> bool:
    gives = inspect.get_annotations(endpoint, eval_str=True).get("return")
    is_response = isinstance(gives, type) and issubclass(gives, Response)
    return is_response and inspect.iscoroutinefunction(endpoint)


def _is_plain_body(route: APIRoute, field: ModelField) -> bool:
    """One JSON value that is the whole body."""
    info = None if route.body_field is None else route.body_field.field_info
    return field is route.body_field and isinstance(info, params.Body) and not isinstance(info, params.Form)


def _is_plain(dependant: Dependant) -> bool:
    """Needs the request alone, and headers that may be left out."""
    given = (
        dependant.path_params or dependant.query_params or dependant.cookie_params or dependant.body_params
    )
    if given or dependant.dependencies or _takes_more(dependant):
        return False
    if any(field.field_info.is_required() for field in dependant.header_params):
        return False
    return inspect.iscoroutinefunction(dependant.call)


def _dependency(dependant: Dependant) -> _Dependency:
    if dependant.call is None:
        raise TypeError("a dependency that is no callable")
    defaults = {field.name: field.get_default() for field in dependant.header_params}
    return _Dependency(dependant.name, dependant.call, dependant.request_param_name, defaults)
