"""What a session votes on one item of its agenda: refused at once where the closing would refuse it anyway.

But for the fund's money, which only the closing looks at: other decisions may come before it.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Decision, decide
from services.loans.domain.committee import Outcome
from services.loans.domain.committee_session import (
    CommitteeSession,
    SessionAct,
    Vote,
    committee_of,
    move,
    record_vote,
)
from services.loans.domain.condition import AskedCondition
from services.loans.persistence import applications, committee_sessions, funds
from services.loans.usecases.decide_application import granted_terms
from services.loans.usecases.facts import of_session, terms_values
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class RecordVote:
    """Terms left None are granted as asked; a refusal grants none."""

    session_id: UUID
    application_id: UUID
    outcome: Outcome
    votes_for: int
    votes_against: int
    abstentions: int = 0
    stood_aside: tuple[UUID, ...] = ()
    amount_cents: int | None = None
    months: int | None = None
    grace_months: int | None = None
    conditions: tuple[AskedCondition, ...] = ()
    reason: str | None = None


async def vote_on_item(
    session: AsyncSession, caller: Caller, order: RecordVote, *, today: date
) -> CommitteeSession:
    require(caller, Act.HOLD_SESSION)
    before = await committee_sessions.lock(session, order.session_id, caller.scope)
    move(before, SessionAct.VOTE)
    item = before.item(order.application_id)
    application = await applications.find(session, order.application_id, caller.scope)
    fund = await funds.find(session, before.fund_id, caller.scope)
    vote = Vote(
        outcome=order.outcome,
        votes_for=order.votes_for,
        votes_against=order.votes_against,
        abstentions=order.abstentions,
        stood_aside=tuple(dict.fromkeys(order.stood_aside)),
        granted=granted_terms(
            order.outcome, application.asked, order.amount_cents, order.months, order.grace_months
        ),
        conditions=order.conditions,
        reason=order.reason,
    )
    decision = Decision(order.outcome, committee_of(before, item, vote), vote.granted)
    decide(application, decision, fund.settings_on(before.held_on).settings, today=today)
    voted = record_vote(before, order.application_id, vote)
    await committee_sessions.save_items(session, voted)
    tell(
        session,
        of_session(
            before,
            voted,
            Act.HOLD_SESSION,
            None,
            subject_id=order.application_id,
            values={
                "outcome": vote.outcome,
                "votes_for": vote.votes_for,
                "votes_against": vote.votes_against,
                "abstentions": vote.abstentions,
                "stood_aside": len(vote.stood_aside),
                **terms_values(vote.granted, "granted_"),
            },
        ),
    )
    return voted


async def defer_item(
    session: AsyncSession, caller: Caller, session_id: UUID, application_id: UUID
) -> CommitteeSession:
    """Takes a vote back: the application is left to another session."""
    require(caller, Act.HOLD_SESSION)
    before = await committee_sessions.lock(session, session_id, caller.scope)
    deferred = record_vote(before, application_id, None)
    await committee_sessions.save_items(session, deferred)
    tell(
        session,
        of_session(
            before,
            deferred,
            Act.HOLD_SESSION,
            None,
            subject_id=application_id,
            values={"outcome": None},
        ),
    )
    return deferred
