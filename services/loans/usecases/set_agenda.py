"""Which applications a session looks at, in which order. An application is on one live agenda at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.refusals import NotFound, Refusal, StatusForbids
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, ApplicationStatus
from services.loans.domain.committee_refusals import AgendaRefused, AlreadyOnAgenda, ApplicationOfAnotherFund
from services.loans.domain.committee_session import CommitteeSession, SessionAct, set_agenda
from services.loans.domain.refusals import LoansElement
from services.loans.persistence import applications, committee_sessions
from services.loans.usecases.facts import of_session
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class SetAgenda:
    session_id: UUID
    application_ids: tuple[UUID, ...]


async def set_agenda_of_session(session: AsyncSession, caller: Caller, order: SetAgenda) -> CommitteeSession:
    require(caller, Act.HOLD_SESSION)
    before = await committee_sessions.lock(session, order.session_id, caller.scope)
    held = await applications.lock_all(session, order.application_ids, caller.scope)
    named = [
        (application_id, held[application_id].borrower.cae.siren)
        for application_id in order.application_ids
        if application_id in held
    ]
    changed = set_agenda(before, named)
    elsewhere = {
        application_id: agenda
        for application_id, agenda in (
            await committee_sessions.days_of_live_agendas(session, list(held))
        ).items()
        if agenda[0] != before.id
    }
    refused: list[tuple[str, UUID, Refusal]] = []
    for place, application_id in enumerate(order.application_ids):
        refusal = _refusal(before, application_id, held)
        if refusal is None and application_id in elsewhere:
            held_on = elsewhere[application_id][1]
            refusal = AlreadyOnAgenda(application_id=application_id, held_on=held_on)
        if refusal is not None:
            refused.append((f"/application_ids/{place}", application_id, refusal))
    if refused:
        raise AgendaRefused(refused)
    await committee_sessions.save_items(session, changed)
    tell(session, of_session(before, changed, Act.HOLD_SESSION, None))
    return changed


def _refusal(of: CommitteeSession, application_id: UUID, held: Mapping[UUID, Application]) -> Refusal | None:
    application = held.get(application_id)
    if application is None:
        return NotFound(what=LoansElement.APPLICATION, id=application_id)
    if application.fund_id != of.fund_id:
        return ApplicationOfAnotherFund(application_id=application_id)
    if application.status is not ApplicationStatus.UNDER_REVIEW:
        return StatusForbids(
            status=application.status,
            act=SessionAct.SET_AGENDA,
            possible_from=[ApplicationStatus.UNDER_REVIEW],
        )
    return None
