"""A document joins an application, or leaves it before it is decided."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.application import ApplicationAct, require_open_to
from services.loans.domain.application_document import DocumentKind
from services.loans.domain.events import LoansEvent
from services.loans.persistence import documents
from services.loans.usecases.facts import folder_dossier
from services.loans.usecases.read_applications import lock_either
from services.runtime.documents.document import Document, DocumentLimits, stored
from services.runtime.documents.refusals import DocumentElement
from services.runtime.documents.storage import Storage
from services.runtime.documents.uploads import Upload
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class AttachDocument:
    application_id: UUID
    kind: DocumentKind
    label: str | None
    upload: Upload


async def attach_document(
    session: AsyncSession, caller: Caller, order: AttachDocument, storage: Storage, limits: DocumentLimits
) -> Document:
    """The content is durable before its row is: what dies between leaves a content without a row, no more."""
    require(caller, Act.ATTACH_DOCUMENT)
    dossier = await lock_either(session, order.application_id, caller.scope)
    require_open_to(dossier.status, ApplicationAct.ATTACH)
    held = await documents.held_by(session, dossier.id)
    held.require_room(order.upload.size_bytes, limits)
    document = await stored(order.upload, storage, id=new_id(), kind=order.kind, label=order.label)
    await documents.add(session, dossier, document)
    tell(
        session,
        Fact(
            folder_dossier(dossier),
            Act.ATTACH_DOCUMENT,
            LoansEvent.APPLICATION_DOCUMENT_ATTACHED,
            subject_id=document.id,
            after={"kind": document.kind, "size_bytes": document.size_bytes, "sha256": document.sha256},
            personal_fields=("label", "name"),
        ),
    )
    return document


async def remove_document(
    session: AsyncSession, caller: Caller, application_id: UUID, document_id: UUID, *, today: date
) -> Document:
    """Its row stays, to say that it was there. Once removed it is as if it had never been."""
    require(caller, Act.REMOVE_DOCUMENT)
    dossier = await lock_either(session, application_id, caller.scope)
    document = await documents.find(session, dossier.id, document_id, caller.scope)
    if document.removed_on is not None:
        raise NotFound(what=DocumentElement.DOCUMENT, id=document_id)
    require_open_to(dossier.status, ApplicationAct.DETACH)
    removed = replace(document, removed_on=today)
    await documents.remove(session, removed)
    tell(
        session,
        Fact(
            folder_dossier(dossier),
            Act.REMOVE_DOCUMENT,
            LoansEvent.APPLICATION_DOCUMENT_REMOVED,
            subject_id=document.id,
            before={"removed_on": None},
            after={"kind": document.kind, "removed_on": removed.removed_on},
        ),
    )
    return removed
