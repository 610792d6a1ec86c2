"""How every server of Essor is run: uvicorn with uvloop and httptools, our own log lines, an orderly end."""

from typing import Any

UVICORN: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "access_log": False,
    "log_level": "warning",
    "timeout_graceful_shutdown": 20,
    "server_header": False,
}
