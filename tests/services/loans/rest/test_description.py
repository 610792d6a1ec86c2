"""The OpenAPI document is what integrators read: no field unexplained, and examples that the code accepts."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.loans.app import make_app
from services.loans.rest.application_models import CancellationBody, DecisionBody, DisbursementBody
from services.loans.rest.contribution_models import ContributionBody
from services.loans.rest.fund_models import DeclarationBody, FundBody
from services.loans.rest.questions import AnswerBody, QuestionBody
from services.loans.rest.repayment_models import RecoveryBody, RepaymentBody, ReversalBody, WriteOffBody
from services.loans.usecases.application_form import ApplicationBody, DraftBody, DraftChangesBody
from services.runtime.fields import Body
from services.runtime.settings import Settings

BODIES: list[type[Body]] = [
    AnswerBody,
    ApplicationBody,
    CancellationBody,
    ContributionBody,
    DecisionBody,
    DeclarationBody,
    DisbursementBody,
    DraftBody,
    DraftChangesBody,
    FundBody,
    QuestionBody,
    RecoveryBody,
    RepaymentBody,
    ReversalBody,
    WriteOffBody,
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return make_app(Settings(), describes_only=True).openapi()


def fields(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            yield f"{name}.{field}", described


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            yield f"{method.upper()} {path}", operation


def test_no_field_is_unexplained(document: dict[str, Any]) -> None:
    described = dict(fields(document))

    assert len(described) > 150
    assert [name for name, field in described.items() if "description" not in field] == []


def test_every_call_says_what_it_does_and_what_may_go_wrong(document: dict[str, Any]) -> None:
    calls = {name: call for name, call in operations(document) if " /v1/" in name}

    assert [name for name, call in calls.items() if not call.get("summary")] == []
    for call in calls.values():
        assert {"401", "403", "404", "409", "422"} <= set(call["responses"])
        assert [p["name"] for p in call.get("parameters", []) if not describes(p)] == []


def describes(parameter: dict[str, Any]) -> bool:
    return parameter["in"] == "path" or bool(parameter.get("description"))


@pytest.mark.parametrize("body", BODIES)
def test_examples_are_taken_as_they_are(body: type[Body]) -> None:
    schema = body.model_json_schema()
    examples = schema["examples"]

    assert examples
    for example in examples:
        Draft202012Validator(schema).validate(example)
        body.model_validate(example)
