"""How errors leave: refusals with their code, the database's absence as such, everything else masked."""

import traceback
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from services.kernel.language import Language
from services.kernel.refusals import Refusal
from services.runtime.graphql.refusals import facts_of, message_of
from services.runtime.graphql.unquoted import without_values
from services.runtime.logs import logger
from services.runtime.problems import is_passing
from services.runtime.standard_problems import STANDARD_PROBLEMS

MOST_FRAMES = 12


def format_errors(
    errors: Sequence[GraphQLError], *, language: Language, request_id: str
) -> list[dict[str, Any]]:
    return [_format(error, language, request_id) for error in errors]


def _format(error: GraphQLError, language: Language, request_id: str) -> dict[str, Any]:
    message, extensions = _explain(error, language, request_id)
    shown: dict[str, Any] = {"message": message, "extensions": extensions}
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        shown["path"] = error.path
    return shown


def _explain(error: GraphQLError, language: Language, request_id: str) -> tuple[str, dict[str, object]]:
    cause = cause_of(error)
    match cause:
        case Refusal():
            return message_of(cause, language), {"code": cause.code, "facts": facts_of(cause, language)}
        case GraphQLSyntaxError():
            return without_values(cause.message), {"code": "graphql-syntax"}
        case GraphQLError():
            # The library's own words on the document or its variables: English, and no value of theirs.
            return without_values(cause.message), {"code": "graphql-invalid", **(cause.extensions or {})}
        case _ if is_passing(cause):
            logger.warning("unavailable", error=type(cause).__name__)
            code, _, detail = STANDARD_PROBLEMS[503]
            return detail.render(language), {"code": code}
        case _:
            # The exception's text may hold parameters, which may be personal: its type and place are enough.
            logger.error("internal-error", error=type(cause).__name__, frames=_frames(cause))
            code, _, detail = STANDARD_PROBLEMS[500]
            return (
                detail.render(language, {"request_id": request_id}),
                {"code": code, "request_id": request_id},
            )


def cause_of(error: GraphQLError) -> BaseException:
    """What was raised first: the executor wraps it, sometimes more than once."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
