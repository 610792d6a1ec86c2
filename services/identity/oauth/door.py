"""`POST /oauth/token`, and the page that tells of it (RFC 6749, RFC 8414)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson
from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from services.identity.domain.client import Client, life_of_token
from services.identity.oauth.grant import (
    GRANT,
    METHODS,
    LockedOutError,
    ProvenClient,
    TokenRequest,
    TokenServer,
    UnavailableError,
)
from services.identity.usecases.authenticate import Authenticator, Locked, TooBusyError
from services.runtime.problems import is_passing
from services.runtime.tokens.reading import LocalIssuer

TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
METADATA_PATH = "/.well-known/oauth-authorization-server"
KEYS_PATH = "/.well-known/jwks.json"
OPEN_PATHS = (TOKEN_PATH, METADATA_PATH)
FORM = "application/x-www-form-urlencoded"
LONGEST_BODY = 4_096
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Door:
    """`name` is the issuer's, as its tokens carry it; `address` is where callers find the gateway."""

    issuer: LocalIssuer
    authenticator: Authenticator
    life: timedelta
    name: str
    address: str

    def add_to(self, app: Starlette) -> None:
        """As plain routes: nothing of them is declared, and the application's own log knows their paths."""
        server = TokenServer(self._issue)

        async def token(request: Request) -> Response:
            try:
                asked = await _read(request)
                await _prove(asked, self.authenticator)
                status, body, headers = server.create_token_response(asked)
            except OAuth2Error as error:
                status, body, headers = error()
            return Response(orjson.dumps(body), status, dict(headers))

        async def metadata(_: Request) -> Response:
            return Response(orjson.dumps(self._metadata()), media_type="application/json")

        app.add_route(TOKEN_PATH, token, methods=["POST"])
        app.add_route(METADATA_PATH, metadata, methods=["GET"])

    def _issue(self, client: Client) -> Mapping[str, Any]:
        life = life_of_token(client, self.life, datetime.now(UTC))
        token = self.issuer.issue(client.caller, life)
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(life.total_seconds())}

    def _metadata(self) -> Mapping[str, Any]:
        return {
            "issuer": self.name,
            "token_endpoint": self.address + TOKEN_PATH,
            "jwks_uri": self.address + KEYS_PATH,
            "grant_types_supported": [GRANT],
            # Required, and an empty list is not allowed: "none" is the registered word for it.
            "response_types_supported": ["none"],
            "token_endpoint_auth_methods_supported": list(METHODS),
        }


async def _read(request: Request) -> TokenRequest:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidRequestError(f"the body is {FORM}")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise InvalidRequestError(f"the body is longer than {LONGEST_BODY} bytes")
    try:
        fields = parse_qs(body.decode(), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise InvalidRequestError("the body cannot be read") from error
    asked = TokenRequest(fields, request.headers.get("authorization"))
    asked.check()
    return asked


async def _prove(asked: TokenRequest, authenticator: Authenticator) -> None:
    """Sets `asked.proven` where the secret is the client's."""
    given = asked.credentials()
    if given is None:
        return
    now = datetime.now(UTC)
    try:
        found = await authenticator.authenticate(*given, now)
    except TooBusyError as error:
        raise UnavailableError from error
    except Exception as error:
        if not is_passing(error):
            raise
        raise UnavailableError from error
    if isinstance(found, Locked):
        raise LockedOutError(math.ceil((found.until - now).total_seconds()))
    if found is not None:
        asked.proven = ProvenClient(found, given[1])
