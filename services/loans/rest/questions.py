"""Questions and answers between operator and CAE about an application, until it is decided."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.question import Question, QuestionAnswer, Side
from services.loans.rest.words import APPLICATION_ID
from services.loans.usecases.ask_question import AnswerQuestion, AskQuestion, answer_question, ask_question
from services.loans.usecases.read_folders import count_questions, list_questions
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, Body, LongText
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(tags=["questions"])

QUESTION_ID = "01932b04-7d60-7f85-9fa7-be536c719fa0"
ANSWER_ID = "01932b04-8e70-7f96-8fb8-cf647d82afb1"


class QuestionBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Le devis du four est-il signé ?"}]})

    text: LongText = Field(description="What is asked", examples=["Le devis du four est-il signé ?"])


class AnswerBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Oui, le voici joint."}]})

    text: LongText = Field(description="What is answered", examples=["Oui, le voici joint."])


class QuestionAnswerAnswer(Answer):
    id: UUID = Field(description="The answer's id", examples=[ANSWER_ID])
    side: Side = Field(description="Who answers: `operator` or `cae`", examples=["cae"])
    text: str = Field(description="What is answered", examples=["Oui, le voici joint."])
    created_at: datetime = Field(description="When", examples=["2026-11-22T16:04:05Z"])

    @classmethod
    def of(cls, answer: QuestionAnswer) -> "QuestionAnswerAnswer":
        return cls(id=answer.id, side=answer.side, text=answer.text, created_at=answer.created_at)


class QuestionAsked(Answer):
    id: UUID = Field(description="The question's id", examples=[QUESTION_ID])
    application_id: UUID = Field(description="The application, or its draft", examples=[APPLICATION_ID])
    side: Side = Field(description="Who asks: `operator` or `cae`", examples=["operator"])
    text: str = Field(description="What is asked", examples=["Le devis du four est-il signé ?"])
    is_open: bool = Field(description="Whether the other side has not answered yet", examples=[False])
    answers: list[QuestionAnswerAnswer] = Field(description="As they were given")
    created_at: datetime = Field(description="When", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, question: Question) -> "QuestionAsked":
        return cls(
            id=question.id,
            application_id=question.application_id,
            side=question.side,
            text=question.text,
            is_open=question.is_open,
            answers=[QuestionAnswerAnswer.of(answer) for answer in question.answers],
            created_at=question.created_at,
        )


@router.post(
    "/applications/{application_id}/questions",
    status_code=201,
    response_model=QuestionAsked,
    summary="Ask the other side about an application, before it is decided",
)
async def post_question(
    application_id: UUID, body: QuestionBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> QuestionAsked:
        return QuestionAsked.of(
            await ask_question(session, call.caller, AskQuestion(application_id, body.text))
        )

    return await perform(call, effect)


@router.get(
    "/applications/{application_id}/questions",
    summary="List what was asked and answered about an application, in order",
)
async def get_questions(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[QuestionAsked]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[QuestionAsked]:
        found = await list_questions(session, call.caller, application_id, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_questions(session, call.caller, application_id) if page.count else None
        return Page(items=[QuestionAsked.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.post(
    "/questions/{question_id}/answers",
    status_code=201,
    response_model=QuestionAsked,
    summary="Answer a question of the other side",
)
async def post_answer(
    question_id: UUID, body: AnswerBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> QuestionAsked:
        order = AnswerQuestion(question_id, body.text)
        return QuestionAsked.of(await answer_question(session, call.caller, order))

    return await perform(call, effect)
