"""A PostgreSQL of Essor's own, for when ESSOR_DATABASE_URL names none."""

from services.runtime.embedded_postgres.failures import (
    AlreadyRunningError,
    CannotStartError,
    EmbeddedPostgresError,
)
from services.runtime.embedded_postgres.home import make_state_directory
from services.runtime.embedded_postgres.server import EmbeddedPostgres, database, running_url

__all__ = [
    "AlreadyRunningError",
    "CannotStartError",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "database",
    "make_state_directory",
    "running_url",
]
