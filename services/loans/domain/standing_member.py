"""One who sits in a fund's committee, from a day until another. Ended, never deleted."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_order
from services.kernel.date_fields import DateField
from services.loans.domain.committee import Member
from services.loans.domain.committee_refusals import MemberAlreadyEnded, MemberNotSitting


@dataclass(frozen=True, slots=True)
class StandingMember:
    """`until_on` is the last day; None while nobody has said when."""

    id: UUID
    fund_id: UUID
    region: str
    member: Member
    from_on: date
    created_at: datetime
    until_on: date | None = None

    def sits_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class MembersFilter:
    """`on`: those who sit on that day; None is all that ever did."""

    fund_id: UUID
    on: date | None = None


def check_days(standing: StandingMember) -> None:
    if standing.until_on is not None:
        require_order(DateField.FROM_ON, standing.from_on, DateField.UNTIL_ON, standing.until_on)


def end(standing: StandingMember, until_on: date) -> StandingMember:
    if standing.until_on is not None:
        raise MemberAlreadyEnded(until_on=standing.until_on)
    ended = replace(standing, until_on=until_on)
    check_days(ended)
    return ended


def check_sits(standing: StandingMember, held_on: date) -> None:
    if not standing.sits_on(held_on):
        raise MemberNotSitting(
            name=standing.member.name,
            held_on=held_on,
            from_on=standing.from_on,
            until_on=standing.until_on,
        )
