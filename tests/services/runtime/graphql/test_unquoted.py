import pytest
from graphql import build_schema, parse, validate
from graphql.error import GraphQLSyntaxError
from graphql.execution import get_variable_values

from services.runtime.graphql.unquoted import without_values

SCHEMA = build_schema("""
    enum Kind { CAPE CESA }
    input Person { name: String! age: Int born: Boolean kind: Kind weight: Float id: ID }
    type Query { greet(person: Person!): String }
""")
SECRET = 'Marie "Dupont", found: here'


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": 1, "nom": SECRET}, "String cannot represent a non string value."),
        ({"name": {"x": SECRET}}, "at .name: String cannot represent a non string value."),
        ({"age": 1, "nom": SECRET}, "required field 'name'."),
        ({"name": SECRET, "nom": 1}, "not to include unknown field 'nom'"),
        ({"name": SECRET, "age": SECRET}, "at .age: Int cannot represent non-integer value."),
        ({"name": SECRET, "weight": SECRET}, "at .weight: Float cannot represent non numeric value."),
        ({"name": SECRET, "born": SECRET}, "at .born: Boolean cannot represent a non boolean value."),
        ({"name": SECRET, "kind": SECRET}, "at .kind: The value is not in 'Kind'."),
        ({"name": SECRET, "kind": [SECRET]}, "at .kind: Enum 'Kind' cannot represent non-string value."),
        ({"name": SECRET, "id": {"x": SECRET}}, "at .id: ID cannot represent value."),
        (SECRET, "Expected value of type 'Person' to be an object."),
    ],
)
def test_what_is_wrong_with_variables_is_said_without_them(given: object, told: str) -> None:
    document = parse("query($person: Person!) { greet(person: $person) }")
    (operation,) = document.definitions
    errors = get_variable_values(SCHEMA, operation.variable_definitions, {"person": given})  # type: ignore[attr-defined]
    assert isinstance(errors, list)
    said = [without_values(error.message) for error in errors]
    assert any(told in message for message in said), said
    assert not [message for message in said if "Marie" in message or "here" in message]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"Marie"', "Expected value of type 'Person' to be an object."),
        ('{name: "A", age: "Marie"}', "Int cannot represent non-integer value."),
        ('{name: "A", kind: "Marie"}', "Enum 'Kind' cannot represent non-enum value."),
        ('{name: "A", kind: CAPES}', "The value is not in 'Kind'."),
        ('{nam: "Marie"}', "not to include unknown field 'nam'"),
    ],
)
def test_nor_what_is_written_in_the_document(written: str, told: str) -> None:
    said = [
        without_values(error.message) for error in validate(SCHEMA, parse(f"{{ greet(person: {written}) }}"))
    ]
    assert any(told in message for message in said), said
    assert not [message for message in said if "Marie" in message]


def test_nor_what_stands_where_no_value_may() -> None:
    with pytest.raises(GraphQLSyntaxError) as refused:
        parse('{ greet "Marie" }')
    assert "Marie" in refused.value.message
    assert without_values(refused.value.message) == "Syntax Error: Expected Name, found String."


def test_names_of_the_schema_stay() -> None:
    for message in (
        "Cannot query field 'nom' on type 'Query'. Did you mean 'name'?",
        "Variable '$person' of required type 'Person!' was not provided.",
        'Syntax Error: Unexpected Name "greet".',
    ):
        assert without_values(message) == message
