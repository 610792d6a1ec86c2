"""Asks a subgraph a question."""

from typing import Any

import httpx

Json = dict[str, Any]


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> Json:
    """The whole answer, errors and data."""
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert isinstance(content, dict)
    return content


async def data(client: httpx.AsyncClient, query: str, **variables: Any) -> Json:
    """The data of an answer that has no error."""
    answer = await ask(client, query, **variables)
    assert "errors" not in answer, answer["errors"]
    found = answer["data"]
    assert isinstance(found, dict)
    return found


def codes(answer: Json) -> list[tuple[list[Any], str]]:
    """Where each error stands, and its code."""
    return [(error["path"], error["extensions"]["code"]) for error in answer["errors"]]
