"""One database role for each service, with rights on its own schema only; it owns nothing."""

import hashlib
import hmac
from pathlib import Path

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.runtime.database_url import asyncpg_url, with_credentials
from services.runtime.ledger import APPEND_ONLY
from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings

LONGEST_NAME = 63


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
    return {"loans": settings.loans_database_url, "capital": settings.capital_database_url}[service]


def _password(owner_password: str | None, role: str, keys: Path) -> str:
    # Derived rather than stored: every machine that knows the owner's URL finds the same one.
    key = owner_password.encode() if owner_password else read_or_make(keys / "database-roles.key")
    return hmac.new(key, f"role {role}".encode(), hashlib.sha256).hexdigest()


async def ensure(owner_url: str, settings: Settings, service: str) -> None:
    """Makes the service's role if no setting gives one, and gives it its rights; safe to repeat."""
    url = asyncpg_url(service_url(service, settings))
    is_ours = _given_url(service, settings) is None
    engine = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            if is_ours:
                await _make_role(connection, str(url.username), str(url.password))
            await _grant(connection, str(url.username), service)
    finally:
        await engine.dispose()


async def _make_role(connection: AsyncConnection, name: str, password: str) -> None:
    role, secret = _identifier(name), _literal(password)
    exists = await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    if exists is None:
        await connection.execute(text(f"CREATE ROLE {role}"))
    await connection.execute(text(f"ALTER ROLE {role} LOGIN PASSWORD {secret}"))


async def _grant(connection: AsyncConnection, name: str, service: str) -> None:
    role = _identifier(name)
    database = _identifier(str(await connection.scalar(text("SELECT current_database()"))))
    await connection.execute(text(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"))
    await connection.execute(text(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}"))
    await connection.execute(text(f"REVOKE ALL ON SCHEMA {service} FROM PUBLIC"))
    await connection.execute(text(f"GRANT USAGE ON SCHEMA {service} TO {role}"))
    await connection.execute(
        text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {role}")
    )
    await connection.execute(text(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {service} TO {role}"))
    for table in APPEND_ONLY:
        await connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {service}.{table} FROM {role}"))
    await connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON {service}.alembic_version FROM {role}"))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    """For the one statement that takes no parameters: the password is our own hexadecimal digest."""
    if not value.isalnum():
        raise ValueError("a role's password is letters and digits")
    return f"'{value}'"
