"""What of a dossier the rules look at, and what they answer: the scale's euros, or what forbids them."""

from dataclasses import dataclass
from datetime import date

from services.capital.domain.awards import Entitlement, Reason, entitle
from services.capital.domain.refusals import NoPriorityGroup, UnknownPriority
from services.capital.domain.schemes import ContributionBasis, Rules, Version
from services.kernel.calendar import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`requested_on` and `member_since` are None where no paper says them."""

    subscribed_cents: int
    paid_up_cents: int
    paid_up_on: date
    requested_on: date | None = None
    member_since: date | None = None
    priority_criterion: str | None = None

    def contribution_cents(self, rules: Rules) -> int:
        """What counts as the person's contribution: shares paid, or shares promised."""
        is_promised = rules.contribution_basis is ContributionBasis.SUBSCRIBED
        return self.subscribed_cents if is_promised else self.paid_up_cents


def entitlement_of(rules: Rules, claim: Claim) -> Entitlement:
    return entitle(rules, claim.contribution_cents(rules), claim.priority_criterion)


def asked_on(claim: Claim, decided_on: date) -> date:
    """A request of which no paper tells the date: nothing says that it came before its decision."""
    return claim.requested_on or decided_on


def last_day_to_ask(rules: Rules, paid_up_on: date) -> date | None:
    """None where a contribution may be topped up however long ago it was paid up."""
    if rules.request_window_months is None:
        return None
    return add_months(paid_up_on, rules.request_window_months)


def member_enough_on(rules: Rules, member_since: date) -> date:
    """The first day on which membership is as long as the scheme asks."""
    return add_months(member_since, rules.min_membership_months or 0)


def obstacle_of(rules: Rules, claim: Claim, decided_on: date) -> Reason | None:
    """What forbids an award to this person whatever the scale gives."""
    last_day = last_day_to_ask(rules, claim.paid_up_on)
    if last_day is not None and asked_on(claim, decided_on) > last_day:
        return Reason.TOO_LATE
    if rules.min_membership_months is None:
        return None
    if claim.member_since is None or member_enough_on(rules, claim.member_since) > decided_on:
        return Reason.NOT_A_MEMBER
    return None


def require_known_priority(version: Version, claim: Claim) -> None:
    criterion = claim.priority_criterion
    known = [group.criterion for group in version.priority_groups]
    if criterion is not None and criterion not in known:
        refusal = UnknownPriority if known else NoPriorityGroup
        raise refusal(criterion=criterion, known=known, paid_up_on=claim.paid_up_on)
