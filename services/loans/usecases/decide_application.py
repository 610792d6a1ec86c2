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
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund_access import check_decider
from services.loans.domain.terms import Terms
from services.loans.persistence import applications, funds
from services.loans.usecases.facts import of_application, terms_values
from services.loans.usecases.second_person import officer_of
from services.runtime.history.facts import Fact, tell

EVENTS = {
    Outcome.APPROVED: LoansEvent.APPLICATION_APPROVED,
    Outcome.REFUSED: LoansEvent.APPLICATION_REFUSED,
}


@dataclass(frozen=True, slots=True)
class DecideApplication:
    """Terms left None are granted as asked; a refusal grants none."""

    application_id: UUID
    outcome: Outcome
    committee: Committee
    amount_cents: int | None = None
    months: int | None = None
    grace_months: int | None = None
    conditions: tuple[str, ...] = ()
    reason: str | None = None


async def decide_application(
    session: AsyncSession, caller: Caller, order: DecideApplication, *, today: date
) -> Application:
    require(caller, Act.DECIDE_APPLICATION)
    application = await applications.lock(session, order.application_id, caller.scope)
    fund = (await funds.lock(session, application.fund_id, caller.scope)).fund
    granted = _granted(order, application.asked) if order.outcome is Outcome.APPROVED else None
    officer = officer_of(caller)
    rules = fund.settings_on(order.committee.held_on)
    decision = Decision(
        order.outcome, order.committee, granted, order.conditions, order.reason, officer, rules.version
    )
    decided = decide(application, decision, rules.settings, today=today)
    check_decider(fund.access, officer)
    if granted is not None:
        facts = await funds.facts_for_approval(
            session,
            fund.id,
            entrepreneur_id=application.borrower.entrepreneur_id,
            cae_siren=application.borrower.cae.siren,
            held_on=order.committee.held_on,
        )
        check_approval(
            rules.settings, facts, amount_cents=granted.amount_cents, held_on=order.committee.held_on
        )
        await funds.commit_cents(session, fund.id, granted.amount_cents)
    await applications.save_status(session, decided)
    await applications.add_decision(session, application, decision)
    tell(session, _fact(application, decided, decision))
    return decided


def _fact(application: Application, decided: Application, decision: Decision) -> Fact:
    committee = decision.committee
    return of_application(
        application,
        decided,
        Act.DECIDE_APPLICATION,
        EVENTS[decision.outcome],
        values={
            "held_on": committee.held_on,
            "votes_for": committee.votes_for,
            "votes_against": committee.votes_against,
            "abstentions": committee.abstentions,
            "conditions": len(decision.conditions),
            **terms_values(decision.granted, "granted_"),
        },
        personal_fields=("committee",),
        note=decision.reason,
    )


def _granted(order: DecideApplication, asked: Terms) -> Terms:
    return Terms(
        asked.amount_cents if order.amount_cents is None else order.amount_cents,
        asked.months if order.months is None else order.months,
        asked.grace_months if order.grace_months is None else order.grace_months,
    )
