"""The functions of one document: by operation, and by what `@skip` and `@include` come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments

from services.runtime.graphql.compiled.rounds import Info, Run
from services.runtime.graphql.compiled.uncovered import UncoveredError
from services.runtime.graphql.compiled.writing import Asked, Root, Writer
from services.runtime.graphql.context import Context
from services.runtime.graphql.schema import SubgraphSchema
from services.runtime.logs import logger

MOST_PLANS = 16
"""Of one document: operations and conditions together."""

CONDITIONS = ("skip", "include")


@dataclass(frozen=True, slots=True)
class Plan:
    root: Root
    asked: list[Asked]


class Plans:
    def __init__(self, schema: SubgraphSchema, document: DocumentNode, *, after_uses: int) -> None:
        self._schema, self._after_uses = schema, after_uses
        self._fragments = {
            node.name.value: FragmentDetails(node)
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._conditions = sorted(set(_variables_of_conditions(document)))
        self._plans: dict[tuple[Any, ...], Plan | None] = {}
        self._uses = 0

    async def run(
        self, operation: OperationDefinitionNode, context: Context, variables: Mapping[str, Any]
    ) -> ExecutionResult | None:
        """None where the ordinary executor has to answer: it is not covered, or it met an error.

        Only queries are, so what is asked twice changes nothing; what loaders have read, they keep.
        """
        self._uses += 1
        if self._uses <= self._after_uses or operation.operation is not OperationType.QUERY:
            return None
        coerced = get_variable_values(
            self._schema.graphql_schema, operation.variable_definitions or (), dict(variables)
        )
        if isinstance(coerced, list):
            return None
        plan = self._plan(operation, coerced)
        return None if plan is None else await self._execute(plan, context, coerced)

    def _plan(self, operation: OperationDefinitionNode, variables: VariableValues) -> Plan | None:
        name = operation.name.value if operation.name else None
        key = (name, *(variables.coerced.get(each) for each in self._conditions))
        if key not in self._plans:
            if len(self._plans) >= MOST_PLANS:
                return None
            try:
                self._plans[key] = self._written(operation, variables)
            except UncoveredError:
                self._plans[key] = None
        return self._plans[key]

    def _written(self, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        writer = Writer(self._schema, self._fragments, operation, variables)
        root = writer.write()
        if writer.to_leave:
            writer = Writer(self._schema, self._fragments, operation, variables, writer.to_leave)
            root = writer.write()
        return Plan(root, writer.asked)

    async def _execute(
        self, plan: Plan, context: Context, variables: VariableValues
    ) -> ExecutionResult | None:
        run = Run(context)
        try:
            run.arguments = [self._arguments(asked, run.info, variables) for asked in plan.asked]
            data = plan.root(None, run)
            if run.later:
                await run.finish()
        except Exception as error:  # noqa: BLE001 - the ordinary executor meets it again, and says where
            logger.debug("compiled-document-left", error=type(error).__name__)
            return None
        finally:
            run.close()
        return ExecutionResult(data, None)

    def _arguments(self, asked: Asked, info: Info, variables: VariableValues) -> dict[str, Any]:
        field, node = asked
        declared = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        return convert_arguments(
            get_argument_values(field, node, variables),
            declared.arguments,
            scalar_registry=self._schema.schema_converter.scalar_registry,
            config=self._schema.config,
            info=info,  # type: ignore[arg-type] # as far as it goes: see `Info`
        )


def _variables_of_conditions(document: DocumentNode) -> Iterator[str]:
    stack: list[SelectionSetNode] = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while stack:
        for node in stack.pop().selections:
            for directive in node.directives or ():
                if directive.name.value in CONDITIONS:
                    for argument in directive.arguments or ():
                        if isinstance(argument.value, VariableNode):
                            yield argument.value.name.value
            below = getattr(node, "selection_set", None)
            if below is not None:
                stack.append(below)
