"""What HTTP itself refuses, in both languages: code, title and detail by status."""

from services.kernel.language import Text

STANDARD_PROBLEMS: dict[int, tuple[str, Text, Text]] = {
    400: ("bad-request", Text("Requête invalide", "Bad request"), Text("{reason}", "{reason}")),
    401: (
        "unauthenticated",
        Text("Jeton absent ou refusé", "Token missing or refused"),
        Text(
            "Donnez un jeton valable dans l'en-tête Authorization: Bearer ….",
            "Give a valid token in the header Authorization: Bearer ….",
        ),
    ),
    404: (
        "no-such-address",
        Text("Adresse inconnue", "No such address"),
        Text(
            "Rien n'est servi à cette adresse ; la liste est dans /openapi.json.",
            "Nothing is served here; /openapi.json has the list.",
        ),
    ),
    405: (
        "method-not-allowed",
        Text("Méthode non permise", "Method not allowed"),
        Text("Cette adresse n'accepte pas cette méthode.", "This address does not accept this method."),
    ),
    408: (
        "head-too-slow",
        Text("Requête trop lente à venir", "Request too slow to come"),
        Text(
            "L'adresse et les en-têtes ne sont pas arrivés en {limit_seconds} s ; rien n'a été fait.",
            "The address and the headers did not come within {limit_seconds} s; nothing was done.",
        ),
    ),
    409: (
        "conflict",
        Text("Conflit", "Conflict"),
        Text(
            "La base de données refuse ce changement (règle {constraint}) et rien n'a été enregistré ; "
            "relisez l'état actuel avant de recommencer.",
            "The database refuses this change (rule {constraint}) and nothing was recorded; "
            "read the present state before you try again.",
        ),
    ),
    413: (
        "body-too-large",
        Text("Corps trop volumineux", "Body too large"),
        Text(
            "Le corps dépasse {limit_bytes} octets ; réduisez-le, ou envoyez-le en plusieurs fois.",
            "The body is over {limit_bytes} bytes; make it smaller, or send it in several calls.",
        ),
    ),
    422: (
        "invalid-input",
        Text("Données invalides", "Invalid input"),
        Text(
            "{count} donnée(s) à corriger : voyez « errors ».",
            "{count} value(s) to correct: see `errors`.",
        ),
    ),
    429: (
        "too-many-requests",
        Text("Trop d'appels", "Too many requests"),
        Text(
            "Au plus {burst} appels d'un coup, puis {per_second} par seconde ; "
            "recommencez dans {wait_seconds} s.",
            "At most {burst} requests at once, then {per_second} a second; try again in {wait_seconds} s.",
        ),
    ),
    431: (
        "head-too-large",
        Text("En-têtes trop volumineux", "Headers too large"),
        Text(
            "L'adresse et les en-têtes dépassent {limit_bytes} octets.",
            "The address and the headers are over {limit_bytes} bytes.",
        ),
    ),
    500: (
        "internal-error",
        Text("Erreur interne", "Internal error"),
        Text(
            "L'erreur est de notre côté et rien n'a été enregistré ; citez la requête {request_id}.",
            "The fault is ours and nothing was recorded; quote request {request_id}.",
        ),
    ),
    503: (
        "unavailable",
        Text("Service momentanément indisponible", "Service unavailable for now"),
        Text(
            "Le service n'a pas pu répondre ; recommencez dans quelques secondes, "
            "avec la même Idempotency-Key : rien ne sera fait deux fois.",
            "The service could not answer; try again in a few seconds, "
            "with the same Idempotency-Key: nothing will be done twice.",
        ),
    ),
    504: (
        "too-slow",
        Text("Délai dépassé", "Too slow"),
        Text(
            "La requête a dépassé {limit_seconds} s et a été abandonnée ; "
            "recommencez avec la même Idempotency-Key.",
            "The request took over {limit_seconds} s and was given up; "
            "try again with the same Idempotency-Key.",
        ),
    ),
}
