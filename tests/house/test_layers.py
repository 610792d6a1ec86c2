"""What import-linter cannot see: SQL outside persistence, and clocks inside the rules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.settings import REPOSITORY

SQL = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE)\s", re.MULTILINE
)
BUILDERS = {"text", "select", "insert", "update", "delete", "func"}
CLOCKS = {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("time", "time")}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (REPOSITORY / folder).rglob("*.py")


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


OUTSIDE_PERSISTENCE = [
    path
    for path in sources(
        "services/loans", "services/capital", "services/identity", "gateway", "cli", "demonstration"
    )
    if "persistence" not in path.parts
]
RULES = [
    *sources(
        "services/kernel", "services/loans/domain", "services/capital/domain", "services/identity/domain"
    )
]


@pytest.mark.parametrize("path", OUTSIDE_PERSISTENCE, ids=name_of)
def test_nobody_outside_persistence_writes_sql(path: Path) -> None:
    tree = ast.parse(path.read_text())
    built = [
        f"{alias.name} at line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in BUILDERS
    ]
    written = [
        f"line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert not built + written


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_rules_never_look_at_the_clock(path: Path) -> None:
    if path.name == "calendar.py" and "kernel" in path.parts:
        return  # the one place that asks for the day, for whoever calls the use cases
    tree = ast.parse(path.read_text())
    looked = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in CLOCKS
    ]
    assert not looked


def test_these_rules_would_see_an_offender() -> None:
    assert SQL.match("\n   SELECT 1 FROM loans.loans")
    assert not SQL.match("Select the fund")
