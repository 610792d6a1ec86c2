"""Every error leaves as `application/problem+json` (RFC 9457), in the caller's language."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from services.kernel.language import Language
from services.kernel.refusals import InvalidInput, NotAllowed, NotFound, Refusal
from services.runtime.addresses import methods_at
from services.runtime.input_messages import input_message
from services.runtime.language_negotiation import preferred_language
from services.runtime.logs import logger
from services.runtime.standard_problems import STANDARD_PROBLEMS

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
MOST_ERRORS = 50

# Deadlock, serialization failure, lock not available, cancelled, too many connections, shutting down.
PASSING_STATES = frozenset({"40P01", "40001", "55P03", "57014", "53300", "57P01", "57P02", "57P03", "08006"})


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
        **{name: _plain(value) for name, value in (facts or {}).items()},
        "type": f"urn:essor:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    return Response(
        orjson.dumps(content), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
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
    return problem(
        status_of(refusal),
        refusal.code,
        refusal.title.render(language),
        refusal.message(language),
        instance=instance,
        facts=refusal.facts,
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
            "pointer": _pointer(error["loc"]),
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
        case date() | UUID():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def is_passing(error: BaseException) -> bool:
    """Whether the database is away or busy, so that the same call may succeed later."""
    if isinstance(error, (PoolTimeoutError, ConnectionError, TimeoutError, InterfaceError)):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return (
            error.connection_invalidated
            or state in PASSING_STATES
            or (isinstance(error, OperationalError) and state is None)
        )
    return False


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
        logger.warning("unavailable", error=type(error).__name__)
        return standard_problem(
            503, instance=instance, language=language, headers={"Retry-After": str(RETRY_SECONDS)}
        )
    # The exception's text may hold parameters, which may be personal: its type and place are enough.
    logger.error("internal-error", error=type(error).__name__, frames=_frames(error))
    return standard_problem(500, instance=instance, language=language, facts={"request_id": request_id})


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
