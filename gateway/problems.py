"""Answers to requests that are not GraphQL, as RFC 9457 problems: French unless the caller prefers
English.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"

Words = tuple[str, str]
"""In French, in English."""

PROBLEMS: dict[str, tuple[Words, Words]] = {
    "malformed-json": (
        ("Requête illisible", "Unreadable request"),
        ("Le corps n'est pas du JSON valide.", "The body is not valid JSON."),
    ),
    "no-such-address": (
        ("Adresse inconnue", "No such address"),
        ("Rien n'est servi à cette adresse.", "Nothing is served here."),
    ),
    "method-not-allowed": (
        ("Méthode non permise", "Method not allowed"),
        ("Cette adresse n'accepte pas cette méthode.", "This address does not accept this method."),
    ),
    "body-too-large": (
        ("Corps trop volumineux", "Body too large"),
        ("Le corps dépasse la taille admise.", "The body is larger than is accepted."),
    ),
    "unsupported-media-type": (
        ("Format non admis", "Unsupported media type"),
        ("Le corps doit être en application/json.", "The body must be application/json."),
    ),
    "invalid-input": (
        ("Données invalides", "Invalid input"),
        (
            "Le corps n'est pas une requête GraphQL : voyez « errors ».",
            "The body is no GraphQL request: see `errors`.",
        ),
    ),
    "batch-refused": (
        ("Une question par appel", "One query a call"),
        (
            "Les tableaux de questions ne sont pas acceptés : envoyez-les l'une après l'autre.",
            "Arrays of queries are not accepted: send them one after the other.",
        ),
    ),
    "batch-too-long": (
        ("Trop de questions", "Too many queries"),
        (
            "Le tableau doit contenir au moins une question, et pas plus que la limite.",
            "The array must hold at least one query, and no more than the limit.",
        ),
    ),
    "mutation-by-get": (
        ("Une écriture se demande par POST", "A mutation is sent by POST"),
        (
            "GET ne sert qu'à lire : rien n'a été fait.",
            "GET is for reading only: nothing was done.",
        ),
    ),
    "preflight-required": (
        ("En-tête requis", "Header required"),
        (
            "Il faut un en-tête que la page d'un autre site ne peut pas envoyer : voyez « accepted ».",
            "A GET must have a header that another site's page cannot send: see `accepted`.",
        ),
    ),
    "unauthenticated": (
        ("Clé absente ou refusée", "Key missing or refused"),
        ("Cette adresse demande une clé.", "This address asks for a key."),
    ),
    "too-many-streams": (
        ("Trop de flux ouverts", "Too many open streams"),
        (
            "Autant de flux que permis sont ouverts ; fermez-en un avant d'en ouvrir un autre.",
            "As many streams are open as are allowed; close one before you open another.",
        ),
    ),
    "too-slow": (
        ("Délai dépassé", "Too slow"),
        (
            "La requête a pris trop longtemps et a été abandonnée ; recommencez avec la même idempotencyKey.",
            "The request took too long and was given up; try again with the same idempotencyKey.",
        ),
    ),
    "internal-error": (
        ("Erreur interne", "Internal error"),
        (
            "L'erreur est de notre côté ; citez l'identifiant de la requête (X-Request-Id).",
            "The fault is ours; quote the request's id (X-Request-Id).",
        ),
    ),
}

CODES = {
    401: "unauthenticated",
    404: "no-such-address",
    405: "method-not-allowed",
    500: "internal-error",
    504: "too-slow",
}


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
    code = code or CODES.get(status, f"http-{status}")
    phrase = HTTPStatus(status).phrase
    title, explained = PROBLEMS.get(code, ((phrase, phrase), (phrase, phrase)))
    content: dict[str, Any] = {
        "type": f"urn:essor:problem:{code}",
        "title": title[english],
        "status": status,
        "detail": detail or explained[english],
        "instance": instance,
        "code": code,
        **facts,
    }
    return Response(orjson.dumps(content), status_code=status, headers=headers, media_type=PROBLEM_JSON)
