"""What is read by columns: those that are asked, once, and never what a row does not tell."""

from typing import Any

from graphql import parse

from services.runtime.graphql.compiled.columns import ByColumns, Form, Reader, rows_of
from services.runtime.graphql.compiled.plans import Plans
from tests.api import Api
from tests.graphql_ways import door_of
from tests.services.runtime.graphql.conftest import CrateColumns
from tests.services.runtime.graphql.putting import put_crates
from tests.services.runtime.graphql.test_compiled import Compiled, context_of
from tests.statements import recorded

CRATE = "query ($id: ID!) { crate(id: $id) { %s } }"
CRATES = """query ($id: ID!, $of: [_Any!]!) {
  crate(id: $id) { id }
  _entities(representations: $of) { __typename ... on Crate { valueCents } }
}"""


async def statements_of(crates: Api, text: str, **variables: Any) -> list[str]:
    asked = Compiled(crates, text)
    with recorded(crates.database) as sent:
        assert await asked.answers(**variables)
    return [statement for statement in sent if "FROM crates.crates" in statement]


async def test_only_the_columns_asked_are_read(crates: Api) -> None:
    [crate] = await put_crates(crates, "A1", 5)

    assert await statements_of(crates, CRATE % "id", id=crate) == [
        "SELECT id FROM crates.crates WHERE id = ANY($1)"
    ]
    assert await statements_of(crates, CRATE % "valueCents", id=crate) == [
        "SELECT id, value_cents FROM crates.crates WHERE id = ANY($1)"
    ]


async def test_one_document_reads_the_same_columns_wherever_they_stand(crates: Api) -> None:
    [crate] = await put_crates(crates, "A1", 5)
    of = [{"__typename": "Crate", "id": crate}]

    assert await statements_of(crates, CRATES, id=crate, of=of) == [
        "SELECT id, value_cents FROM crates.crates WHERE id = ANY($1)"
    ]


class Untold(Form):
    __slots__ = ()
    shows = CrateColumns.shows
    needs = {"id": ("id",)}  # noqa: RUF012 - as a form has it


async def test_what_a_row_does_not_tell_is_read_as_ever(crates: Api) -> None:
    [crate] = await put_crates(crates, "A1", 5)
    document = parse(CRATE % "id valueCents")
    schema = door_of(crates.app)._schema
    read = schema.by_columns.fields["Query", "crate"].read
    plans = Plans(schema, document, after_uses=0)
    before = schema.by_columns
    schema.by_columns = ByColumns(fields={("Query", "crate"): Reader(Untold, read)})
    try:
        operation = Compiled(crates, CRATE % "id valueCents").operation
        with recorded(crates.database) as sent:
            answer = await plans.run(operation, context_of(crates), {"id": crate})
    finally:
        schema.by_columns = before

    assert answer is not None
    assert [line for line in sent if "crates.crates" in line] == [
        "SELECT id, shelf, value_cents FROM crates.crates WHERE id = ANY($1)"
    ]


def test_the_same_columns_are_of_the_same_class() -> None:
    assert rows_of(CrateColumns, ["value_cents", "id"]) is rows_of(CrateColumns, {"id", "value_cents"})
    assert rows_of(CrateColumns, ["id"]).kind is not rows_of(CrateColumns, ["id", "value_cents"]).kind
