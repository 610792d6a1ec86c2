"""A committee's session, from its agenda to its sealed minutes, and the next one, which has what it left."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from demonstration.eventful_dossiers import EventfulDossier
from demonstration.seed_dossiers import Desk, members
from services.loans.domain.committee import Outcome
from services.loans.domain.committee_session import CommitteeSession, Presence
from services.loans.domain.condition import AskedCondition
from services.loans.usecases.close_session import close_session
from services.loans.usecases.lift_condition import LiftCondition, lift_condition
from services.loans.usecases.open_session import (
    RecordAttendance,
    open_committee_session,
    record_who_sits,
)
from services.loans.usecases.plan_session import PlanSession, plan_session
from services.loans.usecases.read_applications import read_application
from services.loans.usecases.record_vote import RecordVote, vote_on_item
from services.loans.usecases.set_agenda import SetAgenda, set_agenda_of_session
from services.loans.usecases.standing_members import AddStandingMember, add_standing_member

PLACE = "Maison de la coopération, Lyon"
DAYS_TO_THE_NEXT = 30
INSURED, LEASED = "Attestation d'assurance", "Bail signé de l'atelier"


async def hold_session(desk: Desk, dossiers: Sequence[EventfulDossier]) -> None:
    """Granted under conditions, one of them lifted; granted for less; refused; left to the next session."""
    asked = [await desk.take_in(dossier) for dossier in dossiers]
    held_on = dossiers[0].held_on
    for member in members(desk.fund):
        standing = AddStandingMember(desk.fund_id, member, desk.fund.opened_on)
        await add_standing_member(desk.session, desk.caller, standing)
    plan = PlanSession(desk.fund_id, held_on, PLACE)
    planned = await plan_session(desk.session, desk.caller, plan)
    agenda = SetAgenda(planned.id, tuple(asked))
    await set_agenda_of_session(desk.session, desk.caller, agenda)
    await open_committee_session(desk.session, desk.caller, planned.id, today=desk.today)
    everybody = tuple((member.id, Presence(is_present=True)) for member in planned.members)
    opened = await record_who_sits(desk.session, desk.caller, RecordAttendance(planned.id, everybody))
    await _vote(desk, opened, dossiers, asked)
    await close_session(desk.session, desk.caller, planned.id, today=desk.today)
    await _lift_insurance(desk, asked[0], dossiers[0])
    following = PlanSession(desk.fund_id, held_on + timedelta(days=DAYS_TO_THE_NEXT), PLACE)
    await plan_session(desk.session, desk.caller, following)


async def _vote(
    desk: Desk, opened: CommitteeSession, dossiers: Sequence[EventfulDossier], asked: Sequence[UUID]
) -> None:
    conditions = (AskedCondition(INSURED), AskedCondition(LEASED))
    for dossier, application_id, outcome, amount_cents in (
        (dossiers[0], asked[0], Outcome.APPROVED, None),
        (dossiers[1], asked[1], Outcome.APPROVED, dossiers[1].amount_cents * 2 // 3),
        (dossiers[2], asked[2], Outcome.REFUSED, None),
    ):
        aside = tuple(member.id for member in opened.members if member.member.is_tied_to(dossier.cae.siren))
        votes, is_granted = len(opened.members) - len(aside), outcome is Outcome.APPROVED
        order = RecordVote(
            session_id=opened.id,
            application_id=application_id,
            outcome=outcome,
            votes_for=votes if is_granted else 1,
            votes_against=0 if is_granted else votes - 1,
            stood_aside=aside,
            amount_cents=amount_cents,
            conditions=conditions if is_granted else (),
            reason=None if is_granted else "Plan de financement à compléter",
        )
        await vote_on_item(desk.session, desk.caller, order, today=desk.today)


async def _lift_insurance(desk: Desk, application_id: UUID, dossier: EventfulDossier) -> None:
    granted = await read_application(desk.session, desk.caller, application_id)
    for condition in granted.decision.conditions if granted.decision else ():
        if condition.text == INSURED:
            order = LiftCondition(application_id, condition.id, dossier.signed_on, "Attestation reçue")
            await lift_condition(desk.session, desk.caller, order, today=desk.today)
