"""`essor`: everything starts here."""

import sys

import typer
from rich.console import Console

from cli import call, db, schemas, serve, token, up
from cli.terminal import CANNOT, CommandError
from services.kernel.refusals import Refusal
from services.runtime.embedded_postgres import EmbeddedPostgresError
from services.runtime.migrations import UnsupportedDatabaseError
from services.runtime.processes.record import AlreadyUpError
from services.runtime.processes.supervisor import SupervisionError

# What says by itself what is wrong and what to do; anything else is a fault of ours, and shows its trace.
EXPECTED = (
    AlreadyUpError,
    EmbeddedPostgresError,
    PermissionError,
    Refusal,
    SupervisionError,
    TimeoutError,
    UnsupportedDatabaseError,
)

app = typer.Typer(
    name="essor",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Essor: zero-interest loans and capital top-ups of French CAEs. Start with `essor up`.",
)
app.command("up")(up.up)
app.command("down")(up.down)
app.command("status")(up.status)
app.add_typer(db.app, name="db")
app.command("token")(token.token)
app.command("call")(call.call)
app.command("schema")(schemas.schema)
app.command("openapi")(schemas.openapi)
app.command("serve")(serve.serve)
app.command("gateway")(serve.gateway)


def main() -> None:
    """Exit code 0 when all went well, 1 when some of it did not, 2 when the command could not work."""
    try:
        app()
    except CommandError as error:
        _complain(error.message, error.advice)
    except EXPECTED as error:
        _complain(str(error))


def _complain(message: str, advice: str = "") -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"[bold red]essor:[/] {message}", highlight=False)
    if advice:
        console.print(f"       {advice}", highlight=False)
    sys.exit(CANNOT)


if __name__ == "__main__":
    main()
