"""How every server of Essor is run: uvicorn with uvloop and httptools, our own log lines, an orderly end."""

import signal
import sys
from functools import partial
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from cli.request_heads import BoundedHeads
from cli.terminal import Terminal
from services.runtime.settings import Settings

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not bound
STOP_SECONDS = 20  # what still runs then is cut; less than the supervisor's and the containers' patience


class Workers(Multiprocess):
    """uvicorn's processes on one port."""

    def terminate_all(self) -> None:
        # While this process listens too, new callers wait for workers that take no more of them.
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def run_server(app: Any, settings: Settings, *, host: str, port: int, workers: int = 1, **more: Any) -> None:
    """Until a signal: what runs is finished, what is new refused, and then the process ends with 0."""
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "loop": "uvloop",
        "http": partial(BoundedHeads, most_bytes=settings.max_head_bytes, seconds=settings.head_seconds),
        "access_log": False,
        "log_level": "warning",
        "timeout_graceful_shutdown": STOP_SECONDS,
        "server_header": False,
        "forwarded_allow_ips": settings.trusted_proxies,
        **more,
    }
    if workers > 1:
        config = uvicorn.Config(app, workers=workers, **options)
        Workers(config, sockets=[config.bind_socket()]).run()
        return
    # uvicorn raises the signal again once it has stopped in good order, and a caller would see a failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(app, **options)


def address_of(host: str, port: int) -> str:
    """Where this machine finds what is bound there."""
    return f"http://{ANY_ADDRESS.get(host, host)}:{port}"


def tell_start(terminal: Terminal, server: str, host: str, port: int) -> None:
    """Before it is bound: what cannot be bound is said after, and ends the command."""
    address = f"http://{host}:{port}"
    terminal.answer(
        {"server": server, "address": address},
        lambda: terminal.say(f"{server} at {address}; Ctrl-C stops it"),
    )
