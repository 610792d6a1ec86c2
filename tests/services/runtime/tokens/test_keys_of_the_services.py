"""Where a call needs its key, the OpenAPI document says so: the route's declaration and its code agree."""

import ast
from pathlib import Path

import pytest

from services.runtime.settings import REPOSITORY

ROUTERS = sorted((REPOSITORY / "services").glob("*/rest/*.py"))


def declares(function: ast.AsyncFunctionDef) -> bool:
    return any(
        keyword.arg == "openapi_extra" and "KEY_REQUIRED" in ast.unparse(keyword.value)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def requires(function: ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(node, ast.keyword) and node.arg == "key_required" and ast.unparse(node.value) == "True"
        for node in ast.walk(function)
    )


@pytest.mark.parametrize("path", ROUTERS, ids=lambda path: str(path.relative_to(REPOSITORY / "services")))
def test_what_needs_a_key_is_declared_so(path: Path) -> None:
    routes = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.AsyncFunctionDef)]
    wrong = {route.name for route in routes if declares(route) != requires(route)}
    assert wrong == set()


def test_some_calls_need_a_key() -> None:
    assert sum("key_required=True" in path.read_text() for path in ROUTERS) >= 5
