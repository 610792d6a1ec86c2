"""Composition of the subgraphs into one supergraph, by the open composer under schema/compose."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from cli.npm_packages import NpmFolder
from services.runtime.settings import REPOSITORY

COMPOSER = REPOSITORY / "schema" / "compose"
COMPOSE_SECONDS = 60


def compose(sdls: Mapping[str, str], urls: Mapping[str, str]) -> str:
    """The supergraph of these subgraphs; CommandError with the composer's words when they do not compose."""
    composer = NpmFolder(COMPOSER)
    composer.install()
    with tempfile.TemporaryDirectory(prefix="essor-compose-") as name:
        directory = Path(name)
        arguments = []
        for service, sdl in sdls.items():
            file = directory / f"{service}.graphql"
            file.write_text(sdl)
            arguments.append(f"{service}={urls[service]}={file}")
        return composer.run("compose.mjs", *arguments, seconds=COMPOSE_SECONDS)
