"""Who must become a member in the next months, and what top-up they would get today."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.awards import Award, Reason, Usage, decide, rooms, without
from services.capital.domain.claims import entitlement_of
from services.capital.domain.de_minimis import Aid, hold_to_ceiling
from services.capital.domain.schemes import Version, version_applying
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import counters, de_minimis, deadlines, schemes
from services.kernel.access import Caller
from services.kernel.calendar import add_months
from services.kernel.identifiers import Siren


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipDeadline:
    """`entitlement_cents` is by the scheme's version in force today, for the contribution declared.

    `award_cents` is what the limits leave of it today, to this person alone: two of one CAE may be shown the
    same room. `reason` is why it is less than the whole match; None where it is not.
    """

    due_on: date
    top_up: TopUp
    entitlement_cents: int
    award_cents: int
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFilter:
    within_months: int
    cae_siren: Siren | None = None


async def list_membership_deadlines(
    session: AsyncSession,
    caller: Caller,
    wanted: DeadlineFilter,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
    today: date,
) -> list[MembershipDeadline]:
    """Soonest first; one more than `limit` where there are more. Cursors are (`due_on`, the top-up's id)."""
    require(caller, CapitalAct.READ_MEMBERSHIP_DEADLINES)
    due = await deadlines.due_between(session, caller.scope, _due(wanted, today), after=after, limit=limit)
    versions = await schemes.versions_of(session, {top_up.scheme_id for top_up in due})
    awarded = await deadlines.awarded_persons(session, due)
    sirens = {top_up.cae.siren for top_up in due}
    used = await counters.read_many(session, set(versions), sirens)
    aid = await de_minimis.read(session, sirens)
    return [
        _deadline(
            top_up,
            version_applying(versions[top_up.scheme_id], today),
            used[top_up.scheme_id].by_cae(top_up.cae.siren),
            aid[top_up.cae.siren],
            is_awarded=(top_up.scheme_id, top_up.entrepreneur.id) in awarded,
            today=today,
        )
        for top_up in due
    ]


async def count_membership_deadlines(
    session: AsyncSession, caller: Caller, wanted: DeadlineFilter, *, today: date
) -> int:
    require(caller, CapitalAct.READ_MEMBERSHIP_DEADLINES)
    return await deadlines.count_due(session, caller.scope, _due(wanted, today))


def _due(wanted: DeadlineFilter, today: date) -> deadlines.Due:
    last = add_months(today, wanted.within_months)
    return deadlines.Due(first=today, last=last, cae_siren=wanted.cae_siren)


def _deadline(
    top_up: TopUp, version: Version | None, usage: Usage, aid: Aid, *, is_awarded: bool, today: date
) -> MembershipDeadline:
    if top_up.membership_due_on is None:
        raise RuntimeError(f"top-up {top_up.id} was listed without a deadline")
    award = Award(0, 0, ())
    if version is None:
        reason: Reason | None = Reason.NO_VERSION_IN_FORCE
    elif version.once_per_person and is_awarded:
        reason = Reason.ALREADY_AWARDED
    else:
        kept = top_up.reservation
        available = rooms(version, without(usage, kept), today, kept)
        award = decide(version, entitlement_of(version, top_up.claim), available)
        award = hold_to_ceiling(award, aid.left_cents(today))
        reason = award.reason
    return MembershipDeadline(
        due_on=top_up.membership_due_on,
        top_up=top_up,
        entitlement_cents=award.entitlement_cents,
        award_cents=award.amount_cents,
        reason=reason,
    )
