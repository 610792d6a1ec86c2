from typing import Any
from uuid import uuid4

import pytest

from tests.api import Api
from tests.services.runtime.graphql.asking import ask
from tests.services.runtime.graphql.putting import put_crates
from tests.statements import recorded

OPERATOR: dict[str, Any] = {"role": "operator", "regions": ["84"]}


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_only_post_is_served(crates: Api) -> None:
    answer = await crates.as_(**OPERATOR).get("/graphql", params={"query": "{ __typename }"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["code"] == "method-not-allowed"


async def test_a_token_is_needed(crates: Api) -> None:
    async with crates.anonymous() as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", '{"query": "{ __typename }"}', 415),
        ("application/json", "{", 400),
        ("application/json", '[{"query": "{ __typename }"}]', 400),
        ("application/json", '{"query": 3}', 400),
        ("application/json", "{}", 400),
        ("application/json", '{"query": "{ __typename }", "variables": []}', 400),
        ("application/json; charset=utf-8", '{"query": "{ __typename }", "variables": null}', 200),
    ],
)
async def test_what_is_no_graphql_request_is_a_problem(
    crates: Api, content_type: str, body: str, status: int
) -> None:
    answer = await crates.as_(**OPERATOR).post(
        "/graphql", content=body, headers={"Content-Type": content_type}
    )

    assert answer.status_code == status
    expected = "application/json" if status == 200 else "application/problem+json"
    assert answer.headers["content-type"] == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ shelves ", "graphql-syntax"),
        ("{ shelvez { code } }", "graphql-invalid"),
        ("query A { __typename } query B { __typename }", "graphql-invalid"),
        ("{" + " ".join(f"a{n}: __typename" for n in range(11)) + "}", "too-many-aliases"),
        ("{" + " __typename" * 501 + "}", "graphql-syntax"),
        ("{ shelves { crates { edges { node { id } } } } }", None),
        ("query { " + "... { " * 230 + "__typename" + " }" * 230 + " }", "graphql-syntax"),
        ("{" * 400 + "}" * 400, "graphql-syntax"),
        ("{ " + "a { " * 9 + "b" + " }" * 9 + " }", "too-deep"),
        ("{ shelves { crates(first: 5000) { nodes { id } } } }", "too-costly"),
        (
            "{ ...F9 } fragment F0 on Query { __typename }"
            + "".join(f" fragment F{n} on Query {{ ...F{n - 1} ...F{n - 1} }}" for n in range(1, 10)),
            "too-wide",
        ),
        ("{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }", "graphql-invalid"),
    ],
)
async def test_hostile_and_wrong_documents_are_refused(crates: Api, query: str, code: str | None) -> None:
    answer = await ask(crates, query)

    assert codes(answer) == [code] if code else "errors" not in answer
    assert ("data" in answer) is (code is None)


async def test_aliases_are_counted_where_they_are_spread(crates: Api) -> None:
    spread = "{ ...F ...G } fragment F on Query { ...H } fragment G on Query { ...H } fragment H on Query {"
    answer = await ask(crates, spread + " ".join(f"a{n}: __typename" for n in range(6)) + "}")

    assert codes(answer) == ["too-many-aliases"]


async def test_the_standard_introspection_passes_the_usual_limits(crates: Api) -> None:
    from graphql import get_introspection_query, parse  # noqa: PLC0415

    from services.runtime.graphql.limits import beyond_limits, limits_of  # noqa: PLC0415
    from services.runtime.settings import Settings  # noqa: PLC0415

    assert beyond_limits(parse(get_introspection_query()), limits_of(Settings())) == []


async def test_a_request_that_cannot_run_is_400_for_who_asks_for_the_status(crates: Api) -> None:
    answer = await crates.as_(**OPERATOR).post(
        "/graphql",
        json={"query": "{ nothing }"},
        headers={"Accept": "application/graphql-response+json, application/json;q=0.9"},
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/graphql-response+json"
    assert "data" not in answer.json()


async def test_the_operation_is_chosen_by_its_name(crates: Api) -> None:
    query = "query One { __typename } query Two { shelves { code } }"
    answer = await crates.as_(**OPERATOR).post("/graphql", json={"query": query, "operationName": "Two"})

    assert [shelf["code"] for shelf in answer.json()["data"]["shelves"]] == ["A1", "A2", "B1"]


async def test_an_unexpected_error_is_masked_with_the_request_to_quote(crates: Api) -> None:
    answer = await crates.as_(**OPERATOR).post(
        "/graphql", json={"query": "{ crash shelves { code } }"}, headers={"X-Request-ID": "request-1234"}
    )

    content = answer.json()
    assert content["data"]["crash"] is None
    assert len(content["data"]["shelves"]) == 3
    (error,) = content["errors"]
    assert error["path"] == ["crash"]
    assert error["extensions"] == {"code": "internal-error", "request_id": "request-1234"}
    assert "request-1234" in error["message"]
    assert "Dupont" not in answer.text


async def test_a_database_too_slow_is_unavailable_rather_than_a_fault(crates: Api) -> None:
    answer = await ask(crates, "{ away }")

    assert codes(answer) == ["unavailable"]


async def test_a_refusal_in_a_query_is_an_error_with_its_code(crates: Api) -> None:
    wanted = str(uuid4())

    french = await ask(crates, "query ($id: ID!) { crate(id: $id) { id } }", {"id": wanted})
    english = await ask(crates, "{ crate(id: 7) { id } }", language="en")

    (error,) = french["errors"]
    assert error["extensions"] == {"code": "not-found", "facts": {"what": "crate", "id": wanted}}
    assert error["message"] == f"Aucun élément « crate » {wanted} n'est visible avec ce jeton."
    (error,) = english["errors"]
    assert error["extensions"]["code"] == "invalid-input"
    assert error["message"] == "A UUID is expected."


async def test_a_list_is_read_page_by_page_and_counted_only_when_asked(crates: Api) -> None:
    ids = await put_crates(crates, "A2", 1, 2, 3)
    page = """{{ shelves {{ code crates({}) {{
      {} pageInfo {{ hasNextPage hasPreviousPage endCursor startCursor }} edges {{ cursor node {{ id }} }}
    }} }} }}"""

    with recorded(crates.database) as statements:
        first = await ask(crates, page.format("first: 2", ""))
    (shelf,) = (shelf for shelf in first["data"]["shelves"] if shelf["code"] == "A2")
    info = shelf["crates"]["pageInfo"]
    after = f'first: 2, after: "{info["endCursor"]}"'
    second = await ask(crates, page.format(after, "totalCount"))
    (rest,) = (shelf for shelf in second["data"]["shelves"] if shelf["code"] == "A2")

    assert not any("count(" in statement for statement in statements)
    assert [edge["node"]["id"] for edge in shelf["crates"]["edges"]] == ids[:2]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    assert info["startCursor"] == shelf["crates"]["edges"][0]["cursor"]
    assert [edge["node"]["id"] for edge in rest["crates"]["edges"]] == ids[2:]
    assert rest["crates"]["totalCount"] == 3
    assert rest["crates"]["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", 'after: "rubbish"'])
async def test_a_page_out_of_range_is_refused(crates: Api, arguments: str) -> None:
    answer = await ask(crates, f"{{ shelves {{ crates({arguments}) {{ edges {{ cursor }} }} }} }}")

    assert set(codes(answer)) == {"invalid-input"}


async def test_a_batch_of_queries_is_refused_by_name(crates: Api) -> None:
    answer = await crates.as_(**OPERATOR).post("/graphql", json=[{"query": "{ __typename }"}] * 2)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert answer.json()["detail"].startswith("Une seule question par appel")


async def test_what_costs_too_much_names_its_cost_and_the_limit(crates: Api) -> None:
    query = "query($first: Int) { shelves { crates(first: $first) { nodes { id valueCents } } } }"
    answer = await ask(crates, query, {"first": 5_000})

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "too-costly", "cost": 1 + 10 * 10_002, "limit": 10_000}
    assert error["message"].startswith("The operation may come to 100021 fields, over 10000")
    assert "data" not in answer
    assert "errors" not in await ask(crates, query, {"first": 40})


async def test_entities_cost_as_many_times_as_they_are(crates: Api) -> None:
    query = (
        "query($of: [_Any!]!) { _entities(representations: $of) {"
        " ... on Shelf { crates(first: 10) { nodes { id } } } } }"
    )
    shelves = [{"__typename": "Shelf", "code": "A1"}]

    assert "errors" not in await ask(crates, query, {"of": shelves * 50})
    assert codes(await ask(crates, query, {"of": shelves * 1_000})) == ["too-costly"]


async def test_all_that_a_query_reads_is_of_one_transaction(crates: Api) -> None:
    answer = await ask(crates, "{ isOfOneSnapshot }")

    assert answer == {"data": {"isOfOneSnapshot": True}}


async def test_a_statement_that_fails_takes_no_other_field_away(crates: Api) -> None:
    await put_crates(crates, "B1", 1)
    answer = await ask(crates, "{ away shelves { crates { totalCount } } }")

    assert codes(answer) == ["unavailable"]
    assert answer["data"]["away"] is None
    assert all(shelf["crates"]["totalCount"] is not None for shelf in answer["data"]["shelves"])
