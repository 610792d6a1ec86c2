"""Mutations are done once for their key, and answer a union of their result and a refusal."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import orjson
from pydantic import RootModel
from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.refusals import Refusal as RefusalOfRules
from services.runtime.graphql.context import Info
from services.runtime.graphql.inputs import checked
from services.runtime.graphql.refusals import Refusal, shown
from services.runtime.idempotency import Operation, checked_key, fingerprint, perform_once

DONE = 200


class Input(Protocol):
    @property
    def idempotency_key(self) -> str | None: ...


I = TypeVar("I", bound=Input)  # noqa: E741 - an input
R = TypeVar("R")


async def perform(
    info: Info,
    given: I,
    effect: Callable[[AsyncSession, I], Awaitable[R]],
    *,
    stored_as: type[RootModel[R]],
) -> R | Refusal:
    """What `effect` recorded, or recorded before under the same key; or why it was refused.

    The answer is always read back from what is stored, so that a replay says the same to the letter.
    """
    context = info.context
    try:
        clean = checked(given, context.language)
        stored, _ = await perform_once(
            context.database,
            context.caller,
            _operation(info, clean),
            lambda session: _stored(effect(session, clean), stored_as),
            status=DONE,
        )
    except RefusalOfRules as refusal:
        return shown(refusal, context.language)
    return stored_as.model_validate_json(stored.answer).root


async def _stored(answer: Awaitable[R], stored_as: type[RootModel[R]]) -> RootModel[R]:
    return stored_as(await answer)


def _operation(info: Info, given: Input) -> Operation | None:
    key = checked_key(given.idempotency_key, required=False)
    if key is None:
        return None
    content = dataclasses.asdict(given)  # type: ignore[call-overload]
    del content["idempotency_key"]
    return Operation(
        client=info.context.caller.client,
        method="GRAPHQL",
        path=info.field_name,
        key=key,
        fingerprint=fingerprint(orjson.dumps(to_jsonable_python(content))),
    )
