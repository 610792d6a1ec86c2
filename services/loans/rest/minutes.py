"""The minutes of a closed session, under /v1/committee-sessions/{id}/minutes: to read, to sign, to prove."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.committee_minutes import (
    Minutes,
    MinutesProof,
    Passage,
    PassageKind,
    PassageState,
)
from services.loans.domain.committee_minutes_text import minutes_text
from services.loans.rest.committee_bodies import SESSION_ID
from services.loans.usecases.read_borrowers import funds_that_name
from services.loans.usecases.read_sessions import prove_minutes, read_minutes
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer

router = APIRouter(prefix="/committee-sessions/{session_id}/minutes", tags=["committees"])
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class MinutesFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class PassageAnswer(Answer):
    kind: PassageKind = Field(description="Whose words they are", examples=["member"])
    pointer: str = Field(description="Where their seal stands in the document", examples=["/members/0/words"])
    words: dict[str, Any] | None = Field(
        description="The words; null once the purge emptied them, and for whom names are hidden"
    )
    salt: str | None = Field(
        description="The seal is the SHA-256 of this salt followed by the words in canonical JSON",
        examples=["5f2c1d7a90b34e6f8d1c2b3a4f5e6d7c"],
    )

    @classmethod
    def of(cls, passage: Passage, *, shows_names: bool) -> "PassageAnswer":
        is_shown = shows_names and passage.salt is not None
        return cls(
            kind=passage.kind,
            pointer=passage.pointer,
            words=dict(passage.words) if is_shown else None,
            salt=passage.salt if is_shown else None,
        )


class MinutesAnswer(Answer):
    session_id: UUID = Field(description="The session", examples=[SESSION_ID])
    hash: str = Field(description="SHA-256 of `canonical`, in UTF-8", examples=[HASH])
    canonical: str = Field(description="The document as it was hashed", examples=['{"format":"…"}'])
    document: dict[str, Any] = Field(description="The same, to be read: facts, and seals of the words")
    passages: list[PassageAnswer] = Field(description="Names and free texts, beside the document")

    @classmethod
    def of(cls, session_id: UUID, minutes: Minutes, *, shows_names: bool) -> "MinutesAnswer":
        return cls(
            session_id=session_id,
            hash=minutes.hash,
            canonical=minutes.text,
            document=minutes.document,
            passages=[PassageAnswer.of(one, shows_names=shows_names) for one in minutes.passages],
        )


class PassageProofAnswer(Answer):
    kind: PassageKind = Field(description="Whose words they are", examples=["member"])
    pointer: str = Field(description="Where their seal stands", examples=["/members/0/words"])
    state: PassageState = Field(
        description="`kept`: the seal is theirs; `emptied`: gone, and the audit trail says that the purge "
        "did it; `tampered`: neither",
        examples=["kept"],
    )


class MinutesProofAnswer(Answer):
    session_id: UUID = Field(description="The session", examples=[SESSION_ID])
    stands: bool = Field(description="Whether nothing was changed since the closing", examples=[True])
    expected_hash: str = Field(description="The hash kept at the closing", examples=[HASH])
    found_hash: str = Field(description="The hash worked out now", examples=[HASH])
    differing: list[str] = Field(description="Where the session's rows say otherwise now", examples=[[]])
    passages: list[PassageProofAnswer] = Field(description="What became of names and free texts")

    @classmethod
    def of(cls, session_id: UUID, proof: MinutesProof) -> "MinutesProofAnswer":
        return cls(
            session_id=session_id,
            stands=proof.stands,
            expected_hash=proof.expected_hash,
            found_hash=proof.found_hash,
            differing=list(proof.differing),
            passages=[
                PassageProofAnswer(kind=one.kind, pointer=one.pointer, state=one.state)
                for one in proof.passages
            ],
        )


@router.get(
    "",
    response_model=MinutesAnswer,
    summary="Read the minutes of a closed session",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_minutes(
    session_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    format: Annotated[  # noqa: A002 - the name at the door
        MinutesFormat, Query(description="`json`, or `text` in French, to be read and signed")
    ] = MinutesFormat.JSON,
) -> Response:
    async def query(session: AsyncSession) -> tuple[Minutes, bool]:
        found, minutes = await read_minutes(session, call.caller, session_id)
        return minutes, found.fund_id in await funds_that_name(session, call.caller, {found.fund_id})

    minutes, shows_names = await read(call, query)
    if format is MinutesFormat.TEXT:
        return Response(minutes_text(minutes, shows_names=shows_names), media_type="text/plain")
    answer = MinutesAnswer.of(session_id, minutes, shows_names=shows_names)
    return Response(answer.model_dump_json(), media_type="application/json")


@router.get("/proof", summary="Prove that a session's minutes are what they were at its closing")
async def get_proof(session_id: UUID, call: Annotated[Call, Depends(get_call)]) -> MinutesProofAnswer:
    _, proof = await read(call, lambda session: prove_minutes(session, call.caller, session_id))
    return MinutesProofAnswer.of(session_id, proof)
