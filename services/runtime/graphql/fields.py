"""Fields that are computed. The description comes first and cannot be left out."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolved(description: str, *, shareable: bool = False) -> Callable[[F], F]:
    """`strawberry.field` as a decorator that keeps the method's type."""
    return cast("Callable[[F], F]", strawberry.federation.field(description=description, shareable=shareable))


def mutation(description: str) -> Callable[[F], F]:
    return cast("Callable[[F], F]", strawberry.federation.mutation(description=description))


def subscription(description: str) -> Callable[[F], F]:
    return cast("Callable[[F], F]", strawberry.subscription(description=description))
