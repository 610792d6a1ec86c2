"""A session closes: all that it voted becomes decisions at once, or nothing does; and its minutes are made.

Locks are taken in one order: the session, the fund's next planned one, the applications by id, the fund. Who
decides of one application takes its own and then the fund's: nobody waits in a circle.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.officers import Officer
from services.kernel.refusals import Refusal
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, ApplicationStatus, Decision
from services.loans.domain.committee_minutes import make_minutes, pointers_of
from services.loans.domain.committee_refusals import ClosingRefused
from services.loans.domain.committee_session import (
    CommitteeSession,
    ItemOutcome,
    SessionAct,
    SessionItem,
    close,
    committee_of,
    deferred_first,
    move,
)
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.persistence import applications, committee_minutes, committee_sessions, funds
from services.loans.usecases.facts import of_session
from services.loans.usecases.record_decision import new_conditions, record_decision
from services.loans.usecases.second_person import officer_of
from services.runtime.history.facts import Fact, tell

SALT_BYTES = 16


async def close_session(
    session: AsyncSession, caller: Caller, session_id: UUID, *, today: date
) -> CommitteeSession:
    require(caller, Act.CLOSE_SESSION)
    before = await committee_sessions.lock(session, session_id, caller.scope)
    move(before, SessionAct.CLOSE)
    following = await committee_sessions.lock_next_planned(session, before, caller.scope)
    ids = [item.application_id for item in before.items]
    held = await applications.lock_all(session, ids, caller.scope)
    fund = (await funds.lock(session, before.fund_id, caller.scope)).fund
    officer = officer_of(caller)
    outcomes, facts = await _decide_all(session, before, held, fund, officer, today)
    applicants = {one.id: f"{one.borrower.given_name} {one.borrower.family_name}" for one in held.values()}
    closed = close(before, outcomes, applicants, officer=officer, at=datetime.now(UTC))
    salts = {pointer: secrets.token_hex(SALT_BYTES) for pointer in pointers_of(closed)}
    minutes = make_minutes(
        closed,
        fund_name=fund.name,
        quorum=fund.settings_on(before.held_on).settings.quorum,
        applications=held,
        salts=salts,
    )
    await committee_minutes.save_closing(session, closed, minutes, salts)
    left = [item for item in before.items if outcomes[item.application_id] is ItemOutcome.DEFERRED]
    if left and following is not None:
        await committee_sessions.save_items(session, deferred_first(following, left))
    tell(session, *facts, _closing_fact(before, closed, minutes.hash))
    return await committee_sessions.find(session, session_id, caller.scope)


async def _decide_all(
    session: AsyncSession,
    before: CommitteeSession,
    held: Mapping[UUID, Application],
    fund: Fund,
    officer: Officer,
    today: date,
) -> tuple[dict[UUID, ItemOutcome], list[Fact]]:
    """In the agenda's order. Each is looked at, so that one answer names all that cannot stand."""
    outcomes: dict[UUID, ItemOutcome] = {}
    facts: list[Fact] = []
    refused: list[tuple[str, UUID, Refusal]] = []
    for place, item in enumerate(before.items):
        application = held[item.application_id]
        if item.vote is None:
            outcomes[item.application_id] = _left(application)
            continue
        try:
            decision = _decision(before, item, fund, officer)
            _, fact = await record_decision(session, application, fund, decision, today=today)
        except Refusal as refusal:
            refused.append((f"/items/{place}", item.application_id, refusal))
            continue
        facts.append(fact)
        outcomes[item.application_id] = ItemOutcome(decision.outcome.value)
    if refused:
        raise ClosingRefused(refused)
    return outcomes, facts


def _decision(before: CommitteeSession, item: SessionItem, fund: Fund, officer: Officer) -> Decision:
    vote = item.vote
    if vote is None:
        raise ValueError(f"application {item.application_id} was not voted on")
    return Decision(
        outcome=vote.outcome,
        committee=committee_of(before, item, vote),
        granted=vote.granted,
        conditions=new_conditions(vote.conditions),
        reason=vote.reason,
        decided_by=officer,
        settings_version=fund.settings_on(before.held_on).version,
        session_id=before.id,
    )


def _left(application: Application) -> ItemOutcome:
    if application.status is ApplicationStatus.UNDER_REVIEW:
        return ItemOutcome.DEFERRED
    return ItemOutcome.WITHDRAWN


def _closing_fact(before: CommitteeSession, closed: CommitteeSession, minutes_hash: str) -> Fact:
    counted = {
        outcome.value: sum(item.outcome is outcome for item in closed.items) for outcome in ItemOutcome
    }
    return of_session(
        before,
        closed,
        Act.CLOSE_SESSION,
        LoansEvent.COMMITTEE_CLOSED,
        values={"granted_cents": closed.granted_cents, "minutes_hash": minutes_hash, **counted},
    )
