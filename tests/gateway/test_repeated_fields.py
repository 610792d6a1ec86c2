"""Fields of one name in one place are few; everywhere else they may be as many as anybody likes."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, parse

from gateway.repeated_fields import check_repeated_fields

MANY = 64  # 2 016 pairs


def check(text: str) -> None:
    check_repeated_fields(parse(text), most_fields=5_000)


@pytest.mark.parametrize(
    "text",
    [
        "{ " + "a " * MANY + "}",
        "{ " + "... { a } " * MANY + "}",
        "{ " + "... on A { ... on B { a } } " * MANY + "}",
        "{ b { " + "a " * MANY + "} }",
        "{ " + "b { a } " * 45 + " ...F } fragment F on Q { " + "b { a } " * 19 + " }",
        "{ " + " ".join(f"x{at}: b {{ " + "a " * 23 + "}" for at in range(8)) + " }",
        "{ " + " ".join(f"a: b{at}" for at in range(MANY)) + " }",
        "{ "
        + " ".join(f"...F{at}" for at in range(MANY))
        + " } "
        + " ".join(f"fragment F{at} on Q {{ a }}" for at in range(MANY)),
    ],
)
def test_many_of_one_name_in_one_place_are_refused(text: str) -> None:
    with pytest.raises(GraphQLError, match="one name"):
        check(text)


@pytest.mark.parametrize(
    "text",
    [
        "{ " + "a " * 63 + "}",
        "{ " + " ".join(f"x{at}: a" for at in range(900)) + " }",
        "{ " + " ".join(f"x{at}: b {{ a c d }}" for at in range(900)) + " }",
        "{ " + "...F " * 900 + " } fragment F on Q { a }",
        "{ ...F ...Gone } fragment F on Q { ...F }",
    ],
)
def test_other_documents_pass(text: str) -> None:
    check(text)


def test_fragments_that_double_are_refused_by_what_they_come_to() -> None:
    parts = [f"fragment F{at} on Q {{ a: b {{ ...F{at + 1} }} c: b {{ ...F{at + 1} }} }}" for at in range(30)]
    with pytest.raises(GraphQLError, match="more than 5000 fields"):
        check("\n".join(["{ ...F0 }", *parts, "fragment F30 on Q { a }"]))
