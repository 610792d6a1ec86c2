"""Operator and CAE ask each other about an application, and answer, until it is decided."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, ApplicationAct, require_open_to
from services.loans.domain.application_refusals import TooManyQuestions
from services.loans.domain.draft import Draft
from services.loans.domain.events import LoansEvent
from services.loans.domain.question import (
    MOST_QUESTIONS,
    Question,
    QuestionAnswer,
    check_other_side,
    side_of,
)
from services.loans.persistence import questions
from services.loans.usecases.facts import folder_dossier
from services.loans.usecases.read_applications import lock_either
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class AskQuestion:
    application_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    question_id: UUID
    text: str


async def ask_question(session: AsyncSession, caller: Caller, order: AskQuestion) -> Question:
    require(caller, Act.ASK_QUESTION)
    dossier = await lock_either(session, order.application_id, caller.scope)
    require_open_to(dossier.status, ApplicationAct.ASK)
    if await questions.count(session, caller.scope, dossier.id) >= MOST_QUESTIONS:
        raise TooManyQuestions(most=MOST_QUESTIONS)
    question = Question(
        id=new_id(),
        application_id=dossier.id,
        region=dossier.region,
        cae_siren=dossier.cae_siren if isinstance(dossier, Draft) else dossier.borrower.cae.siren,
        side=side_of(caller.role),
        text=order.text,
        created_at=datetime.now(UTC),
    )
    await questions.add(session, dossier, question)
    tell(session, _fact(dossier, question, Act.ASK_QUESTION, LoansEvent.APPLICATION_QUESTION_ASKED))
    return question


async def answer_question(session: AsyncSession, caller: Caller, order: AnswerQuestion) -> Question:
    """By the other side; again where there is more to say."""
    require(caller, Act.ANSWER_QUESTION)
    question = await questions.find(session, order.question_id, caller.scope)
    dossier = await lock_either(session, question.application_id, caller.scope)
    require_open_to(dossier.status, ApplicationAct.ANSWER)
    side = side_of(caller.role)
    check_other_side(question, side)
    question = await questions.find(session, order.question_id, caller.scope)  # as it is under the lock
    if len(question.answers) >= MOST_QUESTIONS:
        raise TooManyQuestions(most=MOST_QUESTIONS)
    answer = QuestionAnswer(new_id(), side, order.text, datetime.now(UTC))
    await questions.add_answer(session, question, answer)
    answered = replace(
        question,
        answered_at=question.answered_at or answer.created_at,
        answers=(*question.answers, answer),
    )
    event = LoansEvent.APPLICATION_QUESTION_ANSWERED
    tell(session, _fact(dossier, answered, Act.ANSWER_QUESTION, event))
    return answered


def _fact(dossier: Draft | Application, question: Question, act: Act, event: LoansEvent) -> Fact:
    return Fact(
        folder_dossier(dossier),
        act,
        event,
        subject_id=question.id,
        after={"side": question.side, "answers": len(question.answers)},
        personal_fields=("text",),
    )
