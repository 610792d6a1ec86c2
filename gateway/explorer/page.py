"""A page at `/graphql` for browsers: GraphiQL from files of this machine, with saved queries.

It is open to all, as it tells nothing: whoever asks something from it needs a token, as anywhere.
"""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from gateway.compression import takes_gzip
from gateway.explorer.examples import answerable
from gateway.explorer.fetch import FILES, FOLDER
from gateway.problems import prefers_english, problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from graphql import GraphQLSchema
    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.explorer.examples import Example
    from gateway.reload import Engines

PAGE_PATH = "/graphql"
PREFIX = "/graphql/explorer/"

SERVED: Mapping[str, tuple[Path, str]] = {
    "page.js": (FOLDER, "text/javascript; charset=utf-8"),
    "page.css": (FOLDER, "text/css; charset=utf-8"),
    "react.js": (FILES, "text/javascript; charset=utf-8"),
    "react-dom.js": (FILES, "text/javascript; charset=utf-8"),
    "graphiql.js": (FILES, "text/javascript; charset=utf-8"),
    "graphiql.css": (FILES, "text/css; charset=utf-8"),
}
EXAMPLES = "examples.json"
OPEN_PATHS = tuple(PREFIX + name for name in (*SERVED, EXAMPLES))
"""For whoever checks callers: a browser has no token yet when it loads the page."""

# Nothing from elsewhere, and nothing to elsewhere. GraphiQL writes its own sizes and colours as styles.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PROTECTION = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "vary": "accept, accept-encoding",
}


class ExplorerPage:
    """Answers browsers that open `/graphql`; all else goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._files = Files()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == PAGE_PATH:
            accepted = dict(scope["headers"]).get(b"accept", b"")
            if b"text/html" in accepted and not scope["query_string"]:
                app = await self._files.answer(FOLDER / "page.html", "text/html; charset=utf-8", scope)
        await app(scope, receive, send)


class ExplorerFiles:
    """Answers what the page asks for beside itself; all else goes on."""

    def __init__(self, app: ASGIApp, *, engines: Engines, examples: list[Example]) -> None:
        self._app = app
        self._engines = engines
        self._examples = examples
        self._schema: GraphQLSchema | None = None
        self._offered = b""
        self._files = Files()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(PREFIX):
            app = await self._answer(scope["path"].removeprefix(PREFIX), scope)
        await app(scope, receive, send)

    async def _answer(self, name: str, scope: Scope) -> Response:
        if name == EXAMPLES:
            return Response(self._answerable(), headers=PROTECTION, media_type="application/json")
        if name not in SERVED:
            return _nowhere(scope)
        folder, media_type = SERVED[name]
        return await self._files.answer(folder / name, media_type, scope)

    def _answerable(self) -> bytes:
        """Found out once for each schema: anybody may ask for it."""
        schema = self._engines.current.supergraph.api
        if schema is not self._schema:
            self._schema, self._offered = schema, orjson.dumps(answerable(self._examples, schema))
        return self._offered


class Files:
    """Read and packed once, when first asked for."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[bytes, bytes]] = {}

    async def answer(self, file: Path, media_type: str, scope: Scope) -> Response:
        if file not in self._known:
            try:
                self._known[file] = await asyncio.to_thread(_read, file)
            except FileNotFoundError:
                return _nowhere(scope)
        plain, smaller = self._known[file]
        is_packed = takes_gzip(dict(scope["headers"]).get(b"accept-encoding", b""))
        headers = {**PROTECTION, **({"content-encoding": "gzip"} if is_packed else {})}
        return Response(smaller if is_packed else plain, headers=headers, media_type=media_type)


def _read(file: Path) -> tuple[bytes, bytes]:
    content = file.read_bytes()
    return content, gzip.compress(content, 6)


def _nowhere(scope: Scope) -> Response:
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return problem(404, english=prefers_english(accepted), instance=scope["path"])
