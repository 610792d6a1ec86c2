"""Documents of clients: limited, parsed, validated and planned once, then kept, up to a bound."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import ref

from graphql import execute_sync
from graphql.error import GraphQLError
from graphql.execution import get_variable_values
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    VariableNode,
    parse,
)
from graphql.validation import (
    MaxIntrospectionDepthRule,
    NoFragmentCyclesRule,
    NoSchemaIntrospectionCustomRule,
    specified_rules,
    validate,
)

from gateway.costs import Costs
from gateway.counts import DocumentCounts
from gateway.depths import Depth
from gateway.executor.execute import Program
from gateway.executor.projection import Projector
from gateway.introspection import check_introspection, schema_part
from gateway.list_limits import ListTooLongError, ValueTooDeepError, check_document, check_given, check_sizes
from gateway.plain_variables import plain_kinds, plain_values
from gateway.repeated_fields import check_repeated_fields

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from graphql.language import DocumentNode, SelectionNode, SelectionSetNode

    from gateway.planner import Planner
    from gateway.supergraph import Supergraph

MAX_ERRORS = 10
LARGEST_TOLD = 2**53 - 1
"""A cost may have sixty digits; this is the largest whole number that every reader of JSON keeps."""

MAX_PROGRAMS_PER_OPERATION = 64
PLANS_PER_DOCUMENT = 2
"""As many are kept of all documents together: few have conditions, and those that have could have dozens."""

Choice = tuple[tuple[bool, ...], frozenset[str]]
"""What the conditions come to, and the labels that are active."""

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The values used last, up to a number of them and up to a total weight."""

    def __init__(self, *, count: int, weight: int) -> None:
        self._count = count
        self._weight = weight
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._total = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def last_used(self, count: int) -> list[Key]:
        return list(islice(reversed(self._values), count))

    def put(self, key: Key, value: Value, weight: int) -> None:
        if key in self._values:
            self._total -= self._values.pop(key)[1]
        self._values[key] = (value, weight)
        self._total += weight
        while self._values and (len(self._values) > self._count or self._total > self._weight):
            _, (_, freed) = self._values.popitem(last=False)
            self._total -= freed


class RequestRefusedError(Exception):
    """The request is not carried out at all; the errors say why."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    characters: int = 100_000
    tokens: int = 2_000
    depth: int = 20
    aliases: int = 100
    cached: int = 1_000
    cached_characters: int = 8_000_000
    introspection: bool = True
    cost: int = 100_000
    list_items: int = 1_000
    fields: int = 5_000


@dataclass(slots=True, weakref_slot=True, eq=False)
class KnownOperation:
    """One operation of one document that has passed validation."""

    document: DocumentNode
    operation: OperationDefinitionNode
    conditions: tuple[str, ...]
    """Variables that `@skip` and `@include` name: with them the plan differs."""
    local: DocumentNode | None
    """The part on the schema itself, which needs no subgraph; None if the operation has none."""
    costs: Costs
    plain: Mapping[str, type] | None = None
    """The kinds of its variables, if they are all plain."""
    programs: dict[Choice, Program] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    """Labels of `@override` that some plan of it hung on: with those of them that are active it differs."""
    schema_answer: dict[str, Any] | None = None


class Documents:
    def __init__(
        self,
        supergraph: Supergraph,
        planner: Planner,
        limits: DocumentLimits,
        counts: DocumentCounts | None = None,
    ) -> None:
        self._counts = counts or DocumentCounts()
        self._supergraph = supergraph
        self._planner = planner
        self._limits = limits
        self._kept: Kept[tuple[str, str | None], KnownOperation] = Kept(
            count=limits.cached, weight=limits.cached_characters
        )
        self._planned: deque[tuple[ref[KnownOperation], Choice]] = deque()
        self._rules = [*specified_rules, MaxIntrospectionDepthRule]
        if not limits.introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)

    def __len__(self) -> int:
        return len(self._kept)

    def last_used(self, count: int) -> list[tuple[str, str | None]]:
        """Texts and names of the operations that were asked for last."""
        return self._kept.last_used(count)

    def operation(self, text: str, name: str | None) -> KnownOperation:
        """Raises `RequestRefusedError` for a document that cannot be parsed, passes a limit or is not
        valid.
        """
        known = self._kept.get((text, name))
        if known is not None:
            self._counts.known += 1
        else:
            self._counts.new += 1
            document = self._parse(text)
            operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
            # A name that none has costs no validation; that there is no operation at all, it explains.
            operation = _chosen(operations, name) if operations else None
            self._check_limits(document)
            errors = validate(self._supergraph.api, document, self._rules, max_errors=MAX_ERRORS)
            if errors:
                raise RequestRefusedError(errors, "GRAPHQL_VALIDATION_FAILED")
            known = self._known(document, operation or _chosen(operations, name))
            self._kept.put((text, name), known, len(text))
        return known

    def variables(self, known: KnownOperation, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The client's variables, coerced; raises `RequestRefusedError` for those the schema does not
        accept, or that make the operation too costly.
        """
        definitions = known.operation.variable_definitions
        if not definitions:
            self._check_cost(known, {})
            return {}
        try:
            check_given(given, self._limits.list_items)
            values = plain_values(known.plain, given) if known.plain is not None else None
            if values is None:
                coerced = get_variable_values(
                    self._supergraph.api, definitions, dict(given), max_errors=MAX_ERRORS
                )
                if isinstance(coerced, list):
                    raise RequestRefusedError(coerced, "BAD_USER_INPUT")
                values = coerced.coerced
            check_sizes(values, known.costs.sizes, self._limits.list_items)
        except ListTooLongError as error:
            raise RequestRefusedError([error], "LIST_TOO_LONG") from error
        except ValueTooDeepError as error:
            raise RequestRefusedError([error], "BAD_USER_INPUT") from error
        self._check_cost(known, values)
        return values

    def _check_cost(self, known: KnownOperation, coerced: Mapping[str, Any]) -> None:
        cost = known.costs.of(known.operation, coerced)
        if cost > self._limits.cost:
            told = f"more than {LARGEST_TOLD}" if cost > LARGEST_TOLD else str(cost)
            message = (
                f"The operation may come to {told} fields; at most {self._limits.cost} are accepted. "
                "Ask for fewer items or fields."
            )
            extensions = {"cost": min(cost, LARGEST_TOLD), "limit": self._limits.cost}
            raise RequestRefusedError([GraphQLError(message, extensions=extensions)], "TOO_COSTLY")

    def program(
        self, known: KnownOperation, coerced: Mapping[str, Any], labels: frozenset[str] = frozenset()
    ) -> Program:
        """`labels` are those of `@override` that are active for the request."""
        choice = tuple(bool(coerced.get(name)) for name in known.conditions)
        program = known.programs.get((choice, labels & known.labels))
        if program is None:
            started = time.perf_counter()
            try:
                plan = self._planner.plan(known.document, known.operation, coerced, labels)
                projector = Projector(self._supergraph, known.document, known.operation, coerced)
            except GraphQLError as error:
                raise RequestRefusedError([error], "OPERATION_NOT_PLANNED") from error
            program = Program(plan, projector)
            self._counts.planning.note(time.perf_counter() - started)
            if len(known.programs) >= MAX_PROGRAMS_PER_OPERATION:
                known.programs.clear()
            # A plan kept before these labels were known to matter is found no more, or is the right one.
            known.labels |= plan.labels
            known.programs[choice, labels & known.labels] = program
            self._forget_after(known, (choice, labels & known.labels))
        return program

    def _forget_after(self, known: KnownOperation, choice: Choice) -> None:
        """The plan made first goes when there are too many; one that is still asked for is made again."""
        self._planned.append((ref(known), choice))
        if len(self._planned) > self._limits.cached * PLANS_PER_DOCUMENT:
            oldest, choice = self._planned.popleft()
            operation = oldest()
            if operation is not None:
                operation.programs.pop(choice, None)

    def schema_answer(self, known: KnownOperation, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the operation asks of the schema itself."""
        if known.local is None:
            return {}
        if known.schema_answer is not None:
            return known.schema_answer
        result = execute_sync(self._supergraph.api, known.local, variable_values=dict(given))
        if result.errors:
            raise RequestRefusedError(list(result.errors), "INTROSPECTION_FAILED")
        answer = result.data or {}
        if not known.operation.variable_definitions:
            known.schema_answer = answer
        return answer

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self._limits.characters:
            # A single token may be as long as the document, and is read letter by letter.
            message = f"The document is longer than {self._limits.characters} characters: use variables."
            raise RequestRefusedError([GraphQLError(message)], "DOCUMENT_TOO_LONG")
        try:
            return parse(text, max_lexical_tokens=self._limits.tokens)
        except GraphQLError as error:
            raise RequestRefusedError([error], "GRAPHQL_PARSE_FAILED") from error

    def _check_limits(self, document: DocumentNode) -> None:
        aliases = sum(1 for node in _fields(document) if node.alias)
        if aliases > self._limits.aliases:
            message = f"The document has {aliases} aliases; at most {self._limits.aliases} are accepted."
            raise RequestRefusedError([GraphQLError(message)], "TOO_MANY_ALIASES")
        depth = Depth(document).deepest()
        if depth > self._limits.depth:
            message = f"The document is {depth} levels deep; at most {self._limits.depth} are accepted."
            raise RequestRefusedError([GraphQLError(message)], "TOO_DEEP")
        try:
            check_repeated_fields(document, most_fields=self._limits.fields)
        except GraphQLError as error:
            # What goes round in circles has no end, and is told so rather than that it is large.
            circles = validate(self._supergraph.api, document, [NoFragmentCyclesRule], max_errors=MAX_ERRORS)
            if circles:
                raise RequestRefusedError(circles, "GRAPHQL_VALIDATION_FAILED") from error
            raise RequestRefusedError([error], "TOO_WIDE") from error
        try:
            check_document(document, self._limits.list_items)
        except ListTooLongError as error:
            raise RequestRefusedError([error], "LIST_TOO_LONG") from error

    def _known(self, document: DocumentNode, operation: OperationDefinitionNode) -> KnownOperation:
        declared = {each.variable.name.value for each in operation.variable_definitions or ()}
        conditions = tuple(sorted(declared.intersection(_conditions(document))))
        costs = Costs(self._supergraph.api, document)
        local = schema_part(document, operation)
        if local is not None:
            try:
                check_introspection(local)
            except GraphQLError as error:
                raise RequestRefusedError([error], "INTROSPECTION_TOO_WIDE") from error
        plain = plain_kinds(operation.variable_definitions or ())
        return KnownOperation(document, operation, conditions, local, costs, plain)


def _chosen(operations: list[OperationDefinitionNode], name: str | None) -> OperationDefinitionNode:
    if name is not None:
        operations = [node for node in operations if node.name and node.name.value == name]
        if not operations:
            raise RequestRefusedError(
                [GraphQLError(f"The document has no operation {name}.")], "OPERATION_NOT_FOUND"
            )
    if len(operations) != 1:
        message = (
            "The document has several operations: give operationName." if operations else "No operation."
        )
        raise RequestRefusedError([GraphQLError(message)], "OPERATION_NOT_FOUND")
    return operations[0]


def _nodes(document: DocumentNode) -> Iterator[SelectionNode]:
    stack: list[SelectionSetNode] = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode))
    ]
    while stack:
        for node in stack.pop().selections:
            yield node
            below = getattr(node, "selection_set", None)
            if below is not None:
                stack.append(below)


def _fields(document: DocumentNode) -> Iterator[FieldNode]:
    return (node for node in _nodes(document) if isinstance(node, FieldNode))


def _conditions(document: DocumentNode) -> set[str]:
    return {
        argument.value.name.value
        for node in _nodes(document)
        for directive in node.directives or ()
        if directive.name.value in {"skip", "include"}
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    }
