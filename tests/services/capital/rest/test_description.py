"""The OpenAPI document tells everything: no field unexplained, examples that the service itself accepts."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from services.runtime.settings import Settings
from tests.api import Api, once


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from services.capital.app import make_app  # noqa: PLC0415

    return make_app(Settings(), describes_only=True).openapi()


def own_schemas(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object":
            yield name, schema


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_no_field_is_unexplained(document: dict[str, Any]) -> None:
    unexplained = [
        f"{name}.{field}"
        for name, schema in own_schemas(document)
        for field, told in schema.get("properties", {}).items()
        if not told.get("description")
    ]

    assert unexplained == []


def test_every_operation_has_its_summary(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert [operation for operation in operations if not operation.get("summary")] == []


def test_examples_fit_their_own_schemas(document: dict[str, Any]) -> None:
    checked = 0
    for name, schema in own_schemas(document):
        for example in schema.get("examples", []):
            validator = Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})
            assert list(validator.iter_errors(example)) == [], name
            checked += 1
    assert checked >= 5


async def test_the_examples_make_a_whole_story(capital_api: Api, document: dict[str, Any]) -> None:
    """Copied from the document; only ids are one's own."""
    operator = capital_api.as_("operator", regions=["75"])

    def example(name: str) -> dict[str, Any]:
        return dict(document["components"]["schemas"][name]["examples"][0])

    scheme = await operator.post("/v1/schemes", json=example("SchemeBody"))
    assert scheme.status_code == 201, scheme.text
    scheme_id = scheme.json()["id"]
    simulation = await operator.post(f"/v1/schemes/{scheme_id}/simulations", json=example("SimulationBody"))
    assert [award["award_cents"] for award in simulation.json()["awards"]] == [150_000, 200_000]
    asked = await operator.post("/v1/top-ups", json=example("TopUpBody") | {"scheme_id": scheme_id})
    assert asked.status_code == 201, asked.text
    top_up = asked.json()
    granted = await operator.post(
        f"/v1/top-ups/{top_up['id']}/grant", json=example("GrantBody"), headers=once()
    )
    assert granted.json()["award_cents"] == 150_000
    paid = await operator.post(
        f"/v1/schemes/{scheme_id}/payments",
        json=example("PaymentBody") | {"top_up_ids": [top_up["id"]]},
        headers=once(),
    )
    assert [part["amount_cents"] for part in paid.json()["by_funder"]] == [120_000, 30_000]
