"""What a client sent, read: a body, and the request in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"

_LONGEST_LENGTH = 18
"""Digits of a declared length; more is more than any limit."""


class UnreadableRequestError(Exception):
    """Not a GraphQL request at all. `facts` are told beside its code."""

    def __init__(self, status: int, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.facts = facts


class ClientGoneError(Exception):
    """Nobody waits for an answer any more."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    operation_name: str | None
    variables: Mapping[str, Any]


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > _LONGEST_LENGTH or int(announced) > limit):
        raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts, total = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        total += len(message.get("body", b""))
        if total > limit:
            raise _too_large(limit)
        parts.append(message.get("body", b""))
    return b"".join(parts)


def read_post(content_type: bytes, body: bytes) -> GraphQLRequest:
    if content_type != b"application/json" and not _is_json(content_type):
        raise UnreadableRequestError(415, "unsupported-media-type")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableRequestError(400, "malformed-json") from None
    if isinstance(asked, list):
        raise UnreadableRequestError(400, "batch-refused")
    return read_request(asked)


def read_request(asked: Any) -> GraphQLRequest:
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


@lru_cache(maxsize=256)
def chosen_media_type(accept: bytes) -> str:
    """`application/graphql-response+json` for those that name it before plain JSON, plain JSON for
    everyone else.
    """
    if not accept:
        return PLAIN_JSON
    weights: dict[str, float] = {}
    for part in accept.decode("latin-1").split(","):
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


def _is_json(content_type: bytes) -> bool:
    return content_type.split(b";")[0].strip().lower() == b"application/json"


def _too_large(limit: int) -> UnreadableRequestError:
    return UnreadableRequestError(413, "body-too-large", limit_bytes=limit)


def _invalid(message: str, pointer: str = "") -> UnreadableRequestError:
    """`pointer` tells where in the body, as RFC 6901 writes it."""
    error = {"pointer": pointer, "code": "invalid-input", "message": message}
    return UnreadableRequestError(422, "invalid-input", errors=[error])
