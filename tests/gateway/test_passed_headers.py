"""What of a client's headers reaches subgraphs, and the trace that goes through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.passed_headers import DEFAULT, PassedHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NEW = re.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-00")


def passed(headers: dict[str, str], names: tuple[str, ...] = DEFAULT) -> dict[str, str]:
    given = {name.encode(): value.encode() for name, value in headers.items()}
    return PassedHeaders(names).of(given, "r1")


def test_a_trace_goes_through_as_it_came() -> None:
    told = passed({"traceparent": TRACE, "tracestate": "a=1"})
    assert told == {"x-request-id": "r1", "traceparent": TRACE, "tracestate": "a=1"}
    later = TRACE.replace("00-", "01-", 1) + "-more"
    assert passed({"traceparent": later})["traceparent"] == later, "of a version to come"


@pytest.mark.parametrize(
    "trace",
    [
        None,
        "",
        TRACE.upper(),
        TRACE + "0",
        TRACE.replace("00-4", "ff-4"),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "nonsense",
    ],
)
def test_a_trace_that_cannot_be_read_is_begun_anew_without_its_state(trace: str | None) -> None:
    told = passed({"tracestate": "a=1", **({"traceparent": trace} if trace is not None else {})})
    assert NEW.fullmatch(told["traceparent"])
    assert "tracestate" not in told
    assert passed({})["traceparent"] != told["traceparent"]


@pytest.mark.parametrize(
    "name", ["Content-Length", "host", "transfer-encoding", "Essor-Gateway", "a b", "", "é"]
)
def test_what_is_the_gateways_own_cannot_be_passed_on(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be passed on"):
        PassedHeaders(["authorization", name])


async def test_the_list_is_a_setting(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_passed_headers="X-Tenant, accept-language") as shop:
        sent = {"x-tenant": "84", "authorization": "Bearer abc", "tracestate": "a=1", "traceparent": TRACE}
        await shop.client.post("/graphql", json={"query": "{me{id}}"}, headers=sent)
        got = {name.lower(): value for name, value in shop.subgraphs["accounts"].headers[0].items()}
    assert got["x-tenant"] == "84"
    assert got["traceparent"] == TRACE
    assert not {"authorization", "tracestate"}.intersection(got)
