"""Every setting of Essor, read in one place from environment variables that start with `ESSOR_`."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[2]

PREFIX = "ESSOR_"


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _checked_url(url: str) -> str:
    from services.runtime.database_url import asyncpg_url  # noqa: PLC0415 - slow to import, often not needed

    asyncpg_url(url)
    return url


Port = Annotated[int, Field(ge=1, le=65_535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
DatabaseUrl = Annotated[str, AfterValidator(_checked_url)]


class UnusableSettingError(ValueError):
    """Names each variable and what it may be, and never its value: some of them are secrets."""

    def __init__(self, error: ValidationError) -> None:
        told = (
            f"{PREFIX}{'.'.join(map(str, found['loc'])).upper()}: {found['msg']}"
            for found in error.errors(include_input=False, include_url=False)
        )
        super().__init__("unusable setting\n  " + "\n  ".join(told))


class Demonstration(StrEnum):
    FULL = "full"
    SMALL = "small"
    NONE = "none"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        env_ignore_empty=True,  # a compose file passes on what nobody has set as an empty text
    )

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise UnusableSettingError(error) from None

    state: Path = Field(Path(".essor"), description="Directory of the embedded database, keys and logs")
    database_url: DatabaseUrl | None = Field(
        None,
        repr=False,
        description="An existing PostgreSQL (15 or later); its user owns and migrates. None: embedded",
    )
    loans_database_url: DatabaseUrl | None = Field(
        None,
        repr=False,
        description="The loans service's own credentials, where the owner may not create roles",
    )
    capital_database_url: DatabaseUrl | None = Field(
        None,
        repr=False,
        description="The capital service's own credentials, where the owner may not create roles",
    )
    demo: Demonstration = Field(
        Demonstration.FULL, description="Invented data on first start: full, small, none"
    )

    host: str = Field("127.0.0.1", description="Address that the servers bind")
    gateway_port: Port = Field(8000, description="Port of the gateway")
    loans_port: Port = Field(8001, description="Port of the loans service")
    capital_port: Port = Field(8002, description="Port of the capital service")

    issuer: str = Field("urn:essor:local", description="`iss` that tokens must carry")
    audience: str = Field("essor", description="`aud` that tokens must carry")
    jwks: str | None = Field(
        None, description="File or URL of the issuer's public keys. None: the local issuer's, in the state"
    )
    entrepreneur_key: Annotated[str, Field(min_length=12)] | None = Field(
        None,
        repr=False,
        description="Key of entrepreneurs' ids, the same for both services. None: made once, in the state",
    )

    log_level: LogLevel = Field("INFO", description="Least severe log lines that are written")
    max_body_bytes: Annotated[int, Field(ge=1024)] = Field(
        1_048_576, description="Largest request body, in bytes"
    )
    max_import_bytes: Annotated[int, Field(ge=1024)] = Field(
        33_554_432, description="Largest body of a portfolio import or a batch, in bytes"
    )
    request_seconds: Seconds = Field(30, description="A request that takes longer is given up")
    import_seconds: Seconds = Field(300, description="The same for an import")
    statement_seconds: Seconds = Field(20, description="A SQL statement that takes longer is cancelled")
    lock_seconds: Seconds = Field(10, description="Longest wait for a lock, and for a call with the same key")
    pool_size: Annotated[int, Field(ge=1, le=64)] = Field(
        10, description="Database connections of one process"
    )
    idempotency_days: Annotated[int, Field(ge=1)] = Field(
        30, description="Days after which an idempotency key may be used for another call"
    )
    worker_seconds: Seconds = Field(60, description="Pause of the worker between two rounds")
    connection_life_seconds: Seconds = Field(
        600, description="A pooled connection is replaced after this: its plans age with the tables"
    )
    graphql_max_depth: Annotated[int, Field(ge=1)] = Field(15, description="Deepest GraphQL query")
    graphql_max_tokens: Annotated[int, Field(ge=10)] = Field(5_000, description="Longest GraphQL document")
    graphql_max_aliases: Annotated[int, Field(ge=1)] = Field(100, description="Most aliases in a document")
    graphql_max_representations: Annotated[int, Field(ge=1)] = Field(
        1_000, description="Most entities that one call may resolve"
    )

    @cached_property
    def state_directory(self) -> Path:
        return self.state.expanduser().absolute()

    @property
    def keys_directory(self) -> Path:
        return self.state_directory / "keys"
