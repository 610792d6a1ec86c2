"""Answers follow the GraphQL specification, whatever graphs they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

if TYPE_CHECKING:
    from tests.gateway.conftest import FederatedGraph


async def test_one_query_joins_four_graphs(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        """
        { me { name greeting reviews { stars about { title inStock ... on Book { shippingCost pages } } } } }
        """
    )
    assert answer == {
        "data": {
            "me": {
                "name": "Ada",
                "greeting": "Ada of Lyon, FR",
                "reviews": [
                    {
                        "stars": 2,
                        "about": {"title": "Algebra", "inStock": 4, "shippingCost": 315, "pages": 120},
                    },
                    {"stars": 1, "about": {"title": "Saw", "inStock": 9}},
                ],
            }
        }
    }


async def test_equal_representations_are_sent_once(shop: FederatedGraph) -> None:
    answer = await shop.ask("{ warehouses { items { title } } }")
    titles = [[item["title"] for item in one["items"]] for one in answer["data"]["warehouses"]]
    assert titles == [["Algebra", "Saw", "Zen"], ["Axe", "Algebra"]]
    (request,) = shop.subgraphs["catalogue"].requests
    assert len(request["variables"]["representations"]) == 4


async def test_objects_sent_once_are_completed_apart(shop: FederatedGraph) -> None:
    """One maker stands in two places; each place asks other things of it, by further fetches."""
    answer = await shop.ask(
        "{ warehouses { items { upc ... on Tool { maker { id tools { code inStock } } } } } }"
    )
    tools = [item for one in answer["data"]["warehouses"] for item in one["items"] if "maker" in item]
    assert [tool["maker"]["tools"] for tool in tools] == [
        [{"code": "SW", "inStock": 9}],
        [{"code": "AX", "inStock": 2}],
    ]


async def test_aliases_of_one_field_with_other_arguments(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        """
        { item(upc: "b1") {
            ... on Book { euro: price dollar: price(currency: "USD") shippingCost price: title }
        } }
        """
    )
    item = {"euro": 1500, "dollar": 3000, "shippingCost": 315, "price": "Algebra"}
    assert answer == {"data": {"item": item}}


async def test_an_alias_may_take_the_name_of_a_key(shop: FederatedGraph) -> None:
    answer = await shop.ask("{ users(first: 2) { id: name email: bought { upc: title inStock } } }")
    assert answer["data"]["users"] == [
        {"id": "Ada", "email": [{"upc": "Algebra", "inStock": 4}, {"upc": None, "inStock": 0}]},
        {"id": None, "email": [{"upc": None, "inStock": 0}, {"upc": "Zen", "inStock": 1}]},
    ]


async def test_an_alias_may_be_called_typename(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        '{ found(text: "x") { ... on Book { __typename: title kind: __typename rating } } }'
    )
    assert answer["data"]["found"][0] == {"__typename": "Algebra", "kind": "Book", "rating": 4.5}


async def test_fields_come_in_the_order_of_the_document(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        """
        query { me { reviews { id } ...Who email } latestReviews(first: 0) { id } }
        fragment Who on User { name id }
        """
    )
    assert list(answer["data"]) == ["me", "latestReviews"]
    assert list(answer["data"]["me"]) == ["reviews", "name", "id", "email"]


async def test_variables_of_every_kind(shop: FederatedGraph) -> None:
    query = """
      query Asked($upc: ID!, $currency: String = "USD", $first: Int, $express: Boolean, $none: String) {
        item(upc: $upc) {
          price(currency: $currency)
          other: price(currency: $none)
          reviews(first: $first) { id }
          ... on Book { shippingCost(express: $express) }
        }
      }
    """
    answer = await shop.ask(query, {"upc": "b1", "express": True, "none": None})
    assert answer["data"]["item"] == {
        "price": 3000,
        "other": 1500,
        "reviews": [{"id": "r1"}, {"id": "r6"}],
        "shippingCost": 1315,
    }
    asked = shop.subgraphs["catalogue"].requests[0]
    assert asked["variables"] == {"upc": "b1", "none": None}, "an omitted variable is not sent as null"
    assert "$express" not in asked["query"], "a graph is sent the variables it uses"


async def test_a_client_may_use_the_name_of_our_own_variable(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        "query($representations: Int) { items(first: $representations) { title rating } }",
        {"representations": 1},
    )
    assert answer == {"data": {"items": [{"title": "Algebra", "rating": 4.5}]}}


@pytest.mark.parametrize(
    ("shown", "expected"), [(True, {"name": "Ada", "email": "ada@example.org"}), (False, {})]
)
async def test_skip_and_include_decide_what_is_fetched(
    shop: FederatedGraph, shown: bool, expected: dict[str, str]
) -> None:
    answer = await shop.ask(
        """
        query($shown: Boolean!) { me {
            name @include(if: $shown)
            ... @include(if: $shown) { email }
            reviews @skip(if: true) { id }
        } }
        """,
        {"shown": shown},
    )
    assert answer == {"data": {"me": expected}}
    assert not shop.subgraphs["reviews"].requests


async def test_typename_everywhere(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        """
        { __typename kind: __typename
          me { __typename } found(text: "x") { __typename } items(first: 1) { __typename } }
        """
    )
    assert answer["data"] == {
        "__typename": "Query",
        "kind": "Query",
        "me": {"__typename": "User"},
        "found": [{"__typename": "Book"}, None, {"__typename": "User"}, {"__typename": "Tool"}],
        "items": [{"__typename": "Book"}],
    }


async def test_typename_of_the_root_needs_no_fetch(shop: FederatedGraph) -> None:
    assert await shop.ask("{ __typename }") == {"data": {"__typename": "Query"}}
    assert shop.requests == []


async def test_introspection_is_answered_here_and_hides_the_inaccessible(shop: FederatedGraph) -> None:
    answer = await shop.ask(get_introspection_query())
    printed = print_schema(build_client_schema(answer["data"]))
    assert "interface Item" in printed
    assert "passwordHash" not in printed
    assert "XX" not in printed
    assert "join__" not in printed
    assert shop.requests == []


async def test_introspection_beside_data(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        "query($t: String!) { me { name } type: __type(name: $t) { name ...Fields } } "
        "fragment Fields on __Type { fields { name } }",
        {"t": "Maker"},
    )
    fields = [{"name": name} for name in ("id", "name", "tools")]
    assert answer == {"data": {"me": {"name": "Ada"}, "type": {"name": "Maker", "fields": fields}}}


async def test_a_hidden_enum_value_is_null_and_empties_what_holds_it(shop: FederatedGraph) -> None:
    answer = await shop.ask('{ user(id: "u4") { name address { city country } } }')
    assert answer["data"] == {"user": {"name": "Zoé", "address": None}}
    (error,) = answer["errors"]
    assert error["path"] == ["user", "address", "country"]
    assert "XX" not in str(answer)


async def test_mutations_run_in_the_order_of_the_document(shop: FederatedGraph) -> None:
    answer = await shop.ask(
        """
        mutation {
          one: restock(upc: "b1", count: 1) { item { inStock title } }
          named: renameUser(id: "u1", name: "Augusta") { name greeting }
          two: restock(upc: "b1", count: 1) { item { inStock } }
          three: restock(upc: "b1", count: 5) { count item { inStock } }
          said: addReview(upc: "b1", body: "good") { body author { name } about { ... on Book { inStock } } }
        }
        """
    )
    assert answer == {
        "data": {
            "one": {"item": {"inStock": 5, "title": "Algebra"}},
            "named": {"name": "Augusta", "greeting": "Augusta of Lyon, FR"},
            "two": {"item": {"inStock": 6}},
            "three": {"count": 5, "item": {"inStock": 11}},
            "said": {"body": "good", "author": {"name": "Augusta"}, "about": {"inStock": 11}},
        }
    }
    mutations = [query for name, query in shop.requests if query.startswith("mutation")]
    assert len(mutations) == 4, "neighbours of one graph share a request, others do not"


async def test_a_null_entity_leaves_its_fields_null(shop: FederatedGraph) -> None:
    answer = await shop.ask('{ user(id: "nobody") { name reviews { id } } item(upc: "nothing") { inStock } }')
    assert answer == {"data": {"user": None, "item": None}}


async def test_operation_name_chooses(shop: FederatedGraph) -> None:
    document = "query A { me { id } } query B { me { name } }"
    assert (await shop.ask(document, operationName="B"))["data"] == {"me": {"name": "Ada"}}
    refused = await shop.ask(document)
    assert refused["errors"][0]["extensions"]["code"] == "OPERATION_NOT_FOUND"
    assert "data" not in refused
