"""House rules as tests, so that nobody has to remember them in a review."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60

# A name that says nothing of its subject gathers what has none.
DRAWERS = {"util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"}

# Written in parts: this page is searched too. A lock file that names its registry ties everyone to it.
REGISTRIES = [
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("index", "crates", "io"),
    )
]


def committed_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def committed_python() -> list[Path]:
    return [path for path in committed_files() if path.suffix == ".py"]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_rules_see_the_project() -> None:
    assert len(committed_python()) > 20
    assert Path(__file__).name in {path.name for path in committed_files()}


def test_files_stay_short() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in committed_python()}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


def test_functions_fit_a_screen() -> None:
    too_long = {
        f"{shown(path)}:{function.lineno} {function.name}": lines
        for path in committed_python()
        for function in functions(path)
        if (lines := (function.end_lineno or function.lineno) - function.lineno + 1) > LONGEST_FUNCTION_LINES
    }

    assert too_long == {}


def test_every_name_has_a_subject() -> None:
    named = {
        shown(path)
        for path in committed_files()
        for part in path.relative_to(ROOT).parts
        if DRAWERS & set(re.split(r"[^a-z]+", part.lower()))
    }

    assert named == set()


def test_no_file_names_a_package_registry() -> None:
    naming = {
        f"{shown(path)}: {host}"
        for path in committed_files()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    }

    assert naming == set()
