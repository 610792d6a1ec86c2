"""`essor`: everything starts here. A command's module is imported when it is called: each starts quickly."""

import sys
from importlib import import_module
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from cli.terminal import CANNOT, CommandError

# In the order in which a newcomer meets them.
COMMANDS = {
    "up": "cli.up:up",
    "down": "cli.up:down",
    "status": "cli.up:status",
    "token": "cli.token:token",
    "clients": "cli.clients:app",
    "keys": "cli.keys:app",
    "call": "cli.call:call",
    "demo": "cli.demo:demo",
    "import": "cli.imports:app",
    "loans": "cli.loans:app",
    "ledger": "cli.ledger:app",
    "capital": "cli.capital:app",
    "committee": "cli.committee:app",
    "figures": "cli.figures:app",
    "documents": "cli.documents:app",
    "privacy": "cli.privacy:app",
    "db": "cli.db:app",
    "serve": "cli.serve:serve",
    "worker": "cli.worker:worker",
    "gateway": "cli.gateway:gateway",
    "schema": "cli.schemas:schema",
    "openapi": "cli.schemas:openapi",
}


class Commands(TyperGroup):
    def list_commands(self, _context: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: Any, name: str) -> Any:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = name
        return command


app = typer.Typer(
    name="essor",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Essor: zero-interest loans and capital top-ups of French CAEs. Start with `essor up`.",
)


@app.callback()
def _essor() -> None:
    """Only the commands do anything."""


def main() -> None:
    """Exit code 0 when all went well, 1 when some of it did not, 2 when the command could not work."""
    try:
        app()
    except CommandError as error:
        _complain(error.message, error.advice)
    except Exception as error:
        if not _says_what_to_do(error):
            raise
        _complain(str(error))


def _says_what_to_do(error: Exception) -> bool:
    """Whether it was written for the person at the terminal; anything else is a fault of ours."""
    from services.kernel.refusals import Refusal  # noqa: PLC0415 - most commands never need these
    from services.runtime.database.owner_connection import DatabaseSetupError  # noqa: PLC0415
    from services.runtime.database.url import UnusableDatabaseUrlError  # noqa: PLC0415
    from services.runtime.embedded_postgres import EmbeddedPostgresError  # noqa: PLC0415
    from services.runtime.processes.record import AlreadyUpError  # noqa: PLC0415
    from services.runtime.processes.supervisor import SupervisionError  # noqa: PLC0415
    from services.runtime.settings import UnusableSettingError  # noqa: PLC0415

    expected = (
        AlreadyUpError,
        DatabaseSetupError,
        EmbeddedPostgresError,
        PermissionError,
        Refusal,
        SupervisionError,
        TimeoutError,
        UnusableDatabaseUrlError,
        UnusableSettingError,
    )
    return isinstance(error, expected)


def _complain(message: str, advice: str = "") -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"[bold red]essor:[/] {message}", highlight=False)
    if advice:
        console.print(f"       {advice}", highlight=False)
    sys.exit(CANNOT)


if __name__ == "__main__":
    main()
