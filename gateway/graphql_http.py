"""GraphQL over HTTP: one POST in, one answer out, in both media types of the specification."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from gateway.documents import RequestRefusedError
from services.runtime.graphql.unquoted import without_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from gateway.documents import Documents
    from gateway.executor import Executor

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
PASSED_ON = ("authorization", "accept-language", "traceparent", "tracestate")

HTTP_OK = 200
HTTP_BAD_REQUEST = 400


class UnreadableRequestError(Exception):
    """Not a GraphQL request at all. `facts` are told beside its code."""

    def __init__(self, status: int, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    operation_name: str | None
    variables: Mapping[str, Any]


class GraphQLOverHttp:
    def __init__(
        self, documents: Documents, executor: Executor, *, max_body_bytes: int, request_seconds: float
    ) -> None:
        self._documents = documents
        self._executor = executor
        self._max_body_bytes = max_body_bytes
        self._request_seconds = request_seconds

    async def answer(self, request: Request, request_id: str) -> Response:
        """Raises `UnreadableRequestError` for what is no GraphQL request; all else is answered in GraphQL."""
        deadline = asyncio.get_running_loop().time() + self._request_seconds
        asked = read_request(request.headers.get("content-type"), await self._read_body(request))
        media_type = chosen_media_type(request.headers.get("accept"))
        try:
            known = self._documents.operation(asked.query, asked.operation_name)
            program = self._documents.program(known, self._documents.variables(known, asked.variables))
            local = self._documents.schema_answer(known, asked.variables)
        except RequestRefusedError as refusal:
            return _refused(refusal, media_type)
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        headers["x-request-id"] = request_id
        answer = await self._executor.run(program, asked.variables, headers, deadline=deadline, local=local)
        content: dict[str, Any] = {"data": answer.data}
        if answer.errors:
            content = {"errors": answer.errors, "data": answer.data}
        return Response(orjson.dumps(content), media_type=media_type)

    async def _read_body(self, request: Request) -> bytes:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._max_body_bytes:
            raise _too_large(self._max_body_bytes)
        parts: list[bytes] = []
        total = 0
        async for part in request.stream():
            total += len(part)
            if total > self._max_body_bytes:
                raise _too_large(self._max_body_bytes)
            parts.append(part)
        return b"".join(parts)


def _too_large(limit: int) -> UnreadableRequestError:
    return UnreadableRequestError(413, "body-too-large", limit_bytes=limit)


def _invalid(message: str, pointer: str = "") -> UnreadableRequestError:
    """`pointer` tells where in the body, as RFC 6901 writes it."""
    error = {"pointer": pointer, "code": "invalid-input", "message": message}
    return UnreadableRequestError(422, "invalid-input", errors=[error])


def _refused(refusal: RequestRefusedError, media_type: str) -> Response:
    errors = []
    for error in refusal.errors:
        told = dict(error.formatted)
        told["message"] = without_values(error.message)
        told["extensions"] = {**(error.extensions or {}), "code": refusal.code}
        errors.append(told)
    status = HTTP_BAD_REQUEST if media_type == GRAPHQL_JSON else HTTP_OK
    return Response(orjson.dumps({"errors": errors}), status_code=status, media_type=media_type)


def read_request(content_type: str | None, body: bytes) -> GraphQLRequest:
    if (content_type or "").split(";")[0].strip().lower() != PLAIN_JSON:
        raise UnreadableRequestError(415, "unsupported-media-type")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableRequestError(400, "malformed-json") from None
    if isinstance(asked, list):
        raise UnreadableRequestError(400, "batch-refused")
    if not isinstance(asked, dict):
        raise _invalid("The body must be one JSON object.")
    query, name, variables = asked.get("query"), asked.get("operationName"), asked.get("variables")
    if not isinstance(query, str) or not query.strip():
        raise _invalid("`query` must be the text of a document.", "/query")
    if name is not None and not isinstance(name, str):
        raise _invalid("`operationName` must be text.", "/operationName")
    if variables is not None and not isinstance(variables, dict):
        raise _invalid("`variables` must be an object.", "/variables")
    return GraphQLRequest(query, name or None, variables or {})


def chosen_media_type(accept: str | None) -> str:
    """`application/graphql-response+json` for those that name it before plain JSON, plain JSON for
    everyone else.
    """
    if not accept:
        return PLAIN_JSON
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        weights.setdefault(name, weight)
    named = weights.get(GRAPHQL_JSON, 0.0)
    plain = max(weights.get(name, 0.0) for name in (PLAIN_JSON, "application/*", "*/*"))
    if named and named >= plain:
        return GRAPHQL_JSON
    return PLAIN_JSON
