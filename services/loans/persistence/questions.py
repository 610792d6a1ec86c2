"""Questions about applications, and their answers."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.application import Application
from services.loans.domain.draft import Draft
from services.loans.domain.question import Question, QuestionAnswer, Side
from services.loans.domain.refusals import LoansElement
from services.loans.persistence.folders import is_of, owner_values, seen_in
from services.loans.persistence.tables import AnswerRow, QuestionRow
from services.loans.persistence.wide_statements import in_array, table_of

QUESTIONS = table_of(QuestionRow)
ANSWERS = table_of(AnswerRow)


def count_open(owner: str, dossier_id: ColumnElement[UUID]) -> ScalarSelect[int]:
    """For each row of the query around it; `owner` is the column that names the dossier."""
    is_asked = and_(QUESTIONS.c[owner] == dossier_id, QUESTIONS.c.answered_at.is_(None))
    return select(func.count()).select_from(QUESTIONS).where(is_asked).scalar_subquery()


async def add(session: AsyncSession, dossier: Draft | Application, question: Question) -> None:
    await session.execute(
        insert(QUESTIONS).values(
            id=question.id,
            **owner_values(dossier),
            side=question.side.value,
            text=question.text,
            created_at=question.created_at,
        )
    )


async def add_answer(session: AsyncSession, question: Question, answer: QuestionAnswer) -> None:
    """Under the dossier's lock."""
    await session.execute(
        insert(ANSWERS).values(
            id=answer.id,
            question_id=question.id,
            region=question.region,
            cae_siren=question.cae_siren,
            side=answer.side.value,
            text=answer.text,
            created_at=answer.created_at,
        )
    )
    await session.execute(
        update(QUESTIONS)
        .where(QUESTIONS.c.id == question.id, QUESTIONS.c.answered_at.is_(None))
        .values(answered_at=answer.created_at)
    )


async def find(session: AsyncSession, question_id: UUID, scope: Scope) -> Question:
    query = select(QUESTIONS).where(QUESTIONS.c.id == question_id, *seen_in(QUESTIONS, scope))
    found = await _whole(session, list(await session.execute(query)))
    if not found:
        raise NotFound(what=LoansElement.QUESTION, id=question_id)
    return found[0]


async def page(
    session: AsyncSession, scope: Scope, dossier_id: UUID, *, after: UUID | None, limit: int
) -> list[Question]:
    """As they were asked, one more than `limit` where there is a next page."""
    query = (
        select(QUESTIONS)
        .where(is_of(QUESTIONS, dossier_id), *seen_in(QUESTIONS, scope))
        .order_by(QUESTIONS.c.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(QUESTIONS.c.id > after)
    return await _whole(session, list(await session.execute(query)))


async def count(session: AsyncSession, scope: Scope, dossier_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(QUESTIONS)
        .where(is_of(QUESTIONS, dossier_id), *seen_in(QUESTIONS, scope))
    )
    return int((await session.execute(query)).scalar_one())


async def empty(session: AsyncSession, draft: Draft) -> None:
    """What was said about a draft that is withdrawn; that something was said stays."""
    of_draft = select(QUESTIONS.c.id).where(QUESTIONS.c.draft_id == draft.id)
    await session.execute(
        update(ANSWERS).where(ANSWERS.c.question_id.in_(of_draft.scalar_subquery())).values(text="")
    )
    await session.execute(update(QUESTIONS).where(QUESTIONS.c.draft_id == draft.id).values(text=""))


async def _whole(session: AsyncSession, rows: list[Row[Any]]) -> list[Question]:
    answers: defaultdict[UUID, list[QuestionAnswer]] = defaultdict(list)
    if rows:
        of_questions = in_array(ANSWERS.c.question_id, [row.id for row in rows])
        for row in await session.execute(select(ANSWERS).where(of_questions).order_by(ANSWERS.c.id)):
            answers[row.question_id].append(QuestionAnswer(row.id, Side(row.side), row.text, row.created_at))
    return [
        Question(
            id=row.id,
            application_id=row.application_id or row.draft_id,
            region=row.region,
            cae_siren=Siren(row.cae_siren),
            side=Side(row.side),
            text=row.text,
            created_at=row.created_at,
            answered_at=row.answered_at,
            answers=tuple(answers[row.id]),
        )
        for row in rows
    ]
