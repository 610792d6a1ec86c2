"""Documents parsed, limited and validated once: most requests repeat one that was seen before."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse
from graphql.validation import MaxIntrospectionDepthRule, specified_rules
from strawberry.schema.schema import validate_document

from services.runtime.graphql.compiled.plans import Plans
from services.runtime.graphql.costs import Costs
from services.runtime.graphql.limits import Limits, beyond_limits

MOST_DOCUMENTS = 500
LONGEST_KEPT_CHARACTERS = 20_000
RULES = (*specified_rules, MaxIntrospectionDepthRule)
TOO_DEEP = {"code": "too-deep"}
LARGEST_TOLD = 2**53 - 1
"""A cost may have sixty digits; this is the largest whole number that every reader of JSON keeps."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that may be executed, or why not."""

    document: DocumentNode | None
    errors: Sequence[GraphQLError]
    costs: Costs | None = None
    plans: Plans | None = None


class Documents:
    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        plans_of: Callable[[DocumentNode], Plans] | None = None,
        most: int = MOST_DOCUMENTS,
    ) -> None:
        """`plans_of` makes what compiles a document; without it documents are only interpreted."""
        self._schema, self._limits, self._most = schema, limits, most
        self._plans_of = plans_of
        self._checked: OrderedDict[str, Checked] = OrderedDict()

    def check(self, text: str) -> Checked:
        checked = self._checked.get(text)
        if checked is not None:
            self._checked.move_to_end(text)
            return checked
        checked = self._check(text)
        if len(text) <= LONGEST_KEPT_CHARACTERS:
            self._checked[text] = checked
            if len(self._checked) > self._most:
                self._checked.popitem(last=False)
        return checked

    def _check(self, text: str) -> Checked:
        try:
            document = parse(text, max_tokens=self._limits.most_tokens)
            # Limits before validation, whose comparison of fields grows faster than the document.
            errors = beyond_limits(document, self._limits) or validate_document(self._schema, document, RULES)
        except GraphQLError as error:
            return Checked(None, [error])
        except RecursionError:
            return Checked(None, [GraphQLError("The document is nested too deep.", extensions=TOO_DEEP)])
        if errors:
            return Checked(None, errors)
        plans = self._plans_of(document) if self._plans_of else None
        return Checked(document, (), Costs(self._schema, document), plans)

    def too_costly(
        self, checked: Checked, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> GraphQLError | None:
        """Its variables may decide: this is asked for each request, and mostly remembered."""
        cost = checked.costs.of(operation, variables) if checked.costs else 0
        most = self._limits.most_cost
        if cost <= most:
            return None
        told = f"more than {LARGEST_TOLD}" if cost > LARGEST_TOLD else str(cost)
        message = f"The operation may come to {told} fields, over {most}: ask for fewer items or fields."
        extensions = {"code": "too-costly", "cost": min(cost, LARGEST_TOLD), "limit": most}
        return GraphQLError(message, [operation], extensions=extensions)
