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

from gateway.plan import GROUP, Fetch, Part, write_document
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql.language import OperationDefinitionNode, ValueNode

    from gateway.planner.steps import Asked, Output, Step


def write_fetches(
    steps: Sequence[Step], operation: OperationDefinitionNode, services: Mapping[str, str]
) -> tuple[Fetch, ...]:
    """The requests of all steps. Steps about entities of one graph in one wave share one: none could wait for
    another, and the last of a wave is waited for anyway.

    `services` gives each graph the name that people know it by.
    """
    groups: dict[tuple[str, int, int | None], list[Step]] = {}
    _sink(steps)
    for step in sorted(steps, key=lambda each: (each.wave, each.number)):
        groups.setdefault((step.graph, step.wave, None if step.is_entity else step.number), []).append(step)
    number_of = {step: number for number, group in enumerate(groups.values()) for step in group}
    parents_of: list[frozenset[int]] = []
    elders_of: list[frozenset[int]] = []
    for group in groups.values():
        waited_for = {number_of[parent] for step in group for parent in step.parents}
        elders = frozenset[int]().union(*(elders_of[parent] for parent in waited_for))
        parents_of.append(frozenset(waited_for - elders))
        elders_of.append(elders | waited_for)
    return tuple(
        _write_fetch(number, group, operation, services[group[0].graph], tuple(sorted(parents_of[number])))
        for number, group in enumerate(groups.values())
    )


def _sink(steps: Sequence[Step]) -> None:
    """Let what a graph is asked wait for a later request to it, if nothing else would then come later."""
    awaited: dict[Step, int] = {}
    for step in steps:
        for parent in step.parents:
            awaited[parent] = min(step.wave, awaited.get(parent, step.wave))
    together: dict[tuple[str, int], list[Step]] = {}
    for step in steps:
        if step.is_entity:
            together.setdefault((step.graph, step.wave), []).append(step)
    for graph, wave in sorted(together, key=lambda each: -each[1]):
        here = together[graph, wave]
        latest = min(awaited.get(step, len(steps) + 1) for step in here)
        later = next((each for each in range(wave + 1, latest) if (graph, each) in together), None)
        if later is None:
            continue
        together[graph, later] += together.pop((graph, wave))
        for step in here:
            step.wave = later
            for parent in step.parents:
                waiting = (other.wave for other in steps if parent in other.parents)
                awaited[parent] = min(waiting)


def _write_fetch(
    number: int,
    steps: list[Step],
    operation: OperationDefinitionNode,
    service: str,
    parents: tuple[int, ...],
) -> Fetch:
    definitions = {each.variable.name.value: each for each in operation.variable_definitions or ()}
    used = {name for step in steps for name in _variables_of(step.output)}
    names = tuple(name for name in definitions if name in used)
    declared = tuple(print_ast(replace(definitions[name], directives=())) for name in names)
    parts = tuple(
        _write_part(step, str(place) if len(steps) > 1 else "", definitions)
        for place, step in enumerate(steps)
    )
    return Fetch(
        number=number,
        graph=steps[0].graph,
        service=service,
        operation=steps[0].operation,
        document=write_document(steps[0].operation, declared, parts),
        variables=names,
        declared=declared,
        parts=parts,
        parents=parents,
    )


def _write_part(step: Step, suffix: str, taken: Iterable[str]) -> Part:
    representations = _free(f"representations{suffix}", taken)
    contexts = tuple(
        (_free(f"context{suffix}_{number}", taken), value)
        for number, value in enumerate(step.contexts.values())
    )
    return Part(
        path=step.path,
        visible_names=step.visible_names,
        needs=step.needs,
        typenames=step.typenames,
        output=step.output,
        selection=_write_output(step.output, [name for name, _ in contexts]),
        entities=f"_e{suffix}" if suffix else "_entities",
        representations=representations,
        contexts=contexts,
    )


def _free(name: str, taken: Iterable[str]) -> str:
    """A name that no variable of the client begins with, so that numbers may follow it."""
    while any(each.startswith(name) for each in taken):
        name = f"_{name}"
    return name


def _write_output(output: Output, contexts: Sequence[str]) -> str:
    """`contexts` are the names of the variables with what ancestors tell."""
    parts = [TYPENAME] if output.typename or not (output.fields or output.fragments) else []
    parts += [_write_field(asked, contexts) for asked in output.fields.values()]
    parts += [
        f"...on {name}{_write_output(below, contexts)}" for name, below in sorted(output.fragments.items())
    ]
    return f"{{{' '.join(parts)}}}"


def _write_field(asked: Asked, contexts: Sequence[str]) -> str:
    label = asked.name if asked.alias == asked.name else f"{asked.alias}:{asked.name}"
    arguments = [f"{each.name.value}:{print_ast(each.value)}" for each in asked.arguments]
    arguments += [f"{name}:${contexts[number]}{GROUP}" for name, number in asked.contexts]
    told = ",".join(arguments)
    below = _write_output(asked.below, contexts) if asked.below is not None else ""
    return f"{label}{f'({told})' if told else ''}{below}"


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
