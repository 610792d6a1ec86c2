"""Every setting of Essor, read in one place from environment variables that start with `ESSOR_`."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[2]

PREFIX = "ESSOR_"

# Never `none`, and no shared secret: who can check a token must not be able to make one.
ASYMMETRIC = frozenset(
    (
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    )
)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _checked_url(url: str) -> str:
    from services.runtime.database.url import asyncpg_url  # noqa: PLC0415 - slow to import, often not needed

    asyncpg_url(url)
    return url


def _checked_algorithms(names: str) -> str:
    unknown = set(names.split(",")) - ASYMMETRIC
    if unknown:
        raise ValueError(f"each is one of {', '.join(sorted(ASYMMETRIC))}")
    return names


def _checked_numbers(numbers: str) -> str:
    if any(float(number) <= 0 for number in numbers.split(",")):
        raise ValueError("numbers above zero, separated by commas")
    return numbers


Port = Annotated[int, Field(ge=1, le=65_535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
Algorithms = Annotated[str, AfterValidator(_checked_algorithms)]
DatabaseUrl = Annotated[str, AfterValidator(_checked_url)]
Numbers = Annotated[str, AfterValidator(_checked_numbers)]


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
    identity_database_url: DatabaseUrl | None = Field(
        None,
        repr=False,
        description="The gateway's credentials to its clients, where the owner may not create roles",
    )
    demo: Demonstration = Field(
        Demonstration.FULL, description="Invented data on first start: full, small, none"
    )

    host: str = Field("127.0.0.1", description="Address that the servers bind")
    gateway_port: Port = Field(8000, description="Port of the gateway")
    loans_port: Port = Field(8001, description="Port of the loans service")
    capital_port: Port = Field(8002, description="Port of the capital service")
    loans_url: str | None = Field(
        None, description="Public address of the loans service, for links. None: where it listens"
    )
    capital_url: str | None = Field(
        None, description="Public address of the capital service, for links. None: where it listens"
    )

    issuer: str = Field("urn:essor:local", description="`iss` that tokens must carry")
    audience: str = Field("essor", description="`aud` that tokens must carry")
    jwks: str | None = Field(
        None, description="File or URL of the issuer's public keys. None: the local issuer's, in the state"
    )
    token_algorithms: Algorithms = Field(
        "ES256,EdDSA", description="Signatures that tokens may have: asymmetric ones, separated by commas"
    )
    claim_client: str = Field("sub", description="Claim that names the client; a dotted path reaches inside")
    claim_role: str = Field(
        "role", description="Claim that holds the role, or a list with exactly one of ours"
    )
    claim_regions: str = Field("regions", description="Claim that lists an operator's or a partner's regions")
    claim_siren: str = Field("siren", description="Claim that holds the SIREN of a CAE or of a funder")
    claim_person: str = Field("person", description="Claim that says who uses the token")
    role_prefix: str | None = Field(None, description="What the issuer puts before the names of our roles")
    gateway_url: str | None = Field(
        None,
        description="Public address of the gateway. None: the issuer's if it is one, or where it listens",
    )
    token_minutes: Annotated[int, Field(ge=1, le=1_440)] = Field(
        15, description="How long a token of the gateway is good for, in minutes"
    )
    lockout_attempts: Annotated[int, Field(ge=1)] = Field(
        10, description="Wrong secrets in a row after which a client is locked out"
    )
    lockout_minutes: Annotated[int, Field(ge=1, le=1_440)] = Field(
        15, description="How long it is, in minutes"
    )
    entrepreneur_key: Annotated[str, Field(min_length=12)] | None = Field(
        None,
        repr=False,
        description="Key of entrepreneurs' ids, the same for both services. None: made once, in the state",
    )

    subgraph_key: Annotated[str, Field(min_length=12)] | None = Field(
        None,
        repr=False,
        description="Secret by which services know the gateway. None: made once, in the state",
    )
    open_subgraphs: bool = Field(
        False, description="Services answer at /graphql without the gateway's secret"
    )
    rate_per_second: Annotated[float, Field(ge=0)] = Field(
        200,
        description="Requests a second of one client to one process, for as long as it likes; 0: no limit",
    )
    rate_burst: Annotated[int, Field(ge=1)] = Field(
        1_000, description="Requests at once of one client that was silent before"
    )
    anonymous_rate_per_second: Annotated[float, Field(ge=0)] = Field(
        20, description="The same for one address's requests without a good token; 0: no limit"
    )
    anonymous_rate_burst: Annotated[int, Field(ge=1)] = Field(
        100, description="Requests at once of one address, without a good token"
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses or networks whose X-Forwarded-For is believed, by commas"
    )

    log_level: LogLevel = Field("INFO", description="Least severe log lines that are written")
    max_head_bytes: Annotated[int, Field(ge=16_384)] = Field(
        65_536, description="Largest address and headers of a request, in bytes"
    )
    max_body_bytes: Annotated[int, Field(ge=1024)] = Field(
        1_048_576, description="Largest request body, in bytes"
    )
    max_import_bytes: Annotated[int, Field(ge=1024)] = Field(
        33_554_432, description="Largest body of a portfolio import, in bytes"
    )
    max_batch_bytes: Annotated[int, Field(ge=1024)] = Field(
        4_194_304, description="Largest body of a batch of repayments, in bytes"
    )
    documents: Path | None = Field(
        None,
        description="Directory of the contents of documents, shared by all machines. None: in the state",
    )
    document_bytes: Annotated[int, Field(ge=1024)] = Field(
        10_485_760, description="Largest document attached to a dossier, in bytes"
    )
    documents_of_dossier_bytes: Annotated[int, Field(ge=1024)] = Field(
        52_428_800, description="Most bytes of all the documents of one dossier"
    )
    documents_of_dossier: Annotated[int, Field(ge=1, le=1_000)] = Field(
        40, description="Most documents of one dossier"
    )
    head_seconds: Seconds = Field(
        10, description="A connection whose request's address and headers take longer is closed"
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
    purge_daily: bool = Field(
        False, description="The worker purges, once a day, personal data that is past its period"
    )
    close_daily: bool = Field(
        True, description="The worker closes each day of the loans once it is over, in Paris"
    )
    worker_seconds: Seconds = Field(60, description="Pause of the worker between two rounds of slow duties")
    relay_seconds: Seconds = Field(1, description="Pause of the worker between two looks for new events")
    webhook_key: Annotated[str, Field(min_length=12)] | None = Field(
        None,
        repr=False,
        description="Key that secrets of webhooks derive from, the same for services and worker. "
        "None: made once, in the state",
    )
    webhook_private_addresses: bool = Field(
        False, description="Webhooks may go to private addresses, without TLS and to any port"
    )
    webhook_ports: Annotated[str, Field(pattern=r"^[0-9]{1,5}(,[0-9]{1,5})*$")] = Field(
        "443,8443", description="Ports that webhooks may go to, by commas"
    )
    webhook_endpoints: Annotated[int, Field(ge=1, le=1_000)] = Field(
        20, description="Webhooks of one tenant in each service"
    )
    webhook_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        15, description="A receiver of webhooks that takes longer has failed"
    )
    webhook_delays: Numbers = Field(
        "5,30,120,600,1800,3600,10800,21600,43200,86400,86400",
        description="Seconds before each further attempt to deliver, by commas",
    )
    webhook_pause_failures: Annotated[int, Field(ge=1)] = Field(
        20, description="Failed attempts in a row after which a webhook may be paused"
    )
    webhook_pause_hours: Annotated[float, Field(ge=0)] = Field(
        72, description="Hours without a success after which it then is"
    )
    webhook_secret_hours: Annotated[float, Field(ge=0)] = Field(
        24, description="Hours for which a webhook's secret still signs once it was rotated"
    )
    webhook_log_days: Annotated[int, Field(ge=1)] = Field(
        30, description="Days for which deliveries of webhooks are kept"
    )
    webhook_parallel: Annotated[int, Field(ge=1, le=256)] = Field(
        32, description="Webhooks that one worker sends at once for each service"
    )
    webhook_parallel_per_endpoint: Annotated[int, Field(ge=1, le=64)] = Field(
        4, description="Webhooks that one worker sends at once to one receiver"
    )
    webhook_poll_seconds: Seconds = Field(1, description="Pause of the worker between two looks for webhooks")
    stream_keep_alive_seconds: Seconds = Field(
        15, description="A stream of events with nothing to tell says so, and its token is read again"
    )
    stream_stall_seconds: Seconds = Field(
        30, description="A stream whose client takes nothing for this long is cut"
    )
    stream_poll_seconds: Seconds = Field(
        1, description="Pause between two looks of one process for new events, while anybody streams"
    )
    streams_of_client: Annotated[int, Field(ge=1)] = Field(
        20, description="Streams of events that one client may have open at one process"
    )
    streams_of_process: Annotated[int, Field(ge=1)] = Field(
        500, description="Streams of events that one process has open"
    )
    connection_life_seconds: Seconds = Field(
        600, description="A pooled connection is replaced after this: its plans age with the tables"
    )
    graphql_max_depth: Annotated[int, Field(ge=1)] = Field(15, description="Deepest GraphQL query")
    graphql_max_tokens: Annotated[int, Field(ge=10)] = Field(5_000, description="Longest GraphQL document")
    graphql_max_aliases: Annotated[int, Field(ge=1)] = Field(100, description="Most aliases in a document")
    graphql_max_cost: Annotated[int, Field(ge=10)] = Field(
        500_000, description="Most fields that a query may come to, each list counted by its length"
    )
    graphql_max_representations: Annotated[int, Field(ge=1)] = Field(
        1_000, description="Most entities that one call may resolve"
    )
    compiled_graphql: bool = Field(
        True,
        description="Services compile the GraphQL documents that come back, instead of interpreting them",
    )
    compiled_graphql_after: Annotated[int, Field(ge=0)] = Field(
        1, description="How often a document is interpreted before it is compiled"
    )

    @cached_property
    def state_directory(self) -> Path:
        return self.state.expanduser().absolute()

    def address_of(self, service: str) -> str:
        """Where those who follow a link find the service, without a slash at its end."""
        given, port = {
            "loans": (self.loans_url, self.loans_port),
            "capital": (self.capital_url, self.capital_port),
        }[service]
        return (given or f"http://{self.host}:{port}").rstrip("/")

    @property
    def documents_directory(self) -> Path:
        given = self.documents or self.state_directory / "documents"
        return given.expanduser().absolute()

    @property
    def keys_directory(self) -> Path:
        return self.state_directory / "keys"

    @property
    def webhook_delays_seconds(self) -> tuple[float, ...]:
        return tuple(float(delay) for delay in self.webhook_delays.split(","))
