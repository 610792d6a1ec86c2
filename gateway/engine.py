"""All that hangs on one supergraph: its plans, its fetches and its connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql.error import GraphQLError
from graphql.language import OperationType

from gateway.begun import Begun
from gateway.document_texts import DocumentTexts
from gateway.documents import DocumentLimits, Documents, RequestRefusedError
from gateway.event_source import opened
from gateway.executor import Executor
from gateway.features import UnsupportedSupergraphError
from gateway.http_client import is_address
from gateway.override_labels import OverrideLabels
from gateway.planner import Planner
from gateway.settings import key_of
from gateway.subgraphs import KEY_HEADER, HttpSubgraphs, SubgraphLimits
from gateway.supergraph import load_supergraph
from gateway.trusted_documents import TrustedDocuments
from gateway.watched_subgraphs import WatchedSubgraphs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from contextlib import AbstractAsyncContextManager

    from gateway.counts import Metrics
    from gateway.documents import KnownOperation
    from gateway.event_source import SourceEvent, SourceLimits
    from gateway.executor.execute import Answer, Program
    from gateway.http_requests import GraphQLRequest
    from gateway.plan import Fetch
    from gateway.settings import GatewaySettings
    from gateway.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that is accepted, and may be run."""

    known: KnownOperation
    program: Program
    given: Mapping[str, Any]
    coerced: Mapping[str, Any]
    local: Mapping[str, Any]

    @property
    def cost(self) -> int:
        """Fields that the answer may come to."""
        return self.known.costs.of(self.known.operation, self.coerced)

    @property
    def is_subscription(self) -> bool:
        return self.known.operation.operation is OperationType.SUBSCRIPTION

    @property
    def stream_root(self) -> Fetch | None:
        """Of a subscription, what one subgraph streams; None if nothing is asked of it."""
        return next(iter(self.program.plan.fetches), None)

    @property
    def is_query(self) -> bool:
        return self.known.operation.operation is OperationType.QUERY


class Engine:
    """It holds connections: `close` it."""

    def __init__(self, settings: GatewaySettings, metrics: Metrics) -> None:
        """Raises `UnsupportedSupergraphError` if the supergraph holds what cannot be honoured, and
        `UnreadableManifestError` for trusted documents that are none.
        """
        trusted = settings.gateway_trusted_documents
        self._texts = DocumentTexts(
            TrustedDocuments.read(trusted) if trusted is not None else None,
            only_trusted=settings.gateway_only_trusted_documents,
            told=settings.gateway_persisted_queries,
        )
        self.supergraph = _read_supergraph(settings)
        self.subgraphs = HttpSubgraphs(
            self.supergraph,
            SubgraphLimits(
                fetch_seconds=settings.gateway_fetch_seconds,
                response_bytes=settings.gateway_max_subgraph_bytes,
                connections=settings.gateway_connections_per_subgraph,
                tries=settings.gateway_tries,
            ),
            key=settings.subgraph_key,
            retries=metrics.retries,
        )
        limits = DocumentLimits(
            characters=settings.gateway_max_characters,
            tokens=settings.gateway_max_tokens,
            depth=settings.gateway_max_depth,
            aliases=settings.gateway_max_aliases,
            cached=settings.gateway_cached_documents,
            introspection=settings.gateway_introspection,
            cost=settings.gateway_max_cost,
            list_items=settings.gateway_max_list_items,
            fields=settings.gateway_max_fields,
        )
        self._labels = OverrideLabels(self.supergraph.labels, settings.gateway_override_labels or "")
        planner = Planner(self.supergraph, max_fields=settings.gateway_max_fields)
        self.documents = Documents(self.supergraph, planner, limits, metrics.documents)
        services = {graph: subgraph.name for graph, subgraph in self.supergraph.subgraphs.items()}
        self.in_use = 0
        """Requests that are being carried out by it."""
        self.is_retired = False
        """Whether another has taken its place: streams end then, which would keep it for ever."""
        self._watched = WatchedSubgraphs(
            self.subgraphs, services, metrics, logs_hidden_errors=settings.gateway_log_hidden_errors
        )
        self._reveals_errors = settings.gateway_reveal_errors
        self._executor = Executor(self._watched, reveal_errors=self._reveals_errors)
        self._key = {KEY_HEADER: settings.subgraph_key} if settings.subgraph_key else {}

    def close(self) -> None:
        self.subgraphs.close()

    def plan_ahead(self, text: str, name: str | None) -> None:
        """Raises `RequestRefusedError` for a document that is not accepted here."""
        known = self.documents.operation(text, name)
        if not known.conditions:
            self.documents.program(known, {}, self._labels.active(""))

    def prepare(self, asked: GraphQLRequest, request_id: str, *, streams: bool = False) -> Prepared:
        """Raises `RequestRefusedError`, for a subscription too unless it may stream."""
        documents = self.documents
        text = self._texts.text_of(asked)
        known = documents.operation(text, asked.operation_name)
        if asked.persisted_hash is not None:
            self._texts.keep(asked)
        if known.operation.operation is OperationType.SUBSCRIPTION and not streams:
            message = "Subscriptions are streams: ask with Accept: text/event-stream."
            raise RequestRefusedError([GraphQLError(message)], "SUBSCRIPTION_NOT_STREAMED")
        coerced = documents.variables(known, asked.variables)
        program = documents.program(known, coerced, self._labels.active(request_id))
        local = documents.schema_answer(known, asked.variables)
        return Prepared(known, program, asked.variables, coerced, local)

    async def run(
        self,
        prepared: Prepared,
        headers: Mapping[str, str],
        *,
        deadline: float,
        first: dict[str, Any] | None = None,
    ) -> Answer:
        """`first` is what a stream has brought for the plan's first fetch."""
        executor = self._executor
        if first is not None:
            self._watched.look_at(prepared.program.plan.fetches[0].graph, first, headers)
            executor = Executor(Begun(self._watched, first), reveal_errors=self._reveals_errors)
        return await executor.run(
            prepared.program, prepared.given, headers, deadline=deadline, local=prepared.local
        )

    def stream(
        self, graph: str, body: bytes, headers: Mapping[str, str], limits: SourceLimits
    ) -> AbstractAsyncContextManager[AsyncGenerator[SourceEvent]]:
        """What a subgraph tells of a subscription; raises `SubgraphFailure`."""
        return opened(self.supergraph.subgraphs[graph], body, {**self._key, **headers}, limits)


def _read_supergraph(settings: GatewaySettings) -> Supergraph:
    """With the addresses that are set; raises `UnsupportedSupergraphError`, or `OSError`."""
    try:
        supergraph = load_supergraph(settings.supergraph)
    except UnicodeDecodeError as error:
        raise UnsupportedSupergraphError("this is no text in UTF-8") from error
    except (GraphQLError, TypeError) as error:
        raise UnsupportedSupergraphError(f"this is no schema: {error}") from error
    supergraph = supergraph.with_urls(settings.urls_of(supergraph))
    for subgraph in supergraph.subgraphs.values():
        if not is_address(subgraph.url):
            variable = f"ESSOR_SUBGRAPH_{key_of(subgraph.name)}_URL"
            raise UnsupportedSupergraphError(
                f"the subgraph {subgraph.name} has no http address without credentials: set {variable}"
            )
    return supergraph
