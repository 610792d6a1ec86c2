"""One operation planned: normalised, routed, cut into fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql.error import GraphQLError
from graphql.language import FragmentDefinitionNode, OperationType

from gateway.plan import Plan
from gateway.planner.aliases import settle_aliases
from gateway.planner.contexts import Contexts
from gateway.planner.graphs import Graphs
from gateway.planner.normalize import FieldSets, Normalizer
from gateway.planner.requests import write_fetches
from gateway.planner.router import Router
from gateway.planner.routes import NO_GRAPH, Node, Route
from gateway.planner.steps import Keys, StepBuilder
from gateway.selections import SelectionSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql.language import DocumentNode, OperationDefinitionNode

    from gateway.planner.routes import Solution
    from gateway.supergraph import Supergraph


class PlanningError(GraphQLError):
    """No graph, or no chain of keys, leads to something that the schema offers."""


class Planner:
    """Plans operations on one supergraph; keeps nothing between operations but what the supergraph itself
    says.
    """

    def __init__(self, supergraph: Supergraph, *, max_fields: int = 10_000) -> None:
        self._supergraph = supergraph
        self._field_sets = FieldSets(supergraph)
        self._field_sets.check_all()
        self._contexts = Contexts(supergraph)
        self._contexts.check(self._field_sets)
        self._max_fields = max_fields

    def plan(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
        labels: frozenset[str] = frozenset(),
    ) -> Plan:
        """The plan of a valid operation; of the variables only those that `@skip` and `@include` name are
        read. `labels` are those of `@override` that are active.
        """
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        normalizer = Normalizer(self._supergraph, fragments, variables, max_fields=self._max_fields)
        selections = normalizer.operation(operation)
        keys = Keys()
        keys.claim(selections)
        builder = StepBuilder(self._supergraph)
        graphs = Graphs(self._supergraph, self._field_sets, self._contexts, labels)
        for route in self._root_routes(Router(graphs), selections, operation):
            after = builder.steps if operation.operation is OperationType.MUTATION else []
            builder.add_root(route, operation.operation.value, keys, after)
        for step in builder.steps:
            settle_aliases([step.output])
        services = {graph: subgraph.name for graph, subgraph in self._supergraph.subgraphs.items()}
        fetches = write_fetches(builder.steps, operation, services)
        return Plan(fetches, frozenset(graphs.labels_asked))

    def _root_routes(
        self, router: Router, selections: SelectionSet, operation: OperationDefinitionNode
    ) -> Iterator[Route]:
        if operation.operation is not OperationType.MUTATION:
            yield self._solved(router, selections).route
            return
        for group in self._mutation_groups(router, selections):
            yield self._solved(router, group).route

    def _mutation_groups(self, router: Router, selections: SelectionSet) -> list[SelectionSet]:
        """Mutations in the client's order: neighbours share a request only if nothing follows the earlier
        ones.
        """
        groups: list[SelectionSet] = []
        previous: str | None = None
        for item in selections.fields.values():
            alone = SelectionSet(selections.type_name, {item.slot: item})
            solution = self._solved(router, alone)
            graph = solution.route.hops[0].target.graph
            if groups and graph == previous:
                groups[-1] = SelectionSet(selections.type_name, {**groups[-1].fields, item.slot: item})
            else:
                groups.append(alone)
            previous = graph if len(solution.fetches) == 1 else None
        return groups

    def _solved(self, router: Router, selections: SelectionSet) -> Solution:
        solution = router.solve(selections, Node(NO_GRAPH, selections.type_name))
        if solution.missing is not None:
            raise PlanningError(f"No subgraph can be reached for {_first_path(solution.missing)}.")
        return solution


def _first_path(missing: SelectionSet) -> str:
    for item in missing.fields.values():
        if item.selections is None or item.selections.is_empty:
            return f"{missing.type_name}.{item.name}"
        return f"{missing.type_name}.{item.name} > {_first_path(item.selections)}"
    return next((_first_path(part) for part in missing.fragments.values()), missing.type_name)
