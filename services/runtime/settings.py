"""Every setting of Essor, read in one place from environment variables that start with `ESSOR_`."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[2]

Port = Annotated[int, Field(ge=1, le=65_535)]
Seconds = Annotated[float, Field(gt=0)]


class Demonstration(StrEnum):
    FULL = "full"
    SMALL = "small"
    NONE = "none"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ESSOR_", frozen=True)

    state: Path = Field(Path(".essor"), description="Directory of the embedded database, keys and logs")
    database_url: str | None = Field(
        None, description="An existing PostgreSQL (15 or later); its user owns and migrates. None: embedded"
    )
    loans_database_url: str | None = Field(
        None, description="The loans service's own credentials, where the owner may not create roles"
    )
    capital_database_url: str | None = Field(
        None, description="The capital service's own credentials, where the owner may not create roles"
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
    entrepreneur_key: str | None = Field(
        None,
        description="Key of entrepreneurs' ids, the same for both services. None: made once, in the state",
    )

    log_level: str = Field("INFO", description="Least severe log lines that are written")
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
