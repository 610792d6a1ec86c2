"""Every setting is in the installation guide, with the value it has when nobody sets it."""

import re
from enum import Enum
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from gateway.settings import GatewaySettings
from services.runtime.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fr" / "installation.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(ESSOR_[A-Z_<>]+)` \| ([^|]+) \|", PAGE, flags=re.MULTILINE))

SUBGRAPH_URLS = "ESSOR_SUBGRAPH_URLS"  # one variable for each subgraph, told as ESSOR_SUBGRAPH_<NOM>_URL
FIELDS = {**GatewaySettings.model_fields, **Settings.model_fields}
SETTINGS = {f"ESSOR_{name.upper()}": field for name, field in FIELDS.items()}
del SETTINGS[SUBGRAPH_URLS]


def default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Path) and value.is_absolute():
        return str(value.relative_to(ROOT))
    return str(value)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_setting_is_in_the_guide_with_its_default(name: str) -> None:
    assert name in ROWS, "add a line to a table of docs/fr/installation.md"

    field = SETTINGS[name]
    if field.default is None:
        assert ROWS[name].startswith("aucun")
    else:
        assert ROWS[name] == f"`{default(field)}`"


def test_the_guide_tells_of_no_setting_that_is_gone() -> None:
    assert set(ROWS) - set(SETTINGS) == {"ESSOR_SUBGRAPH_<NOM>_URL"}


def test_a_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", sorted(GatewaySettings.model_fields.keys() & Settings.model_fields.keys()))
def test_what_the_gateway_reads_too_has_the_same_default(name: str) -> None:
    assert GatewaySettings.model_fields[name].default == Settings.model_fields[name].default
