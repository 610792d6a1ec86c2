"""What makes a committee's word a decision: the same for one application and for a whole session's."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import new_id
from services.loans.domain.access import Act
from services.loans.domain.application import Application, Decision, decide
from services.loans.domain.approval import check_approval
from services.loans.domain.committee import Outcome
from services.loans.domain.condition import AskedCondition, Condition
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_access import check_decider
from services.loans.persistence import applications, funds
from services.loans.usecases.facts import of_application, terms_values
from services.runtime.history.facts import Fact

EVENTS = {
    Outcome.APPROVED: LoansEvent.APPLICATION_APPROVED,
    Outcome.REFUSED: LoansEvent.APPLICATION_REFUSED,
}


def new_conditions(asked: tuple[AskedCondition, ...]) -> tuple[Condition, ...]:
    return tuple(Condition(new_id(), condition.text, condition.is_precedent) for condition in asked)


async def record_decision(
    session: AsyncSession, application: Application, fund: Fund, decision: Decision, *, today: date
) -> tuple[Application, Fact]:
    """Under the locks of the application and of its fund. Refuses before it writes anything.

    The fund's money is read here, after the locks: what was approved just before, in the same session of the
    committee too, is counted.
    """
    held_on = decision.committee.held_on
    rules = fund.settings_on(held_on)
    decided = decide(application, decision, rules.settings, today=today)
    if decision.decided_by is not None:
        check_decider(fund.access, decision.decided_by)
    if decision.granted is not None:
        facts = await funds.facts_for_approval(
            session,
            fund.id,
            entrepreneur_id=application.borrower.entrepreneur_id,
            cae_siren=application.borrower.cae.siren,
            held_on=held_on,
        )
        check_approval(rules.settings, facts, amount_cents=decision.granted.amount_cents, held_on=held_on)
        await funds.commit_cents(session, fund.id, decision.granted.amount_cents)
    await applications.save_status(session, decided)
    await applications.add_decision(session, application, decision)
    return decided, _fact(application, decided, decision)


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
