"""One database role for each service, with rights on its own schema only; it owns nothing."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.runtime import ledger
from services.runtime.database.owner_connection import DatabaseSetupError, locked
from services.runtime.database.url import asyncpg_url, with_credentials
from services.runtime.history import tables as history_tables
from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings

LONGEST_NAME = 63
SCRAM_ROUNDS = 4096  # PostgreSQL's own default; the password is a digest of 256 bits already
INSUFFICIENT_PRIVILEGE = "42501"


def role_name(database: str, service: str) -> str:
    """Roles belong to the whole server, so their names carry the database's."""
    name = f"{database}_{service}"
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"essor_{digest}_{service}"


def service_url(service: str, settings: Settings) -> str:
    """The URL that the service itself uses: the one that a setting gives, or else that of its role."""
    given = _given_url(service, settings)
    if given is not None:
        return given
    if settings.database_url is None:
        raise LookupError(f"set ESSOR_DATABASE_URL or ESSOR_{service.upper()}_DATABASE_URL")
    owner = asyncpg_url(settings.database_url)
    name = role_name(owner.database or "postgres", service)
    password = _password(owner.password, name, settings.keys_directory)
    return with_credentials(settings.database_url, username=name, password=password)


def _given_url(service: str, settings: Settings) -> str | None:
    return {
        "loans": settings.loans_database_url,
        "capital": settings.capital_database_url,
        "identity": settings.identity_database_url,
    }[service]


def _password(owner_password: str | None, role: str, keys: Path) -> str:
    # Derived rather than stored: every machine that knows the owner's URL finds the same one.
    key = owner_password.encode() if owner_password else read_or_make(keys / "database-roles.key")
    return hmac.new(key, f"role {role}".encode(), hashlib.sha256).hexdigest()


async def ensure(owner_url: str, settings: Settings, service: str) -> None:
    """Makes the service's role if no setting gives one, and gives it its rights; safe to repeat."""
    url = asyncpg_url(service_url(service, settings))
    setting = f"ESSOR_{service.upper()}_DATABASE_URL"
    if not url.username:
        raise DatabaseSetupError(f"{setting} names no user: the service needs a role of its own")
    if url.username == asyncpg_url(owner_url).username:
        raise DatabaseSetupError(f"{setting} has the owner's user: the service needs a role of its own")
    # Under the migrations' lock: two processes that change one role at once fail each other.
    async with locked(owner_url) as connection:
        if _given_url(service, settings) is None:
            await _make_role(connection, url.username, str(url.password), setting)
        await _grant(connection, url.username, service)
        await connection.commit()


async def _make_role(connection: AsyncConnection, name: str, password: str, setting: str) -> None:
    role, secret = _identifier(name), scram_verifier(password)
    exists = await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    try:
        if exists is None:
            await connection.execute(text(f"CREATE ROLE {role}"))
        await connection.exec_driver_sql(f"ALTER ROLE {role} LOGIN PASSWORD '{secret}'")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        raise DatabaseSetupError(
            f"the owner of ESSOR_DATABASE_URL may not make the role {name}: grant it CREATEROLE, "
            f"or make a role for the service and give its address as {setting}"
        ) from error


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5802): its logs then never see the password itself."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    parts = (salt, hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256"))
    salt_text, stored, server = (base64.b64encode(part).decode() for part in parts)
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{salt_text}${stored}:{server}"


async def _grant(connection: AsyncConnection, name: str, service: str) -> None:
    role = _identifier(name)
    database = _identifier(str(await connection.scalar(text("SELECT current_database()"))))
    await connection.execute(text(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}"))
    await connection.execute(text(f"REVOKE ALL ON SCHEMA {service} FROM PUBLIC"))
    await connection.execute(text(f"GRANT USAGE ON SCHEMA {service} TO {role}"))
    await connection.execute(
        text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {role}")
    )
    await connection.execute(text(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {service} TO {role}"))
    for table in await _append_only(connection, service):
        await connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {service}.{table} FROM {role}"))
    await connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON {service}.alembic_version FROM {role}"))


async def _append_only(connection: AsyncConnection, schema: str) -> list[str]:
    """Those that are there: not every schema keeps a journal."""
    found = await connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": schema}
    )
    return sorted({*found} & {*ledger.APPEND_ONLY, *history_tables.APPEND_ONLY})


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
