"""The Dockerfile, checked without a container engine; its own build commands run in a scratch copy."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCKERFILE = PROJECT / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def copied() -> list[str]:
    return [
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]


def test_all_that_is_copied_is_there_and_let_through() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    let_through = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert "*" in ignored
    for source in copied():
        assert (PROJECT / source).exists(), source
    assert set(copied()) == let_through


def test_the_code_that_runs_is_all_there() -> None:
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert packages <= set(copied())
    assert {"migrations", "schema", "alembic.ini"} <= set(copied())


def test_dependencies_are_installed_by_hash_and_the_project_without_any() -> None:
    installs = [
        part
        for word, rest in instructions()
        if word == "RUN"
        for part in rest.split("&&")
        if "pip install" in part
    ]
    assert installs
    for install in installs:
        assert "--require-hashes" in install or (
            "--no-deps" in install and install.rstrip().endswith("*.whl")
        )


def test_it_runs_as_an_ordinary_user_from_the_last_stage_on() -> None:
    last_stage = instructions()[max(i for i, (word, _) in enumerate(instructions()) if word == "FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    assert users == ["10001"]
    assert {rest for word, rest in instructions() if word == "FROM"} == {
        "python:3.13-slim AS build",
        "python:3.13-slim",
    }


def test_the_project_built_as_the_image_builds_it_runs_from_what_is_copied(tmp_path: Path) -> None:
    source = tmp_path / "essor"
    source.mkdir()
    for name in copied():
        found = PROJECT / name
        if found.is_dir():
            without = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(found, source / name, ignore=without)
        else:
            (source / name).parent.mkdir(exist_ok=True)
            shutil.copy(found, source / name)
    build = ["hatchling", "build", "--target", "wheel:editable", "--directory"]
    assert " ".join(build) in DOCKERFILE.read_text()
    subprocess.run([sys.executable, "-m", *build, str(tmp_path)], cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("essor-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (path_file,) = [name for name in archive.namelist() if name.endswith(".pth")]
        assert set(archive.read(path_file).decode().split()) == {str(source)}
        (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "essor = cli.main:main" in archive.read(entry_points).decode()

    asked = "import cli.main, services.runtime.settings as s; print(s.REPOSITORY)"
    ran = subprocess.run(
        [sys.executable, "-c", asked],
        cwd="/",
        env={"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.strip() == str(source)
