"""The committee decides; an approval promises money, under the fund's lock, and only money that is there."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, Decision, decide
from services.loans.domain.approval import check_approval
from services.loans.domain.committee import Committee, Outcome
from services.loans.domain.terms import Terms
from services.loans.persistence import applications, funds


@dataclass(frozen=True, slots=True)
class DecideApplication:
    """`granted` is None for a refusal; for an approval, None grants the terms that were asked."""

    application_id: UUID
    outcome: Outcome
    committee: Committee
    granted: Terms | None = None
    conditions: tuple[str, ...] = ()
    reason: str | None = None


async def decide_application(
    session: AsyncSession, caller: Caller, order: DecideApplication, *, today: date
) -> Application:
    require(caller, Act.DECIDE_APPLICATION)
    application = await applications.lock(session, order.application_id, caller.scope)
    fund = (await funds.lock(session, application.fund_id, caller.scope)).fund
    is_approved = order.outcome is Outcome.APPROVED
    granted = (order.granted or application.asked) if is_approved else None
    decision = Decision(order.outcome, order.committee, granted, order.conditions, order.reason)
    decided = decide(application, decision, fund.settings, today=today)
    if granted is not None:
        facts = await funds.facts_for_approval(
            session,
            fund.id,
            entrepreneur_id=application.borrower.entrepreneur_id,
            cae_siren=application.borrower.cae.siren,
            held_on=order.committee.held_on,
        )
        check_approval(
            fund.settings, facts, amount_cents=granted.amount_cents, held_on=order.committee.held_on
        )
        await funds.commit_cents(session, fund.id, granted.amount_cents)
    await applications.save_status(session, decided)
    await applications.add_decision(session, application.id, decision)
    return decided
