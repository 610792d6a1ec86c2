"""Every query of a test is answered again, by the ordinary executor: both answers are the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import orjson
from fastapi import FastAPI
from graphql import ExecutionResult, OperationType, get_operation_ast

from services.runtime.gateway_calls import PATH
from services.runtime.graphql.context import Context
from services.runtime.graphql.door import Door, Request
from services.runtime.graphql.errors import format_errors

IS_SECOND: ContextVar[bool] = ContextVar("is_second", default=False)
"""While it is answered the second time: no statement of that is a test's to count."""


def door_of(app: FastAPI) -> Door:
    (route,) = (each for each in app.router.routes if getattr(each, "path", None) == PATH)
    door = getattr(route.endpoint, "_door", route.endpoint)  # type: ignore[attr-defined]
    assert isinstance(door, Door)
    return door


@contextmanager
def answered_both_ways(app: FastAPI) -> Iterator[None]:
    door = door_of(app)
    answer = door._answer

    async def answer_twice(request: Request, context: Context) -> ExecutionResult:
        first = await answer(request, context)
        document = door._documents.check(request.query).document
        operation = get_operation_ast(document, request.operation_name) if document else None
        if document is None or operation is None or operation.operation is not OperationType.QUERY:
            return first
        if first.errors and not any(error.path for error in first.errors):
            return first  # refused before it was executed
        token = IS_SECOND.set(True)
        again = copied(context)
        async with again.one_snapshot():
            second = await door._schema.run(
                document, again, variables=request.variables, operation_name=request.operation_name
            )
        IS_SECOND.reset(token)
        assert shown(first, context) == shown(second, context), request.query
        return first

    door._answer = answer_twice  # type: ignore[method-assign]
    try:
        yield
    finally:
        del door._answer  # type: ignore[misc]


def copied(context: Context) -> Context:
    """With loaders of its own, which have read nothing yet."""
    return Context(
        caller=context.caller,
        language=context.language,
        today=context.today,
        database=context.database,
        entrepreneur_key=context.entrepreneur_key,
        request_id=context.request_id,
    )


Shown = tuple[bytes, list[bytes]]


def shown(result: ExecutionResult, context: Context) -> Shown:
    """Errors in any order: they come as their resolvers end."""
    errors: list[Any] = format_errors(
        result.errors or (), language=context.language, request_id=context.request_id
    )
    return orjson.dumps(result.data), sorted(map(orjson.dumps, errors))
