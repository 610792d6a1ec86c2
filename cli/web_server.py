"""How every server of Essor is run: uvicorn with uvloop and httptools, our own log lines, an orderly end."""

from typing import Any

from cli.terminal import Terminal

UVICORN: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "access_log": False,
    "log_level": "warning",
    "timeout_graceful_shutdown": 20,
    "server_header": False,
}


def tell_start(terminal: Terminal, server: str, host: str, port: int) -> None:
    """Before it is bound: what cannot be bound is said after, and ends the command."""
    address = f"http://{host}:{port}"
    terminal.answer(
        {"server": server, "address": address},
        lambda: terminal.say(f"{server} at {address}; Ctrl-C stops it"),
    )
