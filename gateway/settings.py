"""What can be set about the gateway, from variables named `ESSOR_...`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.passed_headers import DEFAULT, PassedHeaders

if TYPE_CHECKING:
    from gateway.supergraph import Supergraph

REPOSITORY = Path(__file__).resolve().parent.parent

_SUBGRAPH_URL = re.compile(r"ESSOR_SUBGRAPH_(?P<name>[A-Z0-9_]+)_URL")


def _subgraph_urls() -> dict[str, str]:
    matches = {_SUBGRAPH_URL.fullmatch(name): value for name, value in os.environ.items()}
    return {match["name"]: value for match, value in matches.items() if match and value}


def key_of(name: str) -> str:
    """A subgraph's name as it stands in variables."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


class GatewaySettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ESSOR_", extra="ignore")

    host: str = "127.0.0.1"
    gateway_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    supergraph: Path = REPOSITORY / "schema" / "supergraph.graphql"
    subgraph_urls: dict[str, str] = Field(default_factory=_subgraph_urls)
    """By upper-cased name of the subgraph: `ESSOR_SUBGRAPH_LOANS_URL` replaces what the supergraph says of
    `loans`.
    """

    subgraph_key: Annotated[str, Field(min_length=12)] | None = Field(None, repr=False)
    """Sent to every subgraph as `Essor-Gateway`: by it Essor's services know their gateway."""

    gateway_request_seconds: Annotated[float, Field(gt=0)] = 30
    """One deadline for a whole request."""
    gateway_fetch_seconds: Annotated[float, Field(gt=0)] = 10
    """The longest that one fetch may take."""
    gateway_tries: Annotated[int, Field(ge=1, le=10)] = 3
    """Of a query, at a subgraph that cannot be reached or answers 503. A mutation is sent once."""
    gateway_connections_per_subgraph: Annotated[int, Field(ge=1)] = 100
    gateway_max_subgraph_bytes: Annotated[int, Field(ge=1)] = 32 * 1024 * 1024

    gateway_max_body_bytes: Annotated[int, Field(ge=1)] = 1024 * 1024
    gateway_max_characters: Annotated[int, Field(ge=1)] = 100_000
    """Of a document; what is longer belongs in variables."""
    gateway_max_tokens: Annotated[int, Field(ge=1)] = 2_000
    gateway_max_depth: Annotated[int, Field(ge=1)] = 20
    gateway_max_aliases: Annotated[int, Field(ge=0)] = 100
    gateway_max_cost: Annotated[int, Field(ge=10)] = 100_000
    """Fields that an operation may come to, each list counted by its length: `gateway.costs`."""
    gateway_max_fields: Annotated[int, Field(ge=1)] = 5_000
    """Fields of an operation once its fragments are unfolded."""
    gateway_max_list_items: Annotated[int, Field(ge=1)] = 1_000
    """The longest list that a client may give or ask for (`first`)."""
    gateway_max_batch: Annotated[int, Field(ge=0)] = 0
    """Requests that may come in one array; 0 refuses arrays."""
    gateway_report_cost: bool = False
    """Tell the cost in every answer, and not only where `GraphQL-Cost: report` asks for it."""
    gateway_compress_bytes: Annotated[int, Field(ge=0)] = 2_048
    """The smallest answer that is packed for clients that take gzip; 0 packs none."""
    gateway_cache_control: Annotated[str, Field(pattern=r"^[a-z0-9=, -]+$")] = "private, no-cache"
    """`Cache-Control` of answers to GET. Answers are their caller's: `public` only where all see the same."""
    gateway_persisted_queries: Annotated[int, Field(ge=0)] = 1_000
    """Documents kept for clients that send their hash; 0 keeps none."""
    gateway_trusted_documents: Path | None = None
    """A manifest of documents that clients may name: Apollo's, or an object of names and documents."""
    gateway_only_trusted_documents: bool = False
    gateway_reload_seconds: Annotated[float, Field(ge=0)] = 5
    """How often the supergraph's file, and the trusted documents', are looked at; 0 never looks again."""
    gateway_metrics_key: Annotated[str, Field(min_length=12)] | None = Field(None, repr=False)
    """The bearer token of `/metrics`. Without one, `/metrics` is for whoever may ask the gateway."""
    gateway_cached_documents: Annotated[int, Field(ge=1)] = 1_000

    gateway_passed_headers: str = ",".join(DEFAULT)
    """Headers of clients that go on to subgraphs, besides `X-Request-Id` and `traceparent`."""
    gateway_override_labels: str | None = None
    """Labels of `@override` that are active, with commas between them; `percent(n)` needs no setting."""
    gateway_streams: Annotated[int, Field(ge=0)] = 500
    """Subscriptions that one process has open."""
    gateway_streams_of_client: Annotated[int, Field(ge=0)] = 20
    gateway_stream_keep_alive_seconds: Annotated[float, Field(gt=0)] = 15
    """How often a stream with nothing to tell says so."""
    gateway_stream_stall_seconds: Annotated[float, Field(gt=0)] = 30
    """A stream whose client takes nothing for this long is cut."""
    gateway_stream_silence_seconds: Annotated[float, Field(gt=0)] = 60
    """A subgraph that says nothing for this long, not even that it has nothing to say, has failed."""
    gateway_explorer: bool = True
    """A page at `/graphql` for browsers."""
    gateway_examples: Path = REPOSITORY / "schema" / "examples"
    """The folder of the page's saved queries; those that the supergraph cannot answer are not shown."""
    gateway_introspection: bool = True
    gateway_reveal_errors: bool = False
    """Pass on the text of errors that a subgraph did not foresee: it may tell of its inside."""
    gateway_log_hidden_errors: bool = False
    """Log that text with the request's id: it may hold personal data. That there was one is logged anyway."""

    @field_validator("gateway_passed_headers")
    @classmethod
    def _may_be_passed(cls, names: str) -> str:
        PassedHeaders(names.split(","))
        return names

    @model_validator(mode="after")
    def _trusts_some(self) -> Self:
        if self.gateway_only_trusted_documents and self.gateway_trusted_documents is None:
            raise ValueError("ESSOR_GATEWAY_ONLY_TRUSTED_DOCUMENTS needs ESSOR_GATEWAY_TRUSTED_DOCUMENTS")
        return self

    def urls_of(self, supergraph: Supergraph) -> dict[str, str]:
        """The addresses set for subgraphs of this supergraph, by name; those set for others do not count."""
        keys = {subgraph.name: key_of(subgraph.name) for subgraph in supergraph.subgraphs.values()}
        return {name: self.subgraph_urls[key] for name, key in keys.items() if key in self.subgraph_urls}
