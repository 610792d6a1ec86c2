"""`essor keys`: the keys that sign the gateway's tokens."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.terminal import AsJson, CommandError, Terminal
from services.runtime.settings import Settings
from services.runtime.tokens.signing_keys import LONGEST_LIFE, SigningKeys, ends_at, signer

app = typer.Typer(
    no_args_is_help=True, help="The keys that sign the gateway's tokens: list them, rotate them."
)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the keys whose tokens are accepted: which one signs, and when the others end."""
    now = time.time()
    keys = _keys().all()
    signs = signer(keys, now)
    found = [
        {
            "key": key.id,
            "state": "signs" if key is signs else "waits" if key.signs_from > now else "accepted",
            "made_at": _instant(key.made_at),
            "signs_from": _instant(key.signs_from),
            "ends_at": _instant(ends_at(key, keys)),
        }
        for key in keys
    ]
    terminal = Terminal(as_json)
    rows = [[_shown(value) for value in key.values()] for key in found]
    terminal.answer(
        {"keys": found},
        lambda: terminal.table("", ["key", "state", "made", "signs from", "ends"], rows),
    )


@app.command()
def rotate(
    stolen: Annotated[
        bool, typer.Option("--stolen", help="Sign with the new key now, and accept no other any more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new key, published at once, which signs a minute later. No token is refused meanwhile.

    The key before it is accepted until the last token that it signed has ended. Running servers need no
    restart. With --stolen every token signed so far ends.
    """
    key = _keys().rotate(at_once=stolen)
    signs_from = _instant(key.signs_from)
    terminal = Terminal(as_json)
    previous = "refused" if stolen else f"accepted for {LONGEST_LIFE.days} days after"
    terminal.answer(
        {"key": key.id, "signs_from": signs_from},
        lambda: terminal.facts({"key": key.id, "signs from": _shown(signs_from), "keys before": previous}),
    )


def _keys() -> SigningKeys:
    settings = Settings()
    if settings.jwks is not None:
        raise CommandError("ESSOR_JWKS names another issuer, whose keys are its own")
    return SigningKeys(settings.keys_directory)


def _instant(seconds: float | None) -> datetime | None:
    """None of a key that came before Essor noted when."""
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0) if seconds else None


def _shown(value: object) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S UTC") if isinstance(value, datetime) else str(value or "-")
