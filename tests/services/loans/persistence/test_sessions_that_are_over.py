"""What a session was at its closing, it stays: the database says so, to its owner too."""

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from services.kernel.access import Caller, Role
from services.runtime.database.transactions import asyncpg_url
from services.runtime.settings import Settings
from tests.services.loans.conftest import REGION, Json, Lending
from tests.services.loans.secretaries import Secretary

INTEGRITY = "23000"
OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({REGION}))

CHANGES = {
    "a vote more": "UPDATE loans.session_items SET votes_for = votes_for + 1 WHERE session_id = :id",
    "more money": "UPDATE loans.session_items SET granted_amount_cents = 1 WHERE session_id = :id",
    "another reason": "UPDATE loans.session_items SET reason = 'Autre' WHERE session_id = :id",
    "no reason": "UPDATE loans.session_items SET reason = NULL WHERE session_id = :id",
    "an item less": "DELETE FROM loans.session_items WHERE session_id = :id",
    "another name": "UPDATE loans.session_members SET name = 'Un autre' WHERE session_id = :id",
    "who was absent sat": "UPDATE loans.session_members SET is_present = true WHERE session_id = :id",
    "a member less": "DELETE FROM loans.session_members WHERE session_id = :id",
    "a member more": """
        INSERT INTO loans.session_members
               (id, session_id, region, rank, name, organisation, tied_to, is_present)
        VALUES (gen_random_uuid(), :id, '84', 99, 'Un autre', '', '{}', true)
    """,
    "other minutes": """
        UPDATE loans.committee_sessions SET minutes = '{}',
               minutes_hash = encode(sha256(convert_to('{}', 'UTF8')), 'hex') WHERE id = :id
    """,
    "another day": "UPDATE loans.committee_sessions SET held_on = '2024-01-11' WHERE id = :id",
    "open again": """
        UPDATE loans.committee_sessions SET status = 'open', closed_at = NULL, closed_by_client = NULL,
               minutes = NULL, minutes_hash = NULL WHERE id = :id
    """,
    "gone": "DELETE FROM loans.committee_sessions WHERE id = :id",
}


async def closed(lending: Lending) -> tuple[Secretary, Json]:
    fund = await lending.fund(settings={"quorum": 2})
    secretary = Secretary(lending, fund["id"])
    application = await lending.under_review(fund["id"])
    session = await secretary.opened(application)
    await secretary.everybody(session, Zoé=True)
    await secretary.vote(session, application, votes_for=2, reason="Projet solide")
    return secretary, await secretary.act(session, "closing")


@pytest.mark.parametrize("change", CHANGES)
async def test_a_closed_session_is_changed_by_nobody(lending: Lending, owner_url: str, change: str) -> None:
    secretary, session = await closed(lending)
    before = await secretary.read(session)
    owner = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)

    with pytest.raises(DBAPIError) as as_owner:
        async with owner.begin() as connection:
            await connection.execute(text(CHANGES[change]), {"id": session["id"]})
    with pytest.raises(DBAPIError) as as_operator:
        async with lending.api.database.transaction(OPERATOR) as transaction:
            await transaction.execute(text(CHANGES[change]), {"id": session["id"]})
    await owner.dispose()

    for refused in (as_owner, as_operator):
        assert getattr(refused.value.orig, "sqlstate", None) == INTEGRITY
    assert await secretary.read(session) == before
    proof = await lending.read(f"committee-sessions/{session['id']}/minutes/proof")
    assert proof["stands"] is True


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE loans.session_members SET name = 'Un autre' WHERE session_id = :id",
        "UPDATE loans.session_members SET name = 'personne effacée', rank = 9 WHERE session_id = :id",
        "UPDATE loans.session_items SET reason = NULL, votes_for = 9 WHERE session_id = :id",
        "UPDATE loans.committee_sessions SET closed_by_salt = 'un autre' WHERE id = :id",
    ],
)
async def test_the_system_empties_and_does_nothing_else(lending: Lending, change: str) -> None:
    _, session = await closed(lending)

    with pytest.raises(DBAPIError, match="never changed"):
        async with lending.api.database.of_all_tenants() as transaction:
            await transaction.execute(text(change), {"id": session["id"]})


async def test_what_somebody_emptied_without_the_purge_shows(lending: Lending) -> None:
    """As the system, past the purge: the database lets it, and the proof has no trail of it."""
    _, session = await closed(lending)
    emptied = "UPDATE loans.session_items SET reason = NULL, texts_salt = NULL WHERE session_id = :id"
    async with lending.api.database.of_all_tenants() as transaction:
        await transaction.execute(text(emptied), {"id": session["id"]})

    proof = await lending.read(f"committee-sessions/{session['id']}/minutes/proof")

    assert proof["stands"] is False
    assert [one["pointer"] for one in proof["passages"] if one["state"] == "tampered"] == ["/items/0/texts"]
    assert proof["found_hash"] == proof["expected_hash"], "the document itself is whole"


async def test_whoever_turns_the_rules_off_is_found_out(
    lending: Lending, owner_url: str, settings: Settings
) -> None:
    """A superuser may; the hash and the seals tell."""
    assert settings.database_url == owner_url
    _, session = await closed(lending)
    owner = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    async with owner.begin() as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        forged = "UPDATE loans.session_items SET votes_against = 1 WHERE session_id = :id"
        await connection.execute(text(forged), {"id": session["id"]})
        renamed = "UPDATE loans.session_members SET name = 'Un autre' WHERE session_id = :id AND rank = 1"
        await connection.execute(text(renamed), {"id": session["id"]})
    await owner.dispose()

    proof = await lending.read(f"committee-sessions/{session['id']}/minutes/proof")

    assert proof["stands"] is False
    assert proof["differing"] == ["/items/0"]
    assert [one["pointer"] for one in proof["passages"] if one["state"] == "tampered"] == ["/members/0/words"]
