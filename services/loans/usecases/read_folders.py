"""The documents, questions and answers of an application that a caller sees."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.question import Question
from services.loans.persistence import documents, questions
from services.loans.usecases.read_applications import read_either
from services.runtime.documents.document import Document


async def list_documents(
    session: AsyncSession, caller: Caller, application_id: UUID, *, after: UUID | None, limit: int
) -> list[Document]:
    """As they were attached; one more than `limit` where there is a next page."""
    require(caller, Act.READ_DOCUMENT)
    await read_either(session, caller, application_id)
    return await documents.page(session, caller.scope, application_id, after=after, limit=limit)


async def count_documents(session: AsyncSession, caller: Caller, application_id: UUID) -> int:
    require(caller, Act.READ_DOCUMENT)
    return await documents.count(session, caller.scope, application_id)


async def read_document(
    session: AsyncSession, caller: Caller, application_id: UUID, document_id: UUID
) -> Document:
    require(caller, Act.READ_DOCUMENT)
    return await documents.find(session, application_id, document_id, caller.scope)


async def list_questions(
    session: AsyncSession, caller: Caller, application_id: UUID, *, after: UUID | None, limit: int
) -> list[Question]:
    """As they were asked; one more than `limit` where there is a next page."""
    require(caller, Act.READ_QUESTION)
    await read_either(session, caller, application_id)
    return await questions.page(session, caller.scope, application_id, after=after, limit=limit)


async def count_questions(session: AsyncSession, caller: Caller, application_id: UUID) -> int:
    require(caller, Act.READ_QUESTION)
    return await questions.count(session, caller.scope, application_id)
