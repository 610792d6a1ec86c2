"""The addresses of databases as people paste them, and as the driver wants them."""

from typing import Any

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

SCHEMES = ("postgresql", "postgres")
# What libpq puts among the parameters, and an address has a place for.
PLACES = {"user": "username", "password": "password", "port": "port", "dbname": "database"}
# Ours to set, for every connection alike.
IGNORED = frozenset({"application_name", "connect_timeout"})
ADVICE = {
    "sslrootcert": "set PGSSLROOTCERT to the file instead",
    "sslcert": "client certificates are not supported",
    "sslkey": "client certificates are not supported",
    "channel_binding": "the driver has no channel binding; use sslmode=verify-full",
    "options": "Essor sets its own options",
}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
UNDERSTOOD = frozenset({"host", "ssl", "target_session_attrs", "passfile"})


class UnusableDatabaseUrlError(ValueError):
    """Says what is wrong without repeating the address, which holds a password."""


def asyncpg_url(url: str) -> URL:
    """Any `postgresql://` or `postgres://` address, with libpq's parameters, as the driver wants it."""
    try:
        parsed = _parsed(url)
    except (ArgumentError, ValueError):
        raise UnusableDatabaseUrlError(
            "the database's address is not postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
            " (percent-encode what is special in the password)"
        ) from None
    if parsed.drivername.partition("+")[0] not in SCHEMES:
        raise UnusableDatabaseUrlError(
            f"the database's address starts with {parsed.drivername}://, not with postgresql://"
        )
    query: dict[str, Any] = {}
    for name, value in parsed.query.items():
        if name == "sslmode":
            query["ssl"] = _ssl_mode(value)
        elif name in UNDERSTOOD:
            query[name] = value
        elif name not in IGNORED:
            raise UnusableDatabaseUrlError(
                f"the database's address has the parameter {name}: "
                + ADVICE.get(name, "it is not understood; remove it")
            )
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def _parsed(url: str) -> URL:
    """With every part in its place, wherever it was written."""
    parsed = make_url(url)
    places: dict[str, Any] = {
        place: parsed.query[name] for name, place in PLACES.items() if name in parsed.query
    }
    if "port" in places:
        places["port"] = int(places["port"])
    return parsed.difference_update_query(PLACES).set(**places)


def with_credentials(url: str, *, username: str, password: str) -> str:
    """The same database for another role: no parameter of the address may put the first one back."""
    changed = asyncpg_url(url).set(username=username, password=password)
    return changed.set(drivername="postgresql").render_as_string(hide_password=False)


def _ssl_mode(value: object) -> str:
    if value not in SSL_MODES:
        raise UnusableDatabaseUrlError(f"sslmode is one of {', '.join(SSL_MODES)}")
    return str(value)
