"""Hive Gateway beside Essor's own, and what the comparisons tell at the end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.federation.gateways import ComparedEssor
from tests.federation.hive_gateway import HEALTH, RUNTIMES, serve_hive
from tests.journeys.conftest import essor as own_essor  # noqa: F401 - a fixture
from tests.journeys.conftest import free_port, journeys_settings, serve, wait_until_alive  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.conftest import Essor

TABLE = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def essor(own_essor: Essor) -> Iterator[ComparedEssor]:  # noqa: F811
    """As the journeys know it; whatever they ask the gateway is asked of Hive Gateway too."""
    with ExitStack() as stack:
        loans, capital = own_essor.loans[0], own_essor.capital[0]
        others = {
            runtime: serve_hive(stack, own_essor.settings, runtime, loans=loans, capital=capital)
            for runtime in RUNTIMES
        }
        for address in others.values():
            wait_until_alive(address, HEALTH)
        yield ComparedEssor(**vars(own_essor), others=others)


@pytest.fixture
def without_capital(own_essor: Essor) -> Iterator[ComparedEssor]:  # noqa: F811
    """Gateways that cannot reach one of the two services."""
    settings, loans, nobody = own_essor.settings, own_essor.loans[0], f"http://127.0.0.1:{free_port()}"
    urls = {"ESSOR_SUBGRAPH_LOANS_URL": f"{loans}/graphql", "ESSOR_SUBGRAPH_CAPITAL_URL": f"{nobody}/graphql"}
    with ExitStack() as stack:
        gateway = serve(stack, settings, "gateway", **urls)
        others = {
            runtime: serve_hive(stack, settings, runtime, loans=loans, capital=nobody) for runtime in RUNTIMES
        }
        wait_until_alive(gateway)
        for address in others.values():
            wait_until_alive(address, HEALTH)
        yield ComparedEssor(settings, own_essor.loans, [nobody], gateway, others=others)


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    lines: list[str] = request.config.stash.setdefault(TABLE, [])
    return lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(TABLE, [])
    if lines:
        terminalreporter.section("Comparisons")
        for line in lines:
            terminalreporter.write_line(line)
