import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.settings import Settings, UnusableSettingError


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ESSOR_LOANS_PORT", "eight thousand", "integer"),
        ("ESSOR_LOANS_PORT", "70000", "65535"),
        ("ESSOR_REQUEST_SECONDS", "0", "greater than 0"),
        ("ESSOR_REQUEST_SECONDS", "inf", "86400"),
        ("ESSOR_REQUEST_SECONDS", "nan", "ESSOR_REQUEST_SECONDS"),
        ("ESSOR_DEMO", "huge", "'full', 'small' or 'none'"),
        ("ESSOR_LOG_LEVEL", "LOUD", "'INFO'"),
        ("ESSOR_DATABASE_URL", "mysql://essor:hush@db/essor", "postgresql://"),
        ("ESSOR_CAPITAL_DATABASE_URL", "postgresql://essor:hush@db/essor?sslmode=hush", "verify-full"),
        ("ESSOR_ENTREPRENEUR_KEY", "hush", "at least 12"),
    ],
)
def test_a_bad_value_is_explained_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UnusableSettingError) as error:
        Settings()
    assert variable in str(error.value)
    assert told in str(error.value)
    assert "hush" not in str(error.value)


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSOR_LOANS_PORT", "0")
    monkeypatch.setenv("ESSOR_POOL_SIZE", "0")
    with pytest.raises(UnusableSettingError) as error:
        Settings()
    assert len(str(error.value).splitlines()) == 3


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ESSOR_DATABASE_URL", "ESSOR_JWKS", "ESSOR_ENTREPRENEUR_KEY", "ESSOR_LOANS_PORT"):
        monkeypatch.setenv(variable, "")
    settings = Settings()
    assert (settings.database_url, settings.jwks, settings.entrepreneur_key) == (None, None, None)
    assert settings.loans_port == 8001


def test_levels_are_taken_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSOR_LOG_LEVEL", "debug")
    assert Settings().log_level == "DEBUG"


def test_secrets_do_not_show() -> None:
    url = "postgresql://essor:hush@db/essor"
    settings = Settings(
        database_url=url, loans_database_url=url, capital_database_url=url, entrepreneur_key="hush" * 4
    )
    assert "hush" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ESSOR_LOANS_PORT", "eight", "ESSOR_LOANS_PORT: Input should be a valid integer"),
        ("ESSOR_DATABASE_URL", "postgresql://essor:hush@127.0.0.1:1/essor", "cannot be reached"),
    ],
)
def test_the_command_line_says_what_is_wrong_without_a_trace(
    tmp_path: Path, variable: str, value: str, told: str
) -> None:
    environment = {**os.environ, "ESSOR_STATE": str(tmp_path), variable: value}
    command = [sys.executable, "-m", "cli.main", "db", "upgrade"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr
