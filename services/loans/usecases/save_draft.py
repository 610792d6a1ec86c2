"""A CAE, or the operator for it, fills an application over several calls before submitting it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import Siren, entrepreneur_id, new_id
from services.kernel.refusals import Element, NotFound, StatusForbids
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, ApplicationAct, ApplicationStatus
from services.loans.domain.draft import (
    Content,
    Draft,
    check_same_cae,
    check_same_fund,
    fill,
    named_fields,
)
from services.loans.domain.events import LoansEvent
from services.loans.persistence import applications, drafts, funds
from services.loans.usecases.facts import of_draft
from services.loans.usecases.read_applications import lock_either
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class CreateDraft:
    """`content` is checked value by value, and whole in nothing but its fund and CAE."""

    fund_id: UUID
    cae_siren: Siren
    content: Content


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """A JSON merge patch; what it says of the fund and of the CAE must be what they are."""

    draft_id: UUID
    patch: Content
    fund_id: UUID | None = None
    cae_siren: Siren | None = None


async def create_draft(
    session: AsyncSession, caller: Caller, order: CreateDraft, *, entrepreneur_key: bytes
) -> Draft:
    require(caller, Act.SAVE_DRAFT)
    fund = await funds.find(session, order.fund_id, caller.scope)
    if not caller.scope.sees_cae(order.cae_siren):
        raise NotFound(what=Element.CAE, id=order.cae_siren)
    now = datetime.now(UTC)
    empty = Draft(new_id(), fund.id, fund.region, order.cae_siren, created_at=now, changed_at=now)
    draft = _with_person(fill(empty, order.content, at=now), entrepreneur_key)
    await drafts.add(session, draft)
    tell(
        session,
        of_draft(
            None,
            draft,
            Act.SAVE_DRAFT,
            LoansEvent.APPLICATION_DRAFT_CREATED,
            personal_fields=named_fields(order.content),
        ),
    )
    return draft


async def change_draft(
    session: AsyncSession, caller: Caller, order: ChangeDraft, *, entrepreneur_key: bytes
) -> Draft:
    require(caller, Act.SAVE_DRAFT)
    draft = await lock_draft(session, caller, order.draft_id, ApplicationAct.CHANGE)
    if order.fund_id is not None:
        check_same_fund(draft, order.fund_id)
    if order.cae_siren is not None:
        check_same_cae(draft, order.cae_siren)
    changed = _with_person(fill(draft, order.patch, at=datetime.now(UTC)), entrepreneur_key)
    await drafts.save(session, changed)
    event = LoansEvent.APPLICATION_CHANGED
    names = named_fields(order.patch)
    tell(session, of_draft(draft, changed, Act.SAVE_DRAFT, event, personal_fields=names))
    return changed


async def lock_to_change(session: AsyncSession, caller: Caller, draft_id: UUID) -> Draft | Application:
    """As it is read, by who may change it: what is compared with `If-Match` before the change."""
    require(caller, Act.SAVE_DRAFT)
    return await lock_either(session, draft_id, caller.scope)


async def lock_draft(session: AsyncSession, caller: Caller, draft_id: UUID, act: ApplicationAct) -> Draft:
    """Refused as what it is where it was submitted meanwhile, by another call or by the same one twice."""
    draft = await drafts.lock(session, draft_id, caller.scope)
    if draft is not None:
        return draft
    application = await applications.find(session, draft_id, caller.scope)
    raise StatusForbids(status=application.status, act=act, possible_from=[ApplicationStatus.DRAFT])


def _with_person(draft: Draft, entrepreneur_key: bytes) -> Draft:
    """Whom it is about, as soon as the CAE's reference is known."""
    reference = (draft.content.get("entrepreneur") or {}).get("reference")
    person = None if reference is None else entrepreneur_id(entrepreneur_key, draft.cae_siren, reference)
    return replace(draft, entrepreneur_id=person)
