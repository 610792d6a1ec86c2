"""Sends a document as an operator and gives the answer's JSON."""

from typing import Any

from tests.api import Api


async def ask(
    api: Api,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    role: str = "operator",
    language: str = "fr",
) -> dict[str, Any]:
    client = api.as_(role, regions=["84"], language=language)
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert isinstance(content, dict)
    return content
