from typing import Any
from uuid import uuid4

from tests.api import Api
from tests.services.runtime.graphql.asking import ask
from tests.services.runtime.graphql.putting import PUT


def given(**changed: Any) -> dict[str, Any]:
    return {"idempotencyKey": str(uuid4()), "shelf": "B1", "valueCents": 5, **changed}


async def put(api: Api, content: dict[str, Any], **caller: str) -> dict[str, Any]:
    answer = await ask(api, PUT, {"input": content}, **caller)
    assert "errors" not in answer, answer
    result = answer["data"]["putCrate"]
    assert isinstance(result, dict)
    return result


async def count(api: Api) -> int:
    answer = await ask(api, "{ shelves { code crates { totalCount } } }")
    return sum(shelf["crates"]["totalCount"] for shelf in answer["data"]["shelves"])


async def test_cents_are_64_bits(crates: Api) -> None:
    result = await put(crates, given(valueCents=5_000_000_000))

    assert result["valueCents"] == 5_000_000_000


async def test_the_same_key_and_content_answers_the_same_and_is_done_once(crates: Api) -> None:
    content = given()
    before = await count(crates)

    first, second = await put(crates, content), await put(crates, content)

    assert first == second
    assert first["__typename"] == "Crate"
    assert await count(crates) == before + 1


async def test_the_same_key_for_another_content_is_refused(crates: Api) -> None:
    content = given()
    await put(crates, content)

    result = await put(crates, {**content, "valueCents": 6})

    assert (result["__typename"], result["code"]) == ("Refusal", "idempotency-key-reused")


async def test_a_refusal_of_the_rules_is_a_result_with_its_facts(crates: Api) -> None:
    content = given(valueCents=5_000_000_001)

    french, english = await put(crates, content), await put(crates, content, language="en")

    assert french["code"] == "too-heavy"
    assert french["facts"] == {"asked_cents": 5_000_000_001, "room_cents": 5_000_000_000}
    assert french["message"].endswith(
        "dépasse 50 000 000,00 €.".replace(" 000", "\u202f000").replace(" €", "\u00a0€")
    )
    assert english["message"] == "€50,000,000.01 is over €50,000,000.00."


async def test_what_was_refused_may_succeed_with_the_same_key(crates: Api) -> None:
    content = given(valueCents=5_000_000_001)
    await put(crates, content)

    assert (await put(crates, {**content, "valueCents": 1}))["__typename"] == "Crate"


async def test_a_role_that_may_not_is_refused(crates: Api) -> None:
    result = await put(crates, given(), role="partner")

    assert (result["__typename"], result["code"]) == ("Refusal", "not-allowed")


async def test_every_wrong_value_is_named_at_once(crates: Api) -> None:
    result = await put(
        crates,
        given(valueCents=-1, on="1800-01-01", origins=[{"siren": "732 829 320"}, {"siren": "732829321"}]),
        language="en",
    )

    assert result["code"] == "invalid-input"
    assert [(error["pointer"], error["code"]) for error in result["facts"]["errors"]] == [
        ("/valueCents", "greater-than"),
        ("/on", "greater-than-equal"),
        ("/origins/1/siren", "invalid-siren"),
    ]


async def test_a_spelling_of_the_same_values_is_the_same_content(crates: Api) -> None:
    content = given(origins=[{"siren": "732 829 320"}])

    first = await put(crates, content)

    assert await put(crates, {**content, "origins": [{"siren": "732829320"}]}) == first


async def test_a_key_too_long_is_refused(crates: Api) -> None:
    assert (await put(crates, given(idempotencyKey="k" * 201)))["code"] == "idempotency-key-malformed"
