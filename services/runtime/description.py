"""The OpenAPI document tells the truth about errors, headers and tokens, for every operation alike."""

from typing import Any

from fastapi import FastAPI

from services.runtime import idempotency, preconditions, problems

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem; the facts of a refusal stand beside these members.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "URN of the code"},
        "title": {"type": "string", "description": "What kind of problem, in the caller's language"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "What is wrong and what to do"},
        "instance": {"type": "string", "description": "The path that was called"},
        "code": {"type": "string", "description": "Stable, kebab-case"},
        "errors": {
            "type": "array",
            "description": "For a malformed request: each value, where it stands and why",
            "items": {
                "type": "object",
                "description": "One value that is not as it should be",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, or ?name"},
                    "code": {"type": "string", "description": "Kind of error"},
                    "message": {"type": "string", "description": "What is expected"},
                },
            },
        },
    },
}
PROBLEM_STATUSES = {
    "400": "The request is not usable as it is",
    "401": "No token, or one that is expired or not the issuer's",
    "403": "The role may not",
    "404": "What the caller may not see, or does not exist",
    "409": "What the state or the rules refuse",
    "412": "The dossier has changed since it was read",
    "413": "The body is too large",
    "422": "A malformed payload",
    "428": "`If-Match` is required here",
    "429": "Too many requests: come back after Retry-After seconds",
    "500": "The fault is ours and nothing was recorded",
    "503": "Unavailable for now: try again",
    "504": "Given up after the deadline: try again with the same Idempotency-Key",
}
FORMATS = """Formats of texts: `siren`, `siret`, `iban` and `bic` have their check digits, and spaces may \
stand in them; a `line` and a `text` have something to see, and neither control characters nor marks that \
turn the direction of writing; a `text` may have several lines. Dates are between 1900 and 2200."""


def _header(description: str, kind: str, example: object) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}, "example": example}


HEADERS = {
    "RateLimit-Policy": _header("How often one client may call", "string", '"client";q=1000;w=5'),
    "RateLimit": _header("What is left of it", "string", '"client";r=999;t=1'),
    "Retry-After": _header("Seconds after which the same call may succeed", "integer", 2),
    "Idempotent-Replayed": _header("`true`: the answer to an earlier call with this key", "string", "true"),
    "X-Request-Id": _header("Names this call in the logs", "string", "01932c07-9c1e-7a3b-8f21-0b5e3a6d9c42"),
}


def describe(app: FastAPI) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
            for name in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(name, None)
            components["headers"] = HEADERS
            components["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _describe_operation(method, operation, is_open=not path.startswith("/v1"))
            _describe_forms(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_operation(method: str, operation: dict[str, Any], *, is_open: bool) -> None:
    responses = operation["responses"]
    if is_open:
        responses.pop("422", None)
        return
    operation["security"] = [{"bearer": []}]
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
    impossible = _impossible_statuses(method, operation)
    for status, meaning in PROBLEM_STATUSES.items():
        if status not in impossible:
            responses[status] = _problem(meaning)
    responses["default"] = _problem("Any other problem")
    for status, response in responses.items():
        headers = _headers(method, status)
        if headers:
            response.setdefault("headers", {}).update(headers)
    if method == "post":
        parameters = operation.setdefault("parameters", [])
        if not any(parameter.get("name") == idempotency.HEADER["name"] for parameter in parameters):
            parameters += idempotency.KEY_ACCEPTED["parameters"]


def _impossible_statuses(method: str, operation: dict[str, Any]) -> set[str]:
    impossible = set() if "requestBody" in operation else {"400", "413"}
    given = {parameter.get("name") for parameter in operation.get("parameters", ())}
    if preconditions.HEADER not in given:
        impossible |= {"412", "428"}
    elif method != "patch":
        impossible.add("428")
    return impossible


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What may be left out of an address, a header or a form has no way to be null there."""
    choices = schema.get("anyOf", [])
    kept = [choice for choice in choices if choice != {"type": "null"}]
    if len(kept) != 1 or len(choices) == 1:
        return schema
    return {**kept[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _describe_forms(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
            if form is not None:
                fields = schemas[form["schema"]["$ref"].rsplit("/", 1)[-1]]["properties"]
                fields.update({name: _never_null(field) for name, field in fields.items()})


def _headers(method: str, status: str) -> dict[str, Any]:
    is_done = status.startswith("2")
    names = ["X-Request-Id"] if is_done else []
    if is_done or status == "429":
        names += ["RateLimit-Policy", "RateLimit"]
    if status in {"429", "503"}:
        names.append("Retry-After")
    if is_done and method == "post":
        names.append("Idempotent-Replayed")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(meaning: str) -> dict[str, Any]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": meaning, "content": content}
