"""The applicant gives up before the committee decides."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, withdraw
from services.loans.domain.draft import Draft, withdraw_draft
from services.loans.domain.events import LoansEvent
from services.loans.persistence import applications, documents, drafts, questions
from services.loans.usecases.facts import of_application, of_draft
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class WithdrawApplication:
    """`withdrawn_on` is today unless the paper says otherwise."""

    application_id: UUID
    reason: str | None = None
    withdrawn_on: date | None = None


async def withdraw_application(
    session: AsyncSession, caller: Caller, order: WithdrawApplication, *, today: date
) -> Application | Draft:
    require(caller, Act.WITHDRAW_APPLICATION)
    draft = await drafts.lock(session, order.application_id, caller.scope)
    if draft is not None:
        return await _withdraw_draft(session, draft, order, today=today)
    application = await applications.lock(session, order.application_id, caller.scope)
    withdrawn = withdraw(application, on=order.withdrawn_on or today, reason=order.reason, today=today)
    await applications.save_status(session, withdrawn)
    event = LoansEvent.APPLICATION_WITHDRAWN
    tell(
        session,
        of_application(application, withdrawn, Act.WITHDRAW_APPLICATION, event, note=order.reason),
    )
    return withdrawn


async def _withdraw_draft(
    session: AsyncSession, draft: Draft, order: WithdrawApplication, *, today: date
) -> Draft:
    """Its content, what was said of it and what was attached go; the contents of documents once committed."""
    withdrawn = withdraw_draft(draft, on=order.withdrawn_on or today, reason=order.reason, today=today)
    await drafts.save(session, withdrawn)
    await documents.remove_all(session, draft, today)
    await questions.empty(session, draft)
    event = LoansEvent.APPLICATION_WITHDRAWN
    tell(session, of_draft(draft, withdrawn, Act.WITHDRAW_APPLICATION, event, note=order.reason))
    return withdrawn
