"""The text of a step's request: compact, with the variables it uses and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graphql.language import (
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    print_ast,
)
from graphql.utilities import strip_ignored_characters

from gateway.plan import Fetch
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from graphql.language import OperationDefinitionNode, ValueNode

    from gateway.planner.steps import Asked, Output, Step


def write_fetch(step: Step, operation: OperationDefinitionNode, service: str) -> Fetch:
    definitions = {each.variable.name.value: each for each in operation.variable_definitions or ()}
    used = set(_variables_of(step.output))
    names = tuple(name for name in definitions if name in used)
    declared = [print_ast(replace(definitions[name], directives=())) for name in names]
    representations = "representations"
    while representations in definitions:
        representations = f"_{representations}"
    body = _write_output(step.output)
    if step.is_entity:
        declared.append(f"${representations}: [_Any!]!")
        body = f"{{_entities(representations: ${representations}) {body}}}"
    head = f"{step.operation}({', '.join(declared)})" if declared else step.operation
    return Fetch(
        number=step.number,
        graph=step.graph,
        service=service,
        path=step.path,
        visible_names=step.visible_names,
        operation=step.operation,
        document=strip_ignored_characters(f"{head} {body}"),
        variables=names,
        representations=representations,
        needs=step.needs,
        typenames=step.typenames,
        output=step.output,
        parents=tuple(sorted(parent.number for parent in step.parents)),
    )


def _write_output(output: Output) -> str:
    parts = [TYPENAME] if output.typename or not (output.fields or output.fragments) else []
    parts += [_write_field(asked) for asked in output.fields.values()]
    parts += [f"... on {name} {_write_output(below)}" for name, below in sorted(output.fragments.items())]
    return f"{{{' '.join(parts)}}}"


def _write_field(asked: Asked) -> str:
    label = asked.name if asked.alias == asked.name else f"{asked.alias}: {asked.name}"
    arguments = ", ".join(print_ast(argument) for argument in asked.arguments)
    below = f" {_write_output(asked.below)}" if asked.below is not None else ""
    return f"{label}{f'({arguments})' if arguments else ''}{below}"


def _variables_of(output: Output) -> Iterator[str]:
    for asked in output.fields.values():
        yield from _variables_in(argument.value for argument in asked.arguments)
        if asked.below is not None:
            yield from _variables_of(asked.below)
    for below in output.fragments.values():
        yield from _variables_of(below)


def _variables_in(values: Iterable[ValueNode]) -> Iterator[str]:
    for value in values:
        if isinstance(value, VariableNode):
            yield value.name.value
        elif isinstance(value, ListValueNode):
            yield from _variables_in(value.values)
        elif isinstance(value, ObjectValueNode):
            yield from _variables_in(field.value for field in value.fields)
