"""A condition of an offer is met: the day, and what was seen."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.refusals import NotFound, StatusForbids
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, ApplicationStatus, session_day
from services.loans.domain.condition import Lifting, lift
from services.loans.domain.events import LoansEvent
from services.loans.domain.refusals import LoansElement
from services.loans.persistence import applications, conditions
from services.loans.usecases.facts import of_application
from services.loans.usecases.second_person import officer_of
from services.runtime.history.facts import tell

# Conditions that are not precedent are lifted after the payment too.
LIFTING = (ApplicationStatus.APPROVED, ApplicationStatus.SIGNED, ApplicationStatus.DISBURSED)


@dataclass(frozen=True, slots=True)
class LiftCondition:
    application_id: UUID
    condition_id: UUID
    lifted_on: date
    evidence: str


async def lift_condition(
    session: AsyncSession, caller: Caller, order: LiftCondition, *, today: date
) -> Application:
    require(caller, Act.LIFT_CONDITION)
    application = await applications.lock(session, order.application_id, caller.scope)
    decision = application.decision
    listed = decision.conditions if decision else ()
    found = next((one for one in listed if one.id == order.condition_id), None)
    if decision is None or found is None:
        raise NotFound(what=LoansElement.CONDITION, id=order.condition_id)
    if application.status not in LIFTING:
        raise StatusForbids(status=application.status, act=Act.LIFT_CONDITION, possible_from=LIFTING)
    lifting = Lifting(order.lifted_on, order.evidence, officer_of(caller))
    lifted = lift(found, lifting, held_on=session_day(application), today=today)
    await conditions.save_lifting(session, lifted)
    after = tuple(lifted if one.id == found.id else one for one in listed)
    changed = replace(application, decision=replace(decision, conditions=after))
    tell(
        session,
        of_application(
            application,
            changed,
            Act.LIFT_CONDITION,
            LoansEvent.APPLICATION_CONDITION_LIFTED,
            subject_id=found.id,
            values={"lifted_on": order.lifted_on, "precedent": found.is_precedent},
            note=order.evidence,
        ),
    )
    return changed
