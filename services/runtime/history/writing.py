"""Writes what was told in a transaction, by one statement at its end: versions, audit trail and outbox.

Several facts of one dossier take consecutive versions, in the order in which they were told. The version is
bumped first and its row stays locked until the commit; the number of an outbox row is taken after. So of two
events of one dossier the later has the larger number, and was committed later: the relay relies on it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.runtime.database.connection import fetch
from services.runtime.database.tenancy import SYSTEM
from services.runtime.history.facts import Fact, told

HISTORY = "history of the transaction"


@dataclass(frozen=True, slots=True)
class Author:
    """Who answers for what a transaction writes."""

    role: str
    client: str
    person: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Author":
        return cls(caller.role.value, caller.client, caller.person)

    @classmethod
    def system(cls, client: str) -> "Author":
        return cls(SYSTEM, client)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What an idempotency key answers from now on; `key` is its client, method, path and own name."""

    key: tuple[str, str, str, str]
    status: int
    answer: bytes


async def write_facts(
    session: AsyncSession,
    schema: str,
    author: Author,
    facts: Sequence[Fact],
    kept: KeptAnswer | None = None,
) -> None:
    """One statement, however many facts there are, and the answer of the call's key with them."""
    keeping = (None,) * 6 if kept is None else (kept.status, kept.answer, *kept.key)
    await fetch(session, _statement(schema), _document(author, facts), *keeping)


def open_history(session: AsyncSession, schema: str, author: Author) -> None:
    """Where what is told in this transaction is written, and who answers for it."""
    session.info[HISTORY] = (schema, author)


async def write_told(session: AsyncSession) -> None:
    """What was told and not yet written: at the end, and on the way where thousands would be held."""
    facts = told(session)
    if facts:
        schema, author = session.info[HISTORY]
        await write_facts(session, schema, author, facts)


def _document(author: Author, facts: Sequence[Fact]) -> str:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    now = datetime.now(UTC)
    later = Counter(fact.dossier.id for fact in facts)
    rows = []
    for rank, fact in enumerate(facts):
        later[fact.dossier.id] -= 1
        rows.append(
            _row(fact, author)
            | {
                "rank": rank,
                "later": later[fact.dossier.id],
                "recorded_at": now,
                "request_id": request_id,
            }
        )
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: object) -> str:
    """The driver's ids are of a class of its own, under Python's."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no fact holds a {type(value).__name__}")


def _row(fact: Fact, author: Author) -> dict[str, Any]:
    dossier = fact.dossier
    return {
        "id": new_id(),
        "act": fact.act,
        "dossier_kind": dossier.kind,
        "dossier_id": dossier.id,
        "subject_id": fact.subject_id,
        "region": dossier.region,
        "cae_siren": dossier.cae_siren,
        "client": author.client,
        "role": author.role,
        "person": author.person,
        "before": dict(fact.before),
        "after": dict(fact.after),
        "personal_fields": fact.personal_fields,
        "note": fact.note,
        "event": fact.event,
        "event_id": None if fact.event is None else new_id(),
    }


@cache
def _statement(schema: str) -> str:
    # Dossiers are locked in the order of their ids, whatever the order of the facts. The outbox takes its
    # numbers above the sort: once every version is bumped, and in the order of the facts.
    return f"""
    WITH told AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset($1::jsonb) AS told (
            rank int, later int, id uuid, recorded_at timestamptz, act text, dossier_kind text,
            dossier_id uuid, subject_id uuid, region text, cae_siren text, client text, role text,
            person text, request_id text, before jsonb, after jsonb, personal_fields text[], note text,
            event text, event_id uuid)
    ), bumped AS (
        INSERT INTO {schema}.dossier_versions AS kept (dossier_id, version, region, cae_siren)
        SELECT dossier_id, count(*), min(region), min(cae_siren) FROM told
         GROUP BY dossier_id ORDER BY dossier_id
        ON CONFLICT (dossier_id) DO UPDATE
           SET version = kept.version + excluded.version,
               region = excluded.region, cae_siren = excluded.cae_siren
        RETURNING dossier_id, version
    ), audited AS (
        INSERT INTO {schema}.audit_trail (
            id, recorded_at, act, dossier_kind, dossier_id, subject_id, region, cae_siren, client, role,
            person, request_id, before, after, personal_fields)
        SELECT id, recorded_at, act, dossier_kind, dossier_id, subject_id, region, cae_siren, client, role,
               person, request_id, before, after, personal_fields
          FROM told
    ), noted AS (
        INSERT INTO {schema}.audit_notes (audit_id, region, cae_siren, note)
        SELECT id, region, cae_siren, note FROM told WHERE note IS NOT NULL
    ), answered AS (
        UPDATE {schema}.idempotency_keys SET status = $2, answer = $3
         WHERE client = $4 AND method = $5 AND path = $6 AND key = $7
    )
    INSERT INTO {schema}.outbox (
        event_id, type, dossier_kind, dossier_id, subject_id, version, region, cae_siren, occurred_at)
    SELECT event_id, event, dossier_kind, dossier_id, subject_id, version - later, region, cae_siren,
           recorded_at
      FROM told JOIN bumped USING (dossier_id)
     WHERE event_id IS NOT NULL
     ORDER BY rank
    """  # noqa: S608 - `schema` is a name of ours
