import json

import orjson
from graphql import OperationDefinitionNode, build_schema

from services.runtime.graphql.documents import Documents
from services.runtime.graphql.limits import Limits

SCHEMA = build_schema("""
    type Query { shelf: Shelf! }
    type Shelf { code: ID! crates(first: Int = 25): Crates! }
    type Crates { nodes: [Crate!]! pageInfo: PageInfo! }
    type Crate { id: ID! shelf: Shelf! }
    type PageInfo { hasNextPage: Boolean! }
""")


def test_a_cost_beyond_what_json_counts_is_told_all_the_same() -> None:
    documents = Documents(SCHEMA, Limits(deepest=15, most_tokens=5_000, most_aliases=10, most_cost=10))
    text = "code"
    for _ in range(3):
        text = f"crates(first: 2147483647) {{ nodes {{ shelf {{ {text} }} }} }}"
    checked = documents.check(f"{{ shelf {{ {text} }} }}")
    assert checked.document is not None
    (operation,) = checked.document.definitions
    assert isinstance(operation, OperationDefinitionNode)

    error = documents.too_costly(checked, operation, {})

    assert error is not None
    told = {"code": "too-costly", "cost": 2**53 - 1, "limit": 10}
    assert json.loads(orjson.dumps(error.extensions)) == told
    assert error.message.startswith("The operation may come to more than 9007199254740991 fields")
