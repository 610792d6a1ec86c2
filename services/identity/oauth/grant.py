"""Authlib's server, reduced to client credentials: it reads the request, judges it and words its errors.

Nothing here waits: who the client is was found before, and is handed over with the request.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientAuthentication,
    ClientMixin,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from services.identity.domain.client import Client

METHODS = ("client_secret_basic", "client_secret_post")
GRANT: str = ClientCredentialsGrant.GRANT_TYPE
ONCE = ("grant_type", "scope", "client_id", "client_secret")
Answer = tuple[int, Any, list[tuple[str, str]]]


class NotProvenError(InvalidClientError):
    """The same words whether the name, the secret or both are missing, wrong, expired or revoked."""

    status_code = 401
    description = "the client is unknown, has ended, or its secret is wrong"

    def get_headers(self) -> list[tuple[str, str]]:
        return [*OAuth2Error.get_headers(self), ("WWW-Authenticate", 'Basic realm="essor", charset="UTF-8"')]


class LockedOutError(InvalidClientError):
    status_code = 429
    description = "locked out after repeated failures: try again later"

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self._seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        return [*OAuth2Error.get_headers(self), ("Retry-After", str(self._seconds))]


class UnavailableError(OAuth2Error):
    error = "temporarily_unavailable"
    status_code = 503
    description = "unavailable for now: try again"

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", "2")]


class ProvenClient(ClientMixin):
    """As Authlib asks of one; `secret` is what was given and proved it."""

    def __init__(self, client: Client, secret: str) -> None:
        self.client, self._secret = client, secret

    def check_client_secret(self, secret: str) -> bool:
        return secret == self._secret

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT


class TokenRequest(OAuth2Request):
    """`fields` are those of the form, each with all its values."""

    def __init__(self, fields: Mapping[str, list[str]], authorization: str | None) -> None:
        # The address plays no part here, and behind a proxy it would not be the public one.
        super().__init__("POST", "https://essor.invalid/oauth/token")
        self.headers = {} if authorization is None else {"Authorization": authorization}
        self.fields = fields
        self.payload = BasicOAuth2Payload({name: values[0] for name, values in fields.items()})
        self.proven: ProvenClient | None = None

    @property
    def form(self) -> dict[str, str]:
        given: dict[str, str] = self.payload.data
        return given

    def check(self) -> None:
        """What no client's secret could mend."""
        if any(len(self.fields.get(name, [])) > 1 for name in ONCE):
            raise InvalidRequestError("a parameter is repeated")
        if not self.payload.grant_type:
            raise InvalidRequestError("grant_type is missing")
        if self.headers and "client_secret" in self.form:
            raise InvalidRequestError("the client proves itself in two ways at once")

    def credentials(self) -> tuple[str, str] | None:
        try:
            name, secret = extract_basic_authorization(self.headers)
        except ValueError:  # not the UTF-8 that Authlib takes it for
            return None
        if not self.headers:
            name, secret = self.form.get("client_id"), self.form.get("client_secret")
        return (name, secret) if name and secret else None


class CredentialsGrant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = list(METHODS)


class TokenServer(AuthorizationServer):
    def __init__(self, issue: Callable[[Client], Mapping[str, Any]]) -> None:
        super().__init__()
        self.register_grant(CredentialsGrant)
        self.register_token_generator(GRANT, lambda client, **_: issue(client.client))

    def authenticate_client(self, request: TokenRequest, methods: list[str], endpoint: str = "token") -> Any:
        try:
            return ClientAuthentication(lambda _: request.proven)(request, methods, endpoint)
        except (InvalidClientError, ValueError) as error:
            raise NotProvenError from error

    def validate_requested_scope(self, scope: str | None) -> None:
        """A client's role is its scope: there is none to ask for."""
        if scope:
            raise InvalidScopeError

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return status, body, headers

    def save_token(self, token: dict[str, Any], request: TokenRequest) -> None:
        """A token is not kept: its signature is enough."""

    def send_signal(self, name: str, *given: Any, **named: Any) -> None:
        """Nobody listens."""
