"""Entities in batches: each type's representations in one read, and a wrong one failing alone."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

from services.kernel.language import Text
from services.kernel.refusals import Refusal
from services.runtime.graphql.context import Context


class UnknownEntityType(Refusal):
    code = "unknown-entity-type"
    title = Text("Type d'entité inconnu", "Unknown entity type")
    detail = Text(
        "« __typename » ne nomme aucune entité de ce service.",
        "`__typename` names no entity of this service.",
    )


class MalformedKey(Refusal):
    code = "malformed-key"
    title = Text("Clé mal formée", "Malformed key")
    detail = Text(
        "« {field} » ne peut pas être la clé d'une entité « {entity} ».",
        "{field} cannot be the key of an entity {entity}.",
    )


class TooManyRepresentations(Refusal):
    code = "too-many-representations"
    title = Text("Trop d'entités à la fois", "Too many entities at once")
    detail = Text(
        "Un appel résout au plus {most} entités ; celui-ci en demande {count}.",
        "One call resolves at most {most} entities; this one asks for {count}.",
    )


class Entity(Protocol):
    """A type with `@key`. `key_field` is the one field of its key."""

    key_field: ClassVar[str]

    @classmethod
    def parse_key(cls, value: object) -> Hashable:
        """ValueError when `value` could never be a key."""

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[Any], /) -> Sequence[object | None]:
        """One answer a key, in order, by one read; None for what does not exist or is not visible."""


Reader = Callable[[Context, Sequence[Any]], Awaitable[Sequence[object | None]]]
"""As `resolve_references`, which it stands for."""


async def resolve_representations(
    types: Mapping[str, type[Entity]],
    context: Context,
    representations: Sequence[object],
    *,
    most: int,
    readers: Mapping[type[Entity], Reader] = MappingProxyType({}),
) -> list[object]:
    """An object, None or the exception of that representation alone, in their order."""
    if len(representations) > most:
        raise TooManyRepresentations(most=most, count=len(representations))
    results: list[object] = [None] * len(representations)
    wanted: dict[type[Entity], dict[int, Hashable]] = {}
    for index, representation in enumerate(representations):
        try:
            entity, key = _read(types, representation)
        except Refusal as refusal:
            results[index] = refusal
        else:
            wanted.setdefault(entity, {})[index] = key
    # Every type reads for itself; one that fails leaves the others their answers.
    answers = await asyncio.gather(
        *(
            _resolve(readers.get(entity, entity.resolve_references), context, keys)
            for entity, keys in wanted.items()
        ),
        return_exceptions=True,
    )
    for keys, answer in zip(wanted.values(), answers, strict=True):
        for index, key in keys.items():
            results[index] = answer if isinstance(answer, BaseException) else answer[key]
    return results


def _read(types: Mapping[str, type[Entity]], representation: object) -> tuple[type[Entity], Hashable]:
    name = representation.get("__typename") if isinstance(representation, dict) else None
    entity = types.get(name) if isinstance(name, str) else None
    if entity is None or not isinstance(representation, dict):
        raise UnknownEntityType
    try:
        return entity, entity.parse_key(representation.get(entity.key_field))
    except ValueError as error:
        raise MalformedKey(field=entity.key_field, entity=name) from error


async def _resolve(read: Reader, context: Context, keys: Mapping[int, Hashable]) -> dict[Hashable, object]:
    distinct = list(dict.fromkeys(keys.values()))
    return dict(zip(distinct, await read(context, distinct), strict=True))
