"""A federation subgraph. Version 2.7 of the specification: the open composer refuses later ones."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLSchema
from graphql.execution import Executor, create_source_event_stream, execute
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import get_object_definition

from services.runtime.database.written_once import Rows
from services.runtime.graphql.compiled.columns import NOTHING, ByColumns
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.entities import Entity, resolve_representations
from services.runtime.graphql.scalars import SCALARS

FEDERATION_VERSION: Final = "2.7"
MOST_REPRESENTATIONS = 1_000


class SubgraphSchema(strawberry.federation.Schema):
    def __init__(
        self,
        *,
        query: type,
        mutation: type | None,
        subscription: type | None = None,
        entities: Sequence[type[Entity]],
        by_columns: ByColumns = NOTHING,
        most_representations: int = MOST_REPRESENTATIONS,
    ) -> None:
        self.by_columns = by_columns
        self._entities = {_name_of(entity): entity for entity in entities}
        self._most_representations = most_representations
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=entities,
            federation_version=FEDERATION_VERSION,
            config=StrawberryConfig(scalar_map=SCALARS),
        )

    @property
    def graphql_schema(self) -> GraphQLSchema:
        return self._schema

    async def entities_resolver(  # type: ignore[override] # the library awaits what its own gives at once
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        found = await resolve_representations(
            self._entities, info.context, representations, most=self._most_representations
        )
        return cast("list[FederationAny]", found)

    async def entities_by_columns(
        self, info: Info, representations: Sequence[object], *, rows: Mapping[type, Rows]
    ) -> list[object]:
        """The same, with rows of their class for the types that `rows` names."""
        return await resolve_representations(
            self._entities,
            info.context,
            representations,
            most=self._most_representations,
            readers={
                kind: partial(self.by_columns.entities[kind].read, rows=row) for kind, row in rows.items()
            },
        )

    async def run(
        self,
        document: DocumentNode,
        context: Context,
        *,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        event: object = None,
    ) -> ExecutionResult:
        """Executes a document that was parsed and validated before: see `documents`.

        `event` is what a subscription's document is executed for.
        """
        result = execute(
            self._schema,
            document,
            root_value=event,
            context_value=context,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
            executor_class=self.execution_context_class,
            operation_extensions=None,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def events(
        self,
        document: DocumentNode,
        context: Context,
        *,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> AsyncGenerator[Any] | ExecutionResult:
        """The events of a subscription, not yet executed; or why there are none."""
        executor = Executor.build(
            self._schema,
            document,
            context_value=context,
            raw_variable_values=dict(variables or {}),
            operation_name=operation_name,
        )
        if not isinstance(executor, Executor):
            return ExecutionResult(None, executor)
        source = create_source_event_stream(executor)
        found = source if isinstance(source, (ExecutionResult, AsyncIterable)) else await source
        return found if isinstance(found, ExecutionResult) else cast("AsyncGenerator[Any]", found)


def _name_of(entity: type) -> str:
    return get_object_definition(entity, strict=True).name
