from typing import Any
from uuid import uuid4

from tests.api import Api
from tests.services.runtime.graphql.asking import ask
from tests.services.runtime.graphql.putting import put_crates
from tests.statements import recorded

ENTITIES = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename ... on Crate { id valueCents } ... on Shelf { code } ... on Ghost { id }
  }
}"""


async def resolve(api: Api, *representations: Any) -> dict[str, Any]:
    return await ask(api, ENTITIES, {"representations": list(representations)})


async def test_a_batch_of_one_type_is_one_query(crates: Api) -> None:
    ids = await put_crates(crates, "A1", *range(1, 21))

    with recorded(crates.database) as statements:
        answer = await resolve(crates, *({"__typename": "Crate", "id": id_} for id_ in ids))

    assert "errors" not in answer
    assert [entity["valueCents"] for entity in answer["data"]["_entities"]] == list(range(1, 21))
    assert len(statements) == 1


async def test_a_representation_asked_twice_is_answered_twice(crates: Api) -> None:
    (id_,) = await put_crates(crates, "A1", 7)
    crate = {"__typename": "Crate", "id": id_}

    answer = await resolve(crates, crate, crate)

    assert answer["data"]["_entities"] == [{"__typename": "Crate", "id": id_, "valueCents": 7}] * 2


async def test_what_does_not_exist_is_null_without_error(crates: Api) -> None:
    (id_,) = await put_crates(crates, "A1", 7)

    answer = await resolve(
        crates,
        {"__typename": "Crate", "id": str(uuid4())},
        {"__typename": "Crate", "id": id_},
        {"__typename": "Shelf", "code": "Z9"},
    )

    assert "errors" not in answer
    assert [entity and entity["__typename"] for entity in answer["data"]["_entities"]] == [
        None,
        "Crate",
        None,
    ]


async def test_wrong_representations_fail_alone(crates: Api) -> None:
    (id_,) = await put_crates(crates, "A1", 7)

    answer = await ask(
        crates,
        """query ($id: ID!) { _entities(representations: [
          {__typename: "Nothing", id: 1}
          {__typename: "Shelf", code: "A1"}
          {__typename: "Crate", id: "not an id"}
          {__typename: "Crate"}
          {code: "A1"}
          "a text"
          {__typename: "Query"}
          {__typename: ["Shelf"], code: "A1"}
          {__typename: "Shelf", code: {deep: "A1"}}
          {__typename: "Crate", id: $id}
        ]) { __typename } }""",
        {"id": id_},
    )

    expected = [None, "Shelf", None, None, None, None, None, None, None, "Crate"]
    assert [entity and entity["__typename"] for entity in answer["data"]["_entities"]] == expected
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["_entities", 0], "unknown-entity-type"),
        (["_entities", 2], "malformed-key"),
        (["_entities", 3], "malformed-key"),
        (["_entities", 4], "unknown-entity-type"),
        (["_entities", 5], "unknown-entity-type"),
        (["_entities", 6], "unknown-entity-type"),
        (["_entities", 7], "unknown-entity-type"),
        (["_entities", 8], "malformed-key"),
    ]


async def test_a_type_that_cannot_be_read_leaves_the_others_their_answers(crates: Api) -> None:
    (id_,) = await put_crates(crates, "A1", 7)

    answer = await resolve(
        crates,
        {"__typename": "Ghost", "id": "1"},
        {"__typename": "Crate", "id": id_},
        {"__typename": "Ghost", "id": "2"},
    )

    assert [entity and entity["__typename"] for entity in answer["data"]["_entities"]] == [
        None,
        "Crate",
        None,
    ]
    assert [error["path"] for error in answer["errors"]] == [["_entities", 0], ["_entities", 2]]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"internal-error"}
    assert "dupont" not in str(answer)


async def test_a_batch_has_a_limit(crates: Api) -> None:
    answer = await resolve(crates, *({"__typename": "Shelf", "code": "A1"} for _ in range(201)))

    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "too-many-representations",
        "facts": {"most": 200, "count": 201},
    }


async def test_lists_below_many_parents_are_one_query(crates: Api) -> None:
    await put_crates(crates, "A1", 1, 2)

    with recorded(crates.database) as statements:
        answer = await ask(crates, "{ shelves { code crates(first: 2) { edges { node { id } } } } }")

    assert len(answer["data"]["shelves"]) == 3
    assert len(statements) == 1


async def test_the_sdl_is_a_subgraph_of_federation_2_7(crates: Api) -> None:
    answer = await ask(crates, "{ _service { sdl } }")

    sdl = answer["data"]["_service"]["sdl"]
    assert 'url: "https://specs.apollo.dev/federation/v2.7"' in sdl
    assert 'type Crate @key(fields: "id")' in sdl
