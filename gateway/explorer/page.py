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


class Explorer:
    """Answers browsers that open `/graphql`, and what their page asks for; all else goes on."""

    def __init__(self, app: ASGIApp, *, engines: Engines, examples: list[Example]) -> None:
        self._app = app
        self._engines = engines
        self._examples = examples
        self._known: dict[str, tuple[bytes, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == PAGE_PATH and not scope["query_string"]:
            headers = dict(scope["headers"])
            if b"text/html" in headers.get(b"accept", b""):
                await self._send_file(FOLDER / "page.html", "text/html; charset=utf-8", scope, receive, send)
                return
        elif path.startswith(PREFIX):
            await self._send_asset(path.removeprefix(PREFIX), scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _send_asset(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        if name == EXAMPLES:
            content = answerable(self._examples, self._engines.current.supergraph.api)
            told = Response(orjson.dumps(content), headers=PROTECTION, media_type="application/json")
            await told(scope, receive, send)
            return
        folder, media_type = SERVED.get(name, (FILES, ""))
        if not media_type:
            await _nowhere(scope)(scope, receive, send)
            return
        await self._send_file(folder / name, media_type, scope, receive, send)

    async def _send_file(
        self, file: Path, media_type: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if file.name not in self._known:
            try:
                self._known[file.name] = await asyncio.to_thread(_read, file)
            except FileNotFoundError:
                await _nowhere(scope)(scope, receive, send)
                return
        plain, smaller = self._known[file.name]
        is_packed = takes_gzip(dict(scope["headers"]).get(b"accept-encoding", b""))
        headers = {**PROTECTION, **({"content-encoding": "gzip"} if is_packed else {})}
        told = Response(smaller if is_packed else plain, headers=headers, media_type=media_type)
        await told(scope, receive, send)


def _read(file: Path) -> tuple[bytes, bytes]:
    content = file.read_bytes()
    return content, gzip.compress(content, 6)


def _nowhere(scope: Scope) -> Response:
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return problem(404, english=prefers_english(accepted), instance=scope["path"])
