"""`essor call`: one call to a running Essor, with a token and an idempotency key made for it."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4

import httpx
import orjson
import typer
from rich.console import Console

from cli.terminal import SOME_FAILED, AsJson, CommandError
from cli.token import caller_of_options
from services.kernel.access import Role
from services.runtime.settings import Settings
from services.runtime.tokens.reading import local_issuer

SECONDS = 60


def call(
    method: Annotated[str, typer.Argument(help="GET, POST, PATCH... or QUERY for GraphQL.")],
    path: Annotated[
        str, typer.Argument(help="loans/funds, capital/top-ups... For QUERY the GraphQL document itself.")
    ],
    body: Annotated[str | None, typer.Argument(help="JSON body; for QUERY the variables.")] = None,
    role: Annotated[Role, typer.Option(help="What the caller is.")] = Role.OPERATOR,
    region: Annotated[
        list[str] | None, typer.Option(help="INSEE code, for an operator or a partner; may be repeated.")
    ] = None,
    siren: Annotated[str | None, typer.Option(help="SIREN of the CAE or of the funder.")] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Idempotency key; repeat it to repeat the same call. Default: a new one."),
    ] = None,
    pick: Annotated[
        str | None,
        typer.Option(help="Print only this field of the answer, such as id or loan.arrears_cents."),
    ] = None,
    as_json: AsJson = True,  # noqa: ARG001 - as everywhere; this command answers nothing but JSON
) -> None:
    """Call a running Essor and print the JSON that it answers; exit code 1 when it refuses.

    Examples:
    essor call --region 84 GET loans/funds

    essor call --region 84 QUERY '{ region(code: "84") { loanFunds { name } } }'

    """
    settings = Settings()
    caller = caller_of_options(role, region or [], siren, None, "command-line")
    headers = {
        "Authorization": f"Bearer {local_issuer(settings).issue(caller, timedelta(minutes=5))}",
        "Content-Type": "application/json",
        "Idempotency-Key": key or str(uuid4()),
    }
    if method.upper() == "QUERY":
        variables = orjson.loads(body) if body else {}
        method = "POST"
        content: bytes | None = orjson.dumps({"query": path, "variables": variables})
        url = f"http://{settings.host}:{settings.gateway_port}/graphql"
    else:
        url, content = _url(path, settings), body.encode() if body else None
    try:
        response = httpx.request(method.upper(), url, content=content, headers=headers, timeout=SECONDS)
    except httpx.TransportError as error:
        raise CommandError(f"{url} does not answer ({error})", advice="start it with: essor up") from error
    _show(response, pick)


def _url(path: str, settings: Settings) -> str:
    service, _, rest = path.strip("/").partition("/")
    ports = {"loans": settings.loans_port, "capital": settings.capital_port}
    if service not in ports:
        raise CommandError(f"{path}: a path starts with loans/ or capital/, for example loans/funds")
    return f"http://{settings.host}:{ports[service]}/v1/{rest}"


def _show(response: httpx.Response, pick: str | None) -> None:
    is_json = "json" in response.headers.get("content-type", "")
    answer: Any = orjson.loads(response.content) if is_json else response.text
    failed = response.is_error or (isinstance(answer, dict) and "errors" in answer)
    shown = orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() if is_json else response.text
    if failed:
        Console(stderr=True, soft_wrap=True).print(shown, highlight=False, markup=False)
        raise typer.Exit(SOME_FAILED)
    print(_picked(answer, pick) if pick else shown)


def _picked(answer: Any, pick: str) -> str:
    for step in pick.split("."):
        try:
            answer = answer[int(step)] if isinstance(answer, list) else answer[step]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise CommandError(f"the answer has no field {pick}") from error
    return answer if isinstance(answer, str) else orjson.dumps(answer).decode()
