"""Its sentences are tried in the services' tests: `tests/services/runtime/graphql/test_unquoted.py`."""

from __future__ import annotations

from pathlib import Path

import gateway.unquoted
import services.runtime.graphql.unquoted


def test_the_gateway_s_own_copy_is_that_of_the_services() -> None:
    """Two copies, as the gateway needs nothing of the services; a change to one is a change to both."""
    ours, theirs = gateway.unquoted, services.runtime.graphql.unquoted
    assert Path(ours.__file__).read_text() == Path(theirs.__file__).read_text()
