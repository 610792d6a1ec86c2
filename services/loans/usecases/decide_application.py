"""The committee decides of one application; an approval promises only money that the fund has.

What stands on a session's agenda is decided there: see `close_session.py`.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, Decision
from services.loans.domain.committee import Committee, Outcome
from services.loans.domain.committee_refusals import OnOpenAgenda
from services.loans.domain.condition import AskedCondition
from services.loans.domain.terms import Terms
from services.loans.persistence import applications, committee_sessions, funds
from services.loans.usecases.record_decision import new_conditions, record_decision
from services.loans.usecases.second_person import officer_of
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class DecideApplication:
    """Terms left None are granted as asked; a refusal grants none."""

    application_id: UUID
    outcome: Outcome
    committee: Committee
    amount_cents: int | None = None
    months: int | None = None
    grace_months: int | None = None
    conditions: tuple[AskedCondition, ...] = ()
    reason: str | None = None


async def decide_application(
    session: AsyncSession, caller: Caller, order: DecideApplication, *, today: date
) -> Application:
    require(caller, Act.DECIDE_APPLICATION)
    application = await applications.lock(session, order.application_id, caller.scope)
    held_on = await committee_sessions.day_of_live_agenda(session, application.id)
    if held_on is not None:
        raise OnOpenAgenda(held_on=held_on)
    fund = (await funds.lock(session, application.fund_id, caller.scope)).fund
    decision = Decision(
        outcome=order.outcome,
        committee=order.committee,
        granted=granted_terms(
            order.outcome, application.asked, order.amount_cents, order.months, order.grace_months
        ),
        conditions=new_conditions(order.conditions),
        reason=order.reason,
        decided_by=officer_of(caller),
        settings_version=fund.settings_on(order.committee.held_on).version,
    )
    decided, fact = await record_decision(session, application, fund, decision, today=today)
    tell(session, fact)
    return decided


def granted_terms(
    outcome: Outcome,
    asked: Terms,
    amount_cents: int | None,
    months: int | None,
    grace_months: int | None,
) -> Terms | None:
    """What is not said is granted as asked; a refusal grants nothing."""
    if outcome is not Outcome.APPROVED:
        return None
    return Terms(
        asked.amount_cents if amount_cents is None else amount_cents,
        asked.months if months is None else months,
        asked.grace_months if grace_months is None else grace_months,
    )
