"""The data directory: made once, and the settings its server always runs with."""

import os
import shutil
from pathlib import Path

from services.runtime.embedded_postgres.binaries import MAJOR_VERSION, Binaries
from services.runtime.embedded_postgres.failures import CannotStartError
from services.runtime.embedded_postgres.home import Home

OWNER = "essor"
DATABASE = "essor"
PORT = 5432  # only part of the socket's name: nothing listens on the network

# Nothing of the caller's PG* variables or locale may change what the server does.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# On the command line, where ALTER SYSTEM cannot undo them.
SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "jit": "off",
    # A plan made on an empty table reads all of it until statistics are taken again: a new fund waits less.
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    # The log keeps a week. It tells of the server's own life and of refused connections, never of statements,
    # parameters or the rows in error messages, which hold personal data; services log their own errors.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


def server_command(binaries: Binaries, home: Home, socket_directory: Path) -> list[str]:
    places = {"unix_socket_directories": str(socket_directory), "log_directory": str(home.log)}
    options = [f"--{name}={value}" for name, value in {**SETTINGS, **places}.items()]
    return [str(binaries.postgres), "-D", str(home.data), *options]


def check_version(home: Home) -> None:
    major = (home.data / "PG_VERSION").read_text().strip()
    if major != str(MAJOR_VERSION):
        raise CannotStartError(
            f"{home.data} was made by PostgreSQL {major} and this Essor brings {MAJOR_VERSION}: "
            f"dump it with the Essor that made it, or run pg_upgrade"
        )


def make_cluster(binaries: Binaries, home: Home, password: str) -> None:
    """Complete before it takes its name: a start cut short leaves nothing that looks like data.

    Text sorts by code point (`C.UTF-8`), the same on every machine; upper and lower case know French letters.
    """
    fresh = home.path / "data.new"
    password_file = home.path / "password.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    home.account.give(fresh, 0o700)
    home.write(password_file, password)
    try:
        home.account.give(password_file, 0o600)
        home.account.run(
            [
                str(binaries.initdb),
                f"--pgdata={fresh}",
                f"--username={OWNER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--text-search-config=simple",
            ],
            environment=ENVIRONMENT,
        )
    finally:
        password_file.unlink()
    _single_user(binaries, home, fresh, f"CREATE DATABASE {DATABASE};\n")
    fresh.rename(home.data)
    descriptor = os.open(home.path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_password(binaries: Binaries, home: Home, password: str) -> None:
    """For data whose password file is lost; `password` is our own, without quotes."""
    _single_user(binaries, home, home.data, f"ALTER ROLE {OWNER} PASSWORD '{password}';\n")


def _single_user(binaries: Binaries, home: Home, data: Path, statement: str) -> None:
    """One statement, one line: single-user mode has no other way in, and needs no connection or password."""
    said = home.account.run(
        [str(binaries.postgres), "--single", "-D", str(data), "-c", "log_min_messages=fatal", "postgres"],
        environment=ENVIRONMENT,
        text=statement,
    )
    if "ERROR:" in said or "FATAL:" in said:
        raise CannotStartError(f"PostgreSQL refused to prepare {data}:\n{said.strip()}")
