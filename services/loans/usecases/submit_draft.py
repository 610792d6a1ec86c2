"""A draft becomes the application that it was filled for: under its id, through the same checks."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, ApplicationAct, next_status
from services.loans.persistence import drafts, folders
from services.loans.usecases.application_form import read_form
from services.loans.usecases.save_draft import lock_draft
from services.loans.usecases.submit_application import take


async def submit_draft(
    session: AsyncSession, caller: Caller, draft_id: UUID, *, today: date, entrepreneur_key: bytes
) -> Application:
    require(caller, Act.SUBMIT_APPLICATION)
    draft = await lock_draft(session, caller, draft_id, ApplicationAct.SUBMIT)
    next_status(draft.status, ApplicationAct.SUBMIT)
    application = await take(
        session,
        caller,
        read_form(draft.content),
        today=today,
        entrepreneur_key=entrepreneur_key,
        application_id=draft.id,
        created_at=draft.created_at,
    )
    await folders.hand_over(session, application)
    await drafts.remove(session, draft)
    return application
