"""Calls of the gateway, known by a secret that it shares with the services: `/graphql` is for it alone.

Whoever could reach a subgraph directly would escape what the gateway limits, and see the whole schema.
"""

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel.language import Text
from services.runtime.language_negotiation import preferred_language
from services.runtime.problems import problem
from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings

HEADER = "Essor-Gateway"
PATH = "/graphql"

TITLE = Text("Réservé à la passerelle", "For the gateway only")
DETAIL = Text(
    "Posez cette question à la passerelle : les services ne répondent à /graphql que pour elle.",
    "Ask the gateway: the services answer at /graphql for it alone.",
)


def gateway_key(settings: Settings) -> str:
    """The one that is set, or one made once beside the other keys, where the gateway reads it too."""
    if settings.subgraph_key is not None:
        return settings.subgraph_key
    return read_or_make(settings.keys_directory / "subgraphs.key").decode()


class GatewayCalls:
    """Tells the gateway's calls from others: `scope["state"]["from_gateway"]`."""

    def __init__(self, app: ASGIApp, *, key: str) -> None:
        self._app, self._key, self._header = app, key.encode(), HEADER.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            given = next((value for name, value in scope["headers"] if name == self._header), b"")
            state = scope.setdefault("state", {})
            state["from_gateway"] = hmac.compare_digest(given, self._key)
        await self._app(scope, receive, send)


class GatewayOnly:
    """Around the door itself rather than its path: no way of writing the path goes round it."""

    def __init__(self, door: ASGIApp) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["state"].get("from_gateway"):
            await self._door(scope, receive, send)
            return
        accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        language = preferred_language(accepted)
        refused = problem(
            403, "gateway-only", TITLE.render(language), DETAIL.render(language), instance=scope["path"]
        )
        await refused(scope, receive, send)
