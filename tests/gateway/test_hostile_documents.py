"""What is sent to hurt is refused at once, by the gateway as it is by default, on Essor's own supergraph."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from asgi_lifespan import LifespanManager

from gateway.app import make_app
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST_SECONDS = 0.050
TRIES = 5


def asked(query: str, **variables: Any) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


def deep(levels: int) -> str:
    return "{ loans { nodes { " + "cae { loans { nodes { " * levels + "id" + " } } }" * levels + " } } }"


def doubling(levels: int, *, deeper: bool) -> str:
    """Fragments that double at each level: a few lines that mean 2^levels fields."""
    spread = (
        "nodes {{ cae {{ a: loans {{ ...F{0} }} b: loans {{ ...F{0} }} }} }}" if deeper else "...F{0} ...F{0}"
    )
    parts = [
        f"fragment F{level} on LoanConnection {{ {spread.format(level + 1)} }}" for level in range(levels)
    ]
    return "\n".join(
        ["{ loans { ...F0 } }", *parts, f"fragment F{levels} on LoanConnection {{ totalCount }}"]
    )


def circle(length: int) -> str:
    parts = [f"fragment F{at} on Cae {{ ...F{(at + 1) % length} }}" for at in range(length)]
    return "\n".join(['{ cae(siren: "1") { ...F0 } }', *parts])


def many(count: int, text: str) -> str:
    return " ".join(text.format(at) for at in range(count))


INTROSPECTION = "types { fields { type { fields { type { fields { type { name } } } } } } }"

HOSTILE: dict[str, tuple[bytes, str]] = {
    "deep": (asked(deep(12)), "TOO_DEEP"),
    "very deep": (asked(deep(2_500)), "GRAPHQL_PARSE_FAILED"),
    "deep in fragments without a type": (
        asked("{ loans { " + "... { " * 600 + "totalCount" + " }" * 600 + " } }"),
        "GRAPHQL_PARSE_FAILED",
    ),
    "a deep list": (
        asked("{ loans(first: " + "[" * 900 + "]" * 900 + ") { totalCount } }"),
        "GRAPHQL_PARSE_FAILED",
    ),
    "a deep object": (
        asked("{ loans(first: " + "{a: " * 450 + "1" + "}" * 450 + ") { totalCount } }"),
        "GRAPHQL_PARSE_FAILED",
    ),
    "a deep type": (
        asked("query($a: " + "[" * 900 + "Int" + "]" * 900 + ") { loans { totalCount } }"),
        "GRAPHQL_PARSE_FAILED",
    ),
    "one long text": (asked('{ cae(siren: "' + "9" * 900_000 + '") { name } }'), "DOCUMENT_TOO_LONG"),
    "a text of many lines": (
        asked('{ cae(siren: """' + "\n 9" * 250_000 + '""") { name } }'),
        "DOCUMENT_TOO_LONG",
    ),
    "a text that never ends": (asked('{ cae(siren: "' + "\\u00e9" * 16_000), "GRAPHQL_PARSE_FAILED"),
    "hundreds of operations": (asked(many(390, "query Q{} {{ __typename }}")), "OPERATION_NOT_FOUND"),
    "wide": (asked("{ " + many(3_000, "a{}: __typename") + " }"), "GRAPHQL_PARSE_FAILED"),
    "the same field over and over": (asked('{ cae(siren: "1") { ' + "name " * 1_900 + "} }"), "TOO_WIDE"),
    "the same object over and over": (
        asked("{ " + 'cae(siren: "1") { name } ' * 180 + " }"),
        "TOO_WIDE",
    ),
    "the same list over and over": (asked("{ loans { " + "nodes { id } " * 480 + " } }"), "TOO_WIDE"),
    "the same fields in many fragments": (
        asked(
            "{ loans { "
            + many(150, "...F{}")
            + " } } "
            + many(150, "fragment F{} on LoanConnection {{ nodes {{ id }} }}")
        ),
        "TOO_WIDE",
    ),
    "aliases": (asked("{ " + many(150, 'a{}: cae(siren: "1") {{ name }}') + " }"), "TOO_MANY_ALIASES"),
    "a fragment that spreads itself": (asked(circle(1)), "GRAPHQL_VALIDATION_FAILED"),
    "two fragments in a circle": (asked(circle(2)), "GRAPHQL_VALIDATION_FAILED"),
    "two hundred fragments in a circle": (asked(circle(200)), "GRAPHQL_VALIDATION_FAILED"),
    "fragments that double and go deeper": (asked(doubling(40, deeper=True)), "TOO_DEEP"),
    "fragments that double in place": (asked(doubling(60, deeper=False)), "TOO_COSTLY"),
    "introspection in circles": (
        asked("{ __schema { " + INTROSPECTION + " } }"),
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "introspection many times": (
        asked("{ " + many(60, "a{}: __schema {{ types {{ fields {{ args {{ name }} }} }} }}") + " }"),
        "INTROSPECTION_TOO_WIDE",
    ),
    "long pages in long pages": (
        asked("{ loans(first: 1000) { nodes { cae { loans(first: 1000) { nodes { id } } } } } }"),
        "TOO_COSTLY",
    ),
    "a page of millions": (
        asked("query($n: Int) { loans(first: $n) { totalCount } }", n=2**31 - 1),
        "LIST_TOO_LONG",
    ),
    "a huge list": (
        asked("query($n: Int) { loans(first: $n) { totalCount } }", n=[1] * 400_000),
        "LIST_TOO_LONG",
    ),
    "a huge text of the wrong type": (
        asked("query($n: Int) { loans(first: $n) { totalCount } }", n="9" * 900_000),
        "BAD_USER_INPUT",
    ),
    "a thousand variables of the wrong type": (
        asked(
            "query(" + many(300, "$v{}: Int") + ") { loans { totalCount } }",
            **{f"v{at}": "x" for at in range(300)},
        ),
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "variables in variables": (
        b'{"query": "query($n: Int) { loans(first: $n) { totalCount } }", "variables": {"n": '
        + b'{"a":' * 900
        + b"1"
        + b"}" * 901
        + b"}",
        "BAD_USER_INPUT",
    ),
    "a name that is like every field": (
        asked("{ loans { nodes { " + many(400, "outstandingCent{}") + " } } }"),
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "directives": (
        asked("{ loans { totalCount " + many(250, "@include(if: true)") + " } }"),
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "fragments that nobody uses": (
        asked("{ loans { totalCount } } " + many(200, "fragment F{} on Cae {{ name }}")),
        "GRAPHQL_VALIDATION_FAILED",
    ),
}


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[httpx.AsyncClient]:
    """Its subgraphs are not there: nothing of this is to reach one."""
    app = make_app(
        GatewaySettings(subgraph_urls={"LOANS": "http://127.0.0.1:9/", "CAPITAL": "http://127.0.0.1:9/"})
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        yield client


def test_there_are_at_least_two_dozen() -> None:
    assert len(HOSTILE) >= 24


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_a_hostile_request_is_refused_in_less_than_50_ms(gateway: httpx.AsyncClient, name: str) -> None:
    body, code = HOSTILE[name]
    assert len(body) <= 1024 * 1024, "of a size that is taken"
    took = []
    for _ in range(TRIES):
        started = time.process_time()
        response = await gateway.post("/graphql", content=body, headers={"content-type": "application/json"})
        took.append(time.process_time() - started)
        answer = response.json()
        assert response.status_code == 200, answer
        assert "data" not in answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
        assert len(response.content) < 30_000, "nor is the refusal a burden"
    assert min(took) < MOST_SECONDS
