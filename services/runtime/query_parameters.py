"""Parameters of an address: one that nobody knows, or twice where one is expected, is a mistake to tell."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin
from weakref import WeakKeyDictionary

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

SEVERAL = (list, set, frozenset, tuple)

# By endpoint: a route has no hash.
_KNOWN: WeakKeyDictionary[Callable[..., Any], dict[str, bool]] = WeakKeyDictionary()


async def known_parameters_only(request: Request) -> None:
    """A dependency of every route: a filter with a slip in its name would silently filter nothing."""
    if not request.scope["query_string"]:
        return
    known = _known(request.scope["route"])
    counts = Counter(name for name, _ in request.query_params.multi_items())
    errors = [error for name, count in counts.items() if (error := _error(name, count, known)) is not None]
    if errors:
        raise RequestValidationError(errors)


def _error(name: str, count: int, known: dict[str, bool]) -> dict[str, Any] | None:
    if name not in known:
        kind = "unknown-parameter" if known else "no-parameter"
        context: dict[str, Any] = {"known": ", ".join(known)}
    elif count > 1 and not known[name]:
        kind, context = "repeated-parameter", {"count": count}
    else:
        return None
    return {"type": kind, "loc": ("query", name), "msg": "", "input": None, "ctx": context}


def _known(route: APIRoute) -> dict[str, bool]:
    """The route's parameters, and whether each may be given several times."""
    known = _KNOWN.get(route.endpoint)
    if known is None:
        known = _KNOWN[route.endpoint] = dict(_parameters(route.dependant))
    return known


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for parameter in dependant.query_params:
        yield parameter.alias, _takes_several(parameter.field_info.annotation)
    for below in dependant.dependencies:
        yield from _parameters(below)


def _takes_several(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return (origin or annotation) in SEVERAL or any(map(_takes_several, get_args(annotation)))
