from pathlib import Path

from graphql import GraphQLObjectType, GraphQLSchema

from services.loans.graphql.schema import make_schema, sdl

ROOT = Path(__file__).parents[4]


def test_the_committed_sdl_is_what_the_code_gives() -> None:
    assert (ROOT / "schema" / "loans.graphql").read_text(encoding="utf-8") == sdl()


def object_types(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    return [
        kind
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("_")
    ]


def test_every_field_tells_what_it_is() -> None:
    silent = {
        f"{kind.name}.{name}"
        for kind in object_types(make_schema().graphql_schema)
        for name, field in kind.fields.items()
        if not field.description and not name.startswith("_")
    }

    assert silent == set()


def test_only_borrowers_and_committees_are_named_and_nothing_else_is_told_of_a_person() -> None:
    """A condition's text and a member's name are null for whom names are hidden, as a borrower is."""
    personal = {"givenName", "familyName", "email", "phone", "birthDate", "address", "bank", "iban", "bic"}
    free_text = {"purpose", "reason", "conditions", "writtenOffReason", "present", "stoodAside"}
    answered = {
        (kind.name, name) for kind in object_types(make_schema().graphql_schema) for name in kind.fields
    }

    told = {(kind, name) for kind, name in answered if name in personal | free_text}
    of_committees = {
        ("LoanApplication", "conditions"),  # each with its text where it may be read
        ("CommitteeSessionItem", "stoodAside"),  # ids of members
        ("CommitteeSessionMember", "present"),  # whether, not who
    }
    borrower = {("LoanBorrower", name) for name in ("givenName", "familyName", "email")}
    assert told == borrower | of_committees
