"""A document joins a top-up's dossier, or leaves it before it is decided."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.evidence import EvidenceKind, require_open_to
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import documents, top_ups
from services.capital.usecases.dossiers import of_top_up
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import NotFound
from services.runtime.documents.document import Document, DocumentLimits, stored
from services.runtime.documents.refusals import DocumentElement
from services.runtime.documents.storage import Storage
from services.runtime.documents.uploads import Upload
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class AttachDocument:
    top_up_id: UUID
    kind: EvidenceKind
    label: str | None
    upload: Upload


async def attach_document(
    session: AsyncSession, caller: Caller, order: AttachDocument, storage: Storage, limits: DocumentLimits
) -> Document:
    """The content is durable before its row is: what dies between leaves a content without a row, no more."""
    require(caller, CapitalAct.ATTACH_DOCUMENT)
    top_up = await _locked(session, caller, order.top_up_id)
    require_open_to(top_up.status, CapitalAct.ATTACH_DOCUMENT)
    held = await documents.held_by(session, top_up.id)
    held.require_room(order.upload.size_bytes, limits)
    document = await stored(order.upload, storage, id=new_id(), kind=order.kind, label=order.label)
    await documents.add(session, top_up, document)
    tell(
        session,
        Fact(
            of_top_up(top_up),
            CapitalAct.ATTACH_DOCUMENT,
            CapitalEvent.TOP_UP_DOCUMENT_ATTACHED,
            subject_id=document.id,
            after={"kind": document.kind, "size_bytes": document.size_bytes, "sha256": document.sha256},
            personal_fields=("label", "name"),
        ),
    )
    return document


async def remove_document(
    session: AsyncSession, caller: Caller, top_up_id: UUID, document_id: UUID, *, today: date
) -> Document:
    """Its row stays, to say that it was there. Once removed it is as if it had never been."""
    require(caller, CapitalAct.REMOVE_DOCUMENT)
    top_up = await _locked(session, caller, top_up_id)
    document = await documents.find(session, top_up.id, document_id, caller.scope)
    if document.removed_on is not None:
        raise NotFound(what=DocumentElement.DOCUMENT, id=document_id)
    require_open_to(top_up.status, CapitalAct.REMOVE_DOCUMENT)
    removed = replace(document, removed_on=today)
    await documents.remove(session, removed)
    tell(
        session,
        Fact(
            of_top_up(top_up),
            CapitalAct.REMOVE_DOCUMENT,
            CapitalEvent.TOP_UP_DOCUMENT_REMOVED,
            subject_id=document.id,
            before={"removed_on": None},
            after={"kind": document.kind, "removed_on": removed.removed_on},
        ),
    )
    return removed


async def _locked(session: AsyncSession, caller: Caller, top_up_id: UUID) -> TopUp:
    held = await top_ups.lock(session, [top_up_id], caller.scope)
    if top_up_id not in held:
        raise NotFound(what=CapitalElement.TOP_UP, id=top_up_id)
    return held[top_up_id]
