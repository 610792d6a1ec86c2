"""Drafts of applications; documents, questions and answers of a draft, or of what it became."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.application import ApplicationStatus
from services.loans.domain.application_document import DocumentKind
from services.loans.domain.question import Side
from services.loans.persistence.tables.base import Base, of_same_cae, of_same_region, one_of, recorded_at
from services.runtime.documents.tables import DocumentColumns, document_checks
from services.runtime.privacy.personal_data import Category, Erasure, personal


class DraftRow(Base):
    """`content` is what was given so far. A withdrawn draft keeps none of it; a submitted one is gone."""

    __tablename__ = "application_drafts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    entrepreneur_id: Mapped[UUID | None] = mapped_column(info=personal(Category.REFERENCE, Erasure.STAYS))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Category.DRAFT, Erasure.EMPTY))
    status: Mapped[str]
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    created_at: Mapped[datetime] = recorded_at()
    changed_at: Mapped[datetime]

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        UniqueConstraint("id", "region", "cae_siren"),
        Index(None, "region", "id"),
        Index(None, "cae_siren", "id"),
        Index(None, "entrepreneur_id"),
        one_of("status", (ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN), "status_known"),
        CheckConstraint("jsonb_typeof(content) = 'object'", name="content_is_object"),
        CheckConstraint("length(content::text) <= 80000", name="content_bounded"),
        CheckConstraint("(status = 'withdrawn') = (ended_on IS NOT NULL)", name="ended_has_date"),
        CheckConstraint("status = 'draft' OR content = '{}'", name="withdrawn_keeps_nothing"),
    )


class OfDossier:
    """Of a draft, or of the application that it became; never of both."""

    draft_id: Mapped[UUID | None]
    application_id: Mapped[UUID | None]
    region: Mapped[str]
    cae_siren: Mapped[str]


def dossier_checks() -> tuple[Any, ...]:
    return (
        CheckConstraint("num_nonnulls(draft_id, application_id) = 1", name="of_one_dossier"),
        of_same_cae("draft_id", "application_drafts"),
        of_same_cae("application_id", "applications"),
        Index(None, "draft_id", "id"),
        Index(None, "application_id", "id"),
    )


class DocumentRow(DocumentColumns, OfDossier, Base):
    __tablename__ = "documents"

    __table_args__ = (*dossier_checks(), one_of("kind", DocumentKind, "kind_known"), *document_checks())


class QuestionRow(OfDossier, Base):
    """`answered_at`: of its first answer. It is open until then."""

    __tablename__ = "questions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    side: Mapped[str]
    text: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        *dossier_checks(),
        UniqueConstraint("id", "region", "cae_siren"),
        one_of("side", Side, "side_known"),
    )


class AnswerRow(Base):
    __tablename__ = "answers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    side: Mapped[str]
    text: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("question_id", "questions"),
        Index(None, "question_id", "id"),
        one_of("side", Side, "side_known"),
    )
