"""The OpenAPI document: valid, and true about errors, tokens and keys."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.api import Api


@pytest.fixture(scope="module")
async def document(probe: Api) -> dict[str, Any]:
    response = await probe.anonymous().get("/openapi.json")
    found: dict[str, Any] = response.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document, cls=OpenAPIV31SpecValidator)


def test_every_operation_tells_its_problems_and_wants_a_token(document: dict[str, Any]) -> None:
    seen = 0
    for method, path, operation in operations(document):
        if not path.startswith("/v1"):
            assert "security" not in operation
            continue
        seen += 1
        assert operation["security"] == [{"bearer": []}]
        expected = {"401", "403", "404", "409", "422", "500", "503", "504", "default"}
        if "requestBody" in operation:
            expected |= {"400", "413"}
        for status in expected:
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"], method
    assert seen >= 5


def test_a_key_is_said_to_be_required_where_it_is(document: dict[str, Any]) -> None:
    required = {
        (method, path): parameter["required"]
        for method, path, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "Idempotency-Key"
    }
    assert required == {
        ("post", "/v1/deposits"): True,
        ("post", "/v1/accounts/{account_id}/deposits"): False,
        ("post", "/v1/savings"): True,
        ("post", "/v1/echoes"): False,
    }
