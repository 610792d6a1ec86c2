"""Hive Router's configuration says what the gateway does by itself."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.passed_headers import DEFAULT
from gateway.settings import GatewaySettings
from gateway.subgraphs import KEEP_ALIVE_SECONDS, KEY_HEADER
from gateway.supergraph import load_supergraph

PROJECT = Path(__file__).parents[2]
CONFIG = PROJECT / "deploy" / "router.config.yaml"
ENVIRONMENT = re.compile(r'env\("(?P<name>[A-Z_]+)", "(?P<default>[^"]*)"\)')


@pytest.fixture
def config() -> Any:
    return yaml.safe_load(CONFIG.read_text())


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> GatewaySettings:
    for name in GatewaySettings.model_fields:
        monkeypatch.delenv(f"ESSOR_{name.upper()}", raising=False)
    return GatewaySettings()


def test_it_serves_the_committed_supergraph_and_each_of_its_services(
    config: Any, settings: GatewaySettings
) -> None:
    assert (CONFIG.parent / config["supergraph"]["path"]).resolve() == settings.supergraph
    urls = config["override_subgraph_urls"]["subgraphs"]
    expected = {each.name: each.url for each in load_supergraph(settings.supergraph).subgraphs.values()}
    found = {name: ENVIRONMENT.fullmatch(each["url"]["expression"]) for name, each in urls.items()}
    assert {name: match and match["default"] for name, match in found.items()} == expected
    assert {match and match["name"] for match in found.values()} == {
        f"ESSOR_SUBGRAPH_{name.upper()}_URL" for name in expected
    }


def test_it_passes_on_the_headers_of_the_gateway_and_then_its_secret(config: Any) -> None:
    propagate, insert = config["headers"]["all"]["request"]
    assert set(propagate["propagate"]["named"]) == {*DEFAULT, "traceparent", "x-request-id"}
    assert insert["insert"]["name"] == KEY_HEADER.lower()
    assert insert["insert"]["expression"] == 'env("ESSOR_SUBGRAPH_KEY", "")'


def test_its_limits_are_the_gateways(config: Any, settings: GatewaySettings) -> None:
    shaping, limits = config["traffic_shaping"], config["limits"]
    assert shaping["router"]["request_timeout"] == f"{settings.gateway_request_seconds:g}s"
    assert shaping["all"]["request_timeout"] == f"{settings.gateway_fetch_seconds:g}s"
    assert shaping["all"]["pool_idle_timeout"] == f"{KEEP_ALIVE_SECONDS}s"
    assert shaping["max_connections_per_host"] == settings.gateway_connections_per_subgraph
    assert limits["max_tokens"]["n"] == settings.gateway_max_tokens
    assert limits["max_aliases"]["n"] == settings.gateway_max_aliases
    assert limits["max_depth"]["n"] == settings.gateway_max_depth
    assert limits["max_request_body_size"] == "1MB"
    assert settings.gateway_max_body_bytes // 1024**2 == 1
    assert (config["http"]["host"], config["http"]["port"]) == (settings.host, settings.gateway_port)
