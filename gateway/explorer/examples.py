"""Saved queries for the page: files of one operation each, its title in a comment, its variables in the next.

```graphql
# Une région
# {"code": "84"}
query Region($code: ID!) { region(code: $code) { name } }
```
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, parse, validate

if TYPE_CHECKING:
    from pathlib import Path

    from graphql import GraphQLSchema

MOST = 100


class UnreadableExampleError(Exception):
    """The message says which file."""


@dataclass(frozen=True, slots=True)
class Example:
    title: str
    query: str
    variables: str
    """As JSON; empty where there are none."""


def read_examples(folder: Path) -> list[Example]:
    """Raises `UnreadableExampleError`, or `OSError`."""
    examples = []
    for file in sorted(folder.glob("*.graphql"))[:MOST]:
        try:
            examples.append(_read(file.read_text(encoding="utf-8")))
        except ValueError as error:
            raise UnreadableExampleError(f"{file}: its variables are not JSON, or it is not UTF-8") from error
    return examples


def answerable(examples: list[Example], schema: GraphQLSchema) -> list[dict[str, Any]]:
    """Those that this schema can answer: the same folder may serve another supergraph, or an older one."""
    return [asdict(example) for example in examples if _is_valid(example, schema)]


def _read(text: str) -> Example:
    title, _, rest = text.partition("\n")
    variables = ""
    if rest.startswith("# {"):
        told, _, rest = rest.partition("\n")
        variables = json.dumps(json.loads(told.removeprefix("# ")), ensure_ascii=False, indent=2)
    return Example(title.removeprefix("#").strip(), rest.strip() + "\n", variables)


def _is_valid(example: Example, schema: GraphQLSchema) -> bool:
    try:
        return not validate(schema, parse(example.query))
    except GraphQLError:
        return False
