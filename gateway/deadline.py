"""One deadline for whatever a request does, its slow body included."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.problems import prefers_english, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRACE_SECONDS = 1.0
"""What GraphQL has left to answer with what came in time, once its own deadline has passed."""


class RequestDeadline:
    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_and_see(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        deadline = asyncio.timeout(self._seconds + GRACE_SECONDS)
        try:
            async with deadline:
                await self._app(scope, receive, send_and_see)
        except TimeoutError:
            # An answer that has begun can only be cut, and a timeout that is not ours is a fault.
            if has_begun or not deadline.expired():
                raise
            english = prefers_english(Headers(scope=scope).get("accept-language"))
            refused = problem(504, english=english, instance=scope["path"], limit_seconds=self._seconds)
            await refused(scope, receive, send)
