"""A dossier as its reader has it, held until what the call does to it is done: for `If-Match`."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.application_models import ApplicationAnswer
from services.loans.rest.draft_models import DraftAnswer, answer_to_tag
from services.loans.rest.life_models import WholeLoanAnswer
from services.loans.usecases.read_applications import lock_application
from services.loans.usecases.read_loan_life import lock_whole_loan
from services.runtime.call import Call


def application_now(
    call: Call, application_id: UUID
) -> Callable[[AsyncSession], Awaitable[ApplicationAnswer | DraftAnswer]]:
    """With names: whoever acts on a dossier reads them."""

    async def now(session: AsyncSession) -> ApplicationAnswer | DraftAnswer:
        return answer_to_tag(await lock_application(session, call.caller, application_id))

    return now


def loan_now(call: Call, loan_id: UUID) -> Callable[[AsyncSession], Awaitable[WholeLoanAnswer]]:
    async def now(session: AsyncSession) -> WholeLoanAnswer:
        held = await lock_whole_loan(session, call.caller, loan_id)
        return WholeLoanAnswer.whole(held, call.today, shows_names=True)

    return now
