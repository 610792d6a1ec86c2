"""What an application serves: templates of its addresses, for log lines, and their methods, for `Allow`."""

from functools import lru_cache

from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.types import Scope

NOWHERE = "-"


def template_of(scope: Scope) -> str:
    """`/v1/loans/{loan_id}`, never the path itself: a log names no dossier."""
    app, endpoint = scope.get("app"), scope.get("endpoint")
    if app is None or endpoint is None:
        return NOWHERE
    return _templates(app).get(id(endpoint), NOWHERE)


@lru_cache(maxsize=8)
def _templates(app: Starlette) -> dict[int, str]:
    # A router's own route knows no prefix: only its inclusion in the application does.
    return {
        id(context.endpoint): context.path_format
        for context in iter_route_contexts(app.routes)
        if context.endpoint is not None and context.path_format is not None
    }


def methods_at(app: Starlette, path: str) -> list[str]:
    """Of all routes at this address together: each route alone knows its own method only."""
    methods: set[str] = set()
    for context in iter_route_contexts(app.routes):
        if context.methods and context.path_regex.match(path):
            methods |= context.methods
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)
