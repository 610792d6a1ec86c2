"""Answers to requests that are not GraphQL, as RFC 9457 problems: French unless the caller prefers
English.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"

TITLES: dict[int, tuple[str, str]] = {
    400: ("Requête illisible", "Unreadable request"),
    401: ("Authentification requise", "Authentication required"),
    404: ("Introuvable", "Not found"),
    405: ("Méthode non admise", "Method not allowed"),
    413: ("Requête trop volumineuse", "Request too large"),
    415: ("Format non admis", "Unsupported media type"),
    422: ("Requête mal formée", "Malformed request"),
    500: ("Erreur interne", "Internal error"),
    503: ("Service indisponible", "Service unavailable"),
}

CODES = {404: "not-found", 405: "method-not-allowed", 500: "internal-error"}


def prefers_english(accept_language: str | None) -> bool:
    """Whether English comes before French among the languages a caller names."""
    weights = {"fr": 0.0, "en": 0.0}
    for place, part in enumerate((accept_language or "").split(",")):
        name, _, quality = part.strip().lower().partition(";q=")
        language = name[:2]
        try:
            weight = float(quality or 1) - place / 1000
        except ValueError:
            continue
        if language in weights:
            weights[language] = max(weights[language], weight)
    return weights["en"] > weights["fr"]


def problem(
    status: int,
    *,
    code: str | None = None,
    detail: str | None = None,
    english: bool,
    instance: str,
    headers: dict[str, str] | None = None,
    **facts: Any,
) -> Response:
    french, plain = TITLES.get(status, (HTTPStatus(status).phrase, HTTPStatus(status).phrase))
    code = code or CODES.get(status, "error")
    content: dict[str, Any] = {
        "type": f"urn:essor:problem:{code}",
        "title": plain if english else french,
        "status": status,
        "code": code,
        "instance": instance,
        **facts,
    }
    if detail:
        content["detail"] = detail
    return Response(orjson.dumps(content), status_code=status, headers=headers, media_type=PROBLEM_JSON)
