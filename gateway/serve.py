"""The gateway as a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from gateway.app import make_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.settings import GatewaySettings

LOOPBACK = "127.0.0.1"


def serve(
    settings: GatewaySettings,
    *,
    authenticate: Callable[[str | None], None] | None,
    loopback_only: bool = False,
    log_level: str = "warning",
) -> None:
    """Serves until stopped. Without `authenticate`, anyone who can connect may ask: pass `loopback_only`
    then.
    """
    uvicorn.run(
        make_app(settings, authenticate=authenticate),
        host=LOOPBACK if loopback_only else settings.host,
        port=settings.gateway_port,
        http="httptools",
        loop="auto",
        access_log=False,
        log_level=log_level,
        timeout_graceful_shutdown=10,
        server_header=False,
    )
