"""Every error leaves as `application/problem+json` (RFC 9457), in the caller's language."""

from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from services.kernel.language import Language
from services.kernel.refusals import InvalidInput, NotAllowed, NotFound, Refusal, SeveralRefusals
from services.runtime.addresses import methods_at
from services.runtime.database.transactions import DatabaseAwayError
from services.runtime.input_messages import input_message
from services.runtime.invalid_content import InvalidContent
from services.runtime.language_negotiation import preferred_language
from services.runtime.logs import logger
from services.runtime.standard_problems import STANDARD_PROBLEMS

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
MOST_ERRORS = 50
NO_SUCH_CHARACTER = "22021"  # a NUL that no field's type has caught
LARGEST_EXACT = 2**53

# Deadlock, serialization failure, lock not available, cancelled, too many connections, shutting down.
PASSING_STATES = frozenset({"40P01", "40001", "55P03", "57014", "53300", "57P01", "57P02", "57P03", "08006"})
# Foreign key, unique, check, exclusion. Not 23000 or 23502: our own journal's rules, and a value left out.
CONFLICT_STATES = frozenset({"23503", "23505", "23514", "23P01"})


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    instance: str,
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    content = {
        **(facts or {}),
        "type": f"urn:essor:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    return Response(
        orjson.dumps(_plain(content)), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def standard_problem(
    status: int,
    *,
    instance: str,
    language: Language,
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    code, title, detail = STANDARD_PROBLEMS[status]
    return problem(
        status,
        code,
        title.render(language),
        detail.render(language, {"reason": "", **(facts or {})}),
        instance=instance,
        facts=facts,
        headers=headers,
    )


def refusal_problem(refusal: Refusal, *, instance: str, language: Language) -> Response:
    if isinstance(refusal, InvalidInput):
        message = refusal.reason.render(language, refusal.reason_facts)
        errors = [{"pointer": refusal.pointer, "code": refusal.code, "message": message}]
        return standard_problem(
            422, instance=instance, language=language, facts={"count": 1, "errors": errors}
        )
    facts = refusal.facts
    if isinstance(refusal, SeveralRefusals):
        facts = {**facts, "errors": refusal.errors(language)}
    if isinstance(refusal, InvalidContent):
        facts = {**facts, "errors": input_errors(refusal.found, language)}
    return problem(
        status_of(refusal),
        refusal.code,
        refusal.title.render(language),
        refusal.message(language),
        instance=instance,
        facts=facts,
    )


def status_of(refusal: Refusal) -> int:
    match refusal:
        case NotFound():
            return 404
        case NotAllowed():
            return 403
        case InvalidInput():
            return 422
        case _:
            return getattr(refusal, "http_status", 409)


def input_errors(errors: Sequence[Mapping[str, Any]], language: Language) -> list[dict[str, str]]:
    """Each with where it stands: a JSON pointer into the body, or `?name` for a query parameter."""
    return [
        {
            "pointer": _pointer(error["loc"]) if error["type"] != "json_invalid" else "",
            "code": str(error["type"]).replace("_", "-"),
            "message": input_message(error["type"], error.get("ctx") or {}, error["msg"], language),
        }
        for error in errors[:MOST_ERRORS]
    ]


def _pointer(location: Sequence[str | int]) -> str:
    place, *path = location
    if place == "body":
        return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    return f"?{path[0]}" if place == "query" and path else "/".join(map(str, location))


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case None | bool() | float():
            return value
        case int() if abs(value) <= LARGEST_EXACT:
            return value
        case _:
            # Half a surrogate pair is no text that an answer could carry.
            return str(value).encode(errors="replace").decode()


def is_passing(error: BaseException) -> bool:
    """Whether the database is away or busy, so that the same call may succeed later."""
    if isinstance(error, (DatabaseAwayError, PoolTimeoutError, ConnectionError, TimeoutError)):
        return True
    # Not every InterfaceError: the driver has one for a value that it cannot send, which no retry mends.
    return isinstance(error, DBAPIError) and (error.connection_invalidated or _state(error) in PASSING_STATES)


def _state(error: BaseException) -> str | None:
    """PostgreSQL's SQLSTATE, where it is the database that refused."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return state if isinstance(state, str) else None


def install(app: FastAPI) -> None:
    """Refusals and malformed requests become problems; `Edge` answers for what is unexpected."""

    @app.exception_handler(Refusal)
    async def _refusal(request: Request, refusal: Refusal) -> Response:
        return refusal_problem(refusal, instance=request.url.path, language=_language(request))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        language = _language(request)
        errors = input_errors(error.errors(), language)
        return standard_problem(
            422,
            instance=request.url.path,
            language=language,
            facts={"count": len(errors), "errors": errors},
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        status = error.status_code if error.status_code in STANDARD_PROBLEMS else HTTPStatus.BAD_REQUEST
        reason = {"reason": str(error.detail)} if status == HTTPStatus.BAD_REQUEST else {}
        headers = error.headers
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = {"Allow": ", ".join(methods_at(app, request.scope["path"]))}
        return standard_problem(
            status,
            instance=request.url.path,
            language=_language(request),
            headers=headers,
            facts=getattr(error, "facts", reason),
        )


def unexpected_problem(error: Exception, *, instance: str, language: Language, request_id: str) -> Response:
    if is_passing(error):
        reason = error.__cause__ if isinstance(error, DatabaseAwayError) else error
        logger.warning("unavailable", error=type(reason).__name__, sqlstate=_state(reason or error))
        return unavailable_problem(instance, language)
    if _state(error) in CONFLICT_STATES:
        # The rules ought to have refused before; the database did, and only the rule's name is told.
        constraint = _constraint(error)
        logger.error("conflict", constraint=constraint, frames=_frames(error))
        return standard_problem(
            409, instance=instance, language=language, facts={"constraint": constraint or "-"}
        )
    if _state(error) == NO_SUCH_CHARACTER:
        message = input_message("control-character", {}, "", language)
        errors = [{"pointer": "", "code": "control-character", "message": message}]
        return standard_problem(
            422, instance=instance, language=language, facts={"count": 1, "errors": errors}
        )
    # The exception's text may hold parameters, which may be personal: its type and place are enough.
    logger.error("internal-error", error=type(error).__name__, sqlstate=_state(error), frames=_frames(error))
    return standard_problem(500, instance=instance, language=language, facts={"request_id": request_id})


def unavailable_problem(instance: str, language: Language) -> Response:
    return standard_problem(
        503, instance=instance, language=language, headers={"Retry-After": str(RETRY_SECONDS)}
    )


def _constraint(error: Exception) -> str | None:
    refused = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else None
    return getattr(refused, "constraint_name", None)


def _frames(error: BaseException) -> list[str]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-12:]


def _language(request: Request) -> Language:
    return preferred_language(request.headers.get("accept-language"))
