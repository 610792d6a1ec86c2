"""What a client sent, read: a body or a query string, and the requests in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"

_LONGEST_LENGTH = 18
"""Digits of a declared length; more is more than any limit."""
_MOST_PARAMETERS = 20

PROOFS = ("authorization", "graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")
_PROOFS = tuple(name.encode() for name in PROOFS)


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
    """Empty where the document is only named."""
    operation_name: str | None
    variables: Mapping[str, Any]
    document_id: str | None = None
    """The name of a trusted document."""
    persisted_hash: str | None = None
    """SHA-256 of the document, as Apollo's clients send it; or the name of a trusted one, in its place."""


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > _LONGEST_LENGTH or int(announced) > limit):
        raise _too_large(limit)
    parts: list[bytes] = []
    total, has_more = 0, True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part: bytes = message.get("body", b"")
        total += len(part)
        if total > limit:
            raise _too_large(limit)
        parts.append(part)
        has_more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_post(content_type: bytes, body: bytes, *, most: int) -> GraphQLRequest | list[GraphQLRequest]:
    """`most` requests may come in one array; 0 refuses arrays."""
    if content_type != b"application/json" and not _is_json(content_type):
        raise UnreadableRequestError(415, "unsupported-media-type")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableRequestError(400, "malformed-json") from None
    if not isinstance(asked, list):
        return _read(asked)
    if most == 0:
        raise UnreadableRequestError(400, "batch-refused")
    if not 1 <= len(asked) <= most:
        raise UnreadableRequestError(400, "batch-too-long", limit=most)
    return [_read(each, f"/{place}") for place, each in enumerate(asked)]


def read_get(query_string: bytes) -> GraphQLRequest:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise _invalid("The parameters cannot be read.") from None
    parameters: dict[str, Any] = {}
    for name, value in pairs:
        if name in parameters:
            raise _invalid("The parameter is given twice.", f"?{name}")
        parameters[name] = value
    for name in ("variables", "extensions"):
        if name in parameters:
            try:
                parameters[name] = orjson.loads(parameters[name] or "null")
            except orjson.JSONDecodeError:
                raise _invalid("The parameter must be JSON.", f"?{name}") from None
    return _read(parameters, "?")


def is_shown_beforehand(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser would have asked first before it let another site's page send these headers.

    A GET that any page can make would let it find out, by the time it takes, what its reader may see.
    """
    return any(name in headers for name in _PROOFS) or _is_json(headers.get(b"content-type", b""))


def _read(asked: Any, at: str = "") -> GraphQLRequest:
    if not isinstance(asked, dict):
        raise _invalid("A request must be one JSON object.", at)
    query, name, variables = asked.get("query"), asked.get("operationName"), asked.get("variables")
    if name is not None and not isinstance(name, str):
        raise _invalid("`operationName` must be text.", _pointer(at, "operationName"))
    if variables is not None and not isinstance(variables, dict):
        raise _invalid("`variables` must be an object.", _pointer(at, "variables"))
    document_id = asked.get("documentId")
    persisted_hash = None
    if asked.get("extensions") is not None:
        persisted_hash = _persisted_hash(asked["extensions"], at)
    if query is None and (document_id is not None or persisted_hash is not None):
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise _invalid("`query` must be the text of a document.", _pointer(at, "query"))
    if document_id is not None and not isinstance(document_id, str):
        raise _invalid("`documentId` must be text.", _pointer(at, "documentId"))
    return GraphQLRequest(query, name or None, variables or {}, document_id, persisted_hash)


def _persisted_hash(extensions: Any, at: str) -> str | None:
    if not isinstance(extensions, dict):
        raise _invalid("`extensions` must be an object.", _pointer(at, "extensions"))
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str) or persisted.get("version") != 1:
        place = _pointer(at, "extensions") + "/persistedQuery"
        raise _invalid("`persistedQuery` must have `version` 1 and `sha256Hash`.", place)
    return digest


@lru_cache(maxsize=256)
def chosen_media_type(accept: bytes) -> str:
    """`application/graphql-response+json` for those that name it before plain JSON, plain JSON for
    everyone else.
    """
    if not accept:
        return PLAIN_JSON
    weights = weights_of(accept)
    named = weights.get(GRAPHQL_JSON, 0.0)
    plain = max(weights.get(name, 0.0) for name in (PLAIN_JSON, "application/*", "*/*"))
    if named and named >= plain:
        return GRAPHQL_JSON
    return PLAIN_JSON


def weights_of(header: bytes) -> dict[str, float]:
    """What a header of the `Accept` family names, with how much it is wanted."""
    weights: dict[str, float] = {}
    for part in header.decode("latin-1").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        weights.setdefault(name, weight)
    return weights


def _is_json(content_type: bytes) -> bool:
    return content_type.split(b";")[0].strip().lower() == b"application/json"


def _too_large(limit: int) -> UnreadableRequestError:
    return UnreadableRequestError(413, "body-too-large", limit_bytes=limit)


def _pointer(at: str, name: str) -> str:
    return f"{at}{name}" if at == "?" else f"{at}/{name}"


def _invalid(message: str, pointer: str = "") -> UnreadableRequestError:
    """`pointer` tells where in the body, as RFC 6901 writes it, or which parameter, as `?name`."""
    error = {"pointer": pointer, "code": "invalid-input", "message": message}
    return UnreadableRequestError(422, "invalid-input", errors=[error])
