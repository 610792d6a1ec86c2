"""No call is done twice: the key is written in the effect's own transaction, and its answer replayed.

A key belongs to a client, a method and a path. Only effects are stored: a refusal rolls the key back, so that
the same call may succeed later. Two equal calls at once: the second waits on the first one's row.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.language import Text as Sentence
from services.kernel.language import Word
from services.kernel.refusals import NotAllowed, Refusal
from services.runtime.call import Call
from services.runtime.database.connection import fetch
from services.runtime.database.transactions import Database
from services.runtime.history.facts import told
from services.runtime.history.writing import Author, KeptAnswer, write_facts
from services.runtime.privacy.personal_data import Category, Erasure, personal

LONGEST_KEY = 200
LOCK_NOT_AVAILABLE = "55P03"
SHORTEST_ID = 32

HEADER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this call: the same key and body gives the stored answer, and nothing is done "
    "twice. Required where money moves.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
    "example": "6f0d3c1e-repayment-2026-03",
}
KEY_ACCEPTED: dict[str, Any] = {"parameters": [{**HEADER, "required": False}]}
# `openapi_extra` of the routes whose `perform` has `key_required=True`: the document says so too.
KEY_REQUIRED: dict[str, Any] = {"parameters": [{**HEADER, "required": True}]}

Effect = Callable[[AsyncSession], Awaitable[BaseModel]]


class ReplayAct(Word):
    REPLAY = "replay", "reprendre la réponse d'un autre jeton", "taking another token's answer again"


class IdempotencyKeyRequired(Refusal):
    http_status = 400
    code = "idempotency-key-required"
    title = Sentence("Clé d'idempotence absente", "Idempotency key missing")
    detail = Sentence(
        "Cet appel déplace de l'argent : donnez un en-tête Idempotency-Key propre à cet appel, "
        "et redonnez le même si vous recommencez.",
        "This call moves money: give an Idempotency-Key header of its own, "
        "and the same one if you try again.",
    )


class IdempotencyKeyMalformed(Refusal):
    http_status = 400
    code = "idempotency-key-malformed"
    title = Sentence("Clé d'idempotence mal formée", "Idempotency key malformed")
    detail = Sentence(
        "La clé a de 1 à {longest} caractères ASCII visibles.",
        "The key has 1 to {longest} visible ASCII characters.",
    )


class IdempotencyKeyReused(Refusal):
    http_status = 422
    code = "idempotency-key-reused"
    title = Sentence("Clé d'idempotence déjà utilisée", "Idempotency key reused")
    detail = Sentence(
        "Cette clé a déjà servi pour un autre contenu ; une nouvelle opération demande une nouvelle clé.",
        "This key was used with another body; a new operation needs a new key.",
    )


class IdempotencyKeyInUse(Refusal):
    code = "idempotency-key-in-use"
    title = Sentence("Appel identique en cours", "The same call is running")
    detail = Sentence(
        "Le même appel est encore en cours ; recommencez avec la même clé dans quelques secondes.",
        "The same call still runs; try again with the same key in a few seconds.",
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """What a key stands for: a client's method and path, and a fingerprint of what was sent."""

    client: str
    method: str
    path: str
    key: str
    fingerprint: bytes

    @property
    def name(self) -> tuple[str, str, str, str]:
        return (self.client, self.method, self.path, self.key)


@dataclass(frozen=True, slots=True)
class Stored:
    status: int
    answer: bytes


def define_table(metadata: MetaData) -> Table:
    """`idempotency_keys` in the schema of `metadata`; each service's first migration makes it."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("client", Text, primary_key=True),
        Column("method", Text, primary_key=True),
        Column("path", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("role", Text, nullable=False),
        Column("regions", ARRAY(Text), nullable=False),
        Column("siren", Text),
        Column("status", SmallInteger),
        Column("answer", LargeBinary, info=personal(Category.ANSWER, Erasure.ROW)),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
        CheckConstraint(f"length(key) BETWEEN 1 AND {LONGEST_KEY}", name="key_length"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
        CheckConstraint("(status IS NULL) = (answer IS NULL)", name="answer_with_status"),
    )


async def perform(call: Call, effect: Effect, *, status: int = 201, key_required: bool = False) -> Response:
    """Runs `effect` once for its key, in one transaction with the key, and answers what it answered."""
    operation = await _operation(call, required=key_required)
    stored, is_replay = await perform_once(call.database, call.caller, operation, effect, status=status)
    headers = {"Idempotent-Replayed": "true"} if is_replay else None
    return Response(stored.answer, status_code=stored.status, media_type="application/json", headers=headers)


async def perform_once(
    database: Database, caller: Caller, operation: Operation | None, effect: Effect, *, status: int
) -> tuple[Stored, bool]:
    """What was answered, and whether it is a replay. Without an operation the effect simply runs."""
    async with database.transaction(caller) as session:
        if operation is not None:
            stored = await _claim(session, database.idempotency_keys, caller, operation)
            if stored is not None:
                return stored, True
        answer = await effect(session)
        fresh = Stored(status, answer.model_dump_json().encode())
        if operation is not None:
            await _keep(session, database, caller, operation, fresh)
    return fresh, False


async def _claim(session: AsyncSession, table: Table, caller: Caller, operation: Operation) -> Stored | None:
    """None when the key is now ours; else what it answered before, authorised again."""
    try:
        claimed = await fetch(
            session,
            _claim_statement(table.fullname),
            *operation.name,
            operation.fingerprint,
            *(caller.role.value, sorted(caller.regions), caller.siren),
        )
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise IdempotencyKeyInUse from error
        raise
    if claimed:
        return None
    [found] = await fetch(session, _find_statement(table.fullname), *operation.name)
    if found.fingerprint != operation.fingerprint:
        raise IdempotencyKeyReused
    still_may = (found.role, found.siren) == (caller.role.value, caller.siren)
    if not still_may or not caller.regions.issuperset(found.regions):
        raise NotAllowed(role=caller.role, act=ReplayAct.REPLAY)
    return Stored(found.status, found.answer)


async def _keep(
    session: AsyncSession, database: Database, caller: Caller, operation: Operation, stored: Stored
) -> None:
    """With what the effect told, where it told anything: a round trip less."""
    facts = told(session)
    if facts:
        kept = KeptAnswer(operation.name, stored.status, stored.answer)
        await write_facts(session, database.schema, Author.of(caller), facts, kept)
        return
    statement = _keep_statement(database.idempotency_keys.fullname)
    await fetch(session, statement, *operation.name, stored.status, stored.answer)


# The names of tables are our own; every value is a parameter.
SAME_KEY = "client = $1 AND method = $2 AND path = $3 AND key = $4"


@cache
def _claim_statement(table: str) -> str:
    return (
        f"INSERT INTO {table} (client, method, path, key, fingerprint, role, regions, siren)"  # noqa: S608
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING true"
    )


@cache
def _find_statement(table: str) -> str:
    return f"SELECT fingerprint, role, regions, siren, status, answer FROM {table} WHERE {SAME_KEY}"  # noqa: S608


@cache
def _keep_statement(table: str) -> str:
    return f"UPDATE {table} SET status = $5, answer = $6 WHERE {SAME_KEY}"  # noqa: S608


def fingerprint(body: bytes, query: bytes = b"") -> bytes:
    """Of the JSON value rather than its bytes: a retry may order or space it otherwise."""
    try:
        canonical = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        canonical = body  # not JSON, or nested deeper than can be written again
    return hashlib.sha256(canonical + b"?" + query if query else canonical).digest()


def checked_key(key: str | None, *, required: bool) -> str | None:
    if key is None:
        if required:
            raise IdempotencyKeyRequired
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyMalformed(longest=LONGEST_KEY)
    return key


def path_of(request: Request) -> str:
    """Which resource is addressed: an id has capitals, or no hyphens, and is the same one all the same."""
    return "/".join(map(_one_form, request.scope["path"].split("/")))


def _one_form(segment: str) -> str:
    if len(segment) < SHORTEST_ID:
        return segment
    try:
        return str(UUID(segment))
    except ValueError:
        return segment


async def _operation(call: Call, *, required: bool) -> Operation | None:
    request = call.request
    key = checked_key(request.headers.get("idempotency-key"), required=required)
    if key is None:
        return None
    return Operation(
        client=call.caller.client,
        method=request.method,
        path=path_of(request),
        key=key,
        fingerprint=fingerprint(await request.body(), request.scope["query_string"]),
    )
