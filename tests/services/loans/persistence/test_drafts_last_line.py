"""What the database refuses of drafts, documents and questions, whatever the code above it does."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Json, Lending, answered


@pytest.fixture
async def draft(lending: Lending) -> Json:
    siren = new_siren()
    body = {
        "draft": True,
        "fund_id": (await lending.fund())["id"],
        "cae": {"siret": siret_of(siren)},
        "purpose": "Un four",
    }
    made = answered(await lending.operator.post("/v1/applications", json=body), 201)
    await lending.act(made["id"], "questions", {"text": "Et le devis ?"}, status=201)
    return made


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE loans.application_drafts SET status = 'submitted' WHERE id = :id", "status_known"),
        ("UPDATE loans.application_drafts SET status = 'withdrawn' WHERE id = :id", "ended_has_date"),
        (
            "UPDATE loans.application_drafts SET status = 'withdrawn', ended_on = now() WHERE id = :id",
            "withdrawn_keeps_nothing",
        ),
        ("UPDATE loans.application_drafts SET content = '[]' WHERE id = :id", "content_is_object"),
        ("UPDATE loans.application_drafts SET region = '53' WHERE id = :id", "fk_"),
        ("UPDATE loans.questions SET draft_id = NULL WHERE draft_id = :id", "of_one_dossier"),
        ("UPDATE loans.questions SET application_id = :id WHERE draft_id = :id", "of_one_dossier"),
        ("UPDATE loans.questions SET cae_siren = '978592848' WHERE draft_id = :id", "fk_"),
        ("DELETE FROM loans.application_drafts WHERE id = :id", "fk_questions_draft_id"),
    ],
)
async def test_a_draft_keeps_its_invariants(
    lending: Lending, draft: Json, statement: str, constraint: str
) -> None:
    with pytest.raises(DBAPIError, match=constraint):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(text(statement), {"id": UUID(draft["id"])})


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.OPERATOR, True),
        (Role.CAE, True),
        (Role.ADMIN, True),
        (Role.PARTNER, False),
        (Role.FUNDER, False),
    ],
)
async def test_a_query_without_a_filter_finds_drafts_for_whom_they_are(
    lending: Lending, draft: Json, role: Role, sees: bool
) -> None:
    siren = {Role.CAE: Siren(draft["cae"]["siren"]), Role.FUNDER: Siren("200053767")}.get(role)
    caller = Caller(role, "tests", frozenset({"84"}), siren)
    async with lending.api.database.transaction(caller, read_only=True) as session:
        for table, column in (("application_drafts", "id"), ("questions", "draft_id")):
            query = text(f"SELECT count(*) FROM loans.{table} WHERE {column} = :id")
            found = (await session.execute(query, {"id": UUID(draft["id"])})).scalar_one()
            assert found == (1 if sees else 0), table


async def test_a_side_speaks_for_itself_alone(lending: Lending, draft: Json) -> None:
    operator = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
    insert = text("""
        INSERT INTO loans.questions (id, draft_id, region, cae_siren, side, text)
        SELECT gen_random_uuid(), id, region, cae_siren, :side, 'x' FROM loans.application_drafts
         WHERE id = :id
    """)
    async with lending.api.database.transaction(operator) as session:
        await session.execute(insert, {"id": UUID(draft["id"]), "side": "operator"})
    with pytest.raises(DBAPIError, match="row-level security"):
        async with lending.api.database.transaction(operator) as session:
            await session.execute(insert, {"id": UUID(draft["id"]), "side": "cae"})
