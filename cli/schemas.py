"""`essor openapi` and `essor schema`: the committed descriptions of the doors, made from the code."""

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from cli.composer import compose
from cli.terminal import SOME_FAILED, AsJson, Terminal
from services.runtime.database.revisions import SERVICES
from services.runtime.settings import REPOSITORY, Settings

Check = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; exit 1 if a committed file is not what the code gives."),
]


def openapi(check: Check = False, as_json: AsJson = False) -> None:
    """Write openapi/loans.json and openapi/capital.json from the code."""
    files = {}
    for service in SERVICES:
        app = import_module(f"services.{service}.app").make_app(Settings(), describes_only=True)
        document = json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=False) + "\n"
        files[REPOSITORY / "openapi" / f"{service}.json"] = document
    _settle(files, check=check, terminal=Terminal(as_json), command="essor openapi")


def schema(check: Check = False, as_json: AsJson = False) -> None:
    """Write each subgraph's SDL from the code to schema/, and compose them into schema/supergraph.graphql.

    Composing needs the development dependencies: Node comes from one of them, the composer from npm.
    """
    settings = Settings.model_construct()  # the committed file has the defaults, whatever is set here
    sdls = {service: import_module(f"services.{service}.graphql.schema").sdl() for service in SERVICES}
    urls = {
        "loans": f"http://{settings.host}:{settings.loans_port}/graphql",
        "capital": f"http://{settings.host}:{settings.capital_port}/graphql",
    }
    files = {REPOSITORY / "schema" / f"{service}.graphql": sdl for service, sdl in sdls.items()}
    files[REPOSITORY / "schema" / "supergraph.graphql"] = compose(sdls, urls)
    _settle(files, check=check, terminal=Terminal(as_json), command="essor schema")


def _settle(files: dict[Path, str], *, check: bool, terminal: Terminal, command: str) -> None:
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if not check:
        for path in stale:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path])
    names = [str(path.relative_to(REPOSITORY)) for path in stale]
    verb = "not what the code gives" if check else "written"

    def show() -> None:
        for name in names:
            terminal.say(f"{name}: {verb}")
        if check and names:
            terminal.say(f"run: {command}")
        if not names:
            terminal.say("nothing to change")

    terminal.answer({"files": [str(path.relative_to(REPOSITORY)) for path in files], "stale": names}, show)
    if check and stale:
        raise typer.Exit(SOME_FAILED)
