"""Proof that the capital stayed: asked at the months of the rules, answered with what was seen on a day.

Months are counted from the payment, which is what has to be proven. An answer proves the months that had come
while the person was a member and the capital that earned the award was there: one given late answers for the
months before it too. What ended after the last of the months took nothing away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.capital.domain.awards import entitle
from services.capital.domain.claims import Claim
from services.capital.domain.clawbacks import compute
from services.capital.domain.schemes import Rules
from services.capital.domain.top_ups import TopUp
from services.kernel.calendar import add_months, require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.language import Language, Text
from services.kernel.refusals import InvalidInput


@dataclass(frozen=True, slots=True)
class Milestone:
    """When it is asked, so many months after the payment, whether the capital stayed."""

    months: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was seen on `checked_on`. Where no day is said, what ended is taken to have ended on that day.

    `evidence` is a text, or a document's reference; None for whoever may not read names.
    """

    checked_on: date
    still_member: bool
    capital_kept_cents: int
    left_on: date | None = None
    capital_withdrawn_on: date | None = None
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A paid award, and the rules that it was granted under."""

    award_cents: int
    claim: Claim
    rules: Rules
    paid_on: date

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        return milestones(self.rules.follow_up_months, self.paid_on)

    @property
    def last_due_on(self) -> date | None:
        """None where the rules follow nothing up: then nothing ends early."""
        return self.milestones[-1].due_on if self.milestones else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says of an award. `proven_months` is the last milestone that it answers for, 0 for none.

    `ended_on` is when the person left or the capital went, where that was before the last milestone, and
    `unearned_cents` the part of the award that nothing stands behind since.
    """

    proven_months: int
    ended_on: date | None = None
    unearned_cents: int = 0

    @property
    def ended_early(self) -> bool:
        return self.ended_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A recorded answer. A wrong one stays, and names the one that corrects it.

    `clawback_id` is what it proposed to take back, where it told of an early end.
    """

    id: UUID
    top_up_id: UUID
    payment_id: UUID
    check: Check
    proven_months: int
    ended_early: bool
    unearned_cents: int
    clawback_id: UUID | None
    corrects: UUID | None
    corrected_by: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """A milestone of a paid award that no answer is for."""

    top_up: TopUp
    milestone: Milestone

    def days_late(self, today: date) -> int:
        """0 until its day has passed."""
        return max((today - self.milestone.due_on).days, 0)


def milestones(months: Iterable[int], paid_on: date) -> tuple[Milestone, ...]:
    """Each counted from the payment, the day cut to the month's last."""
    return tuple(Milestone(number, add_months(paid_on, number)) for number in months)


def find(followed: Followed, check: Check, *, today: date) -> Finding:
    """What the check proves and what it takes away, or the refusal of what it contradicts."""
    _check_dates(followed, check, today)
    unearned_cents = _unearned_cents(followed, check)
    if not unearned_cents:
        return Finding(proven_months=_proven(followed, check.checked_on))
    ended_on, last_due_on = _ended_on(followed, check), followed.last_due_on
    proven_months = _proven(followed, ended_on)
    if last_due_on is None or ended_on >= last_due_on:
        return Finding(proven_months=proven_months)
    computed = compute(
        followed.rules,
        paid_cents=followed.award_cents,
        unearned_cents=unearned_cents,
        paid_on=followed.paid_on,
        until=ended_on,
    )
    if computed.amount_cents == 0:  # less than a cent of it is left to take back
        return Finding(proven_months=_proven(followed, check.checked_on))
    return Finding(proven_months=proven_months, ended_on=ended_on, unearned_cents=unearned_cents)


def reason_of(check: Check, finding: Finding) -> str:
    """Why the clawback is proposed, as the operator reads it."""
    facts = {
        "checked_on": check.checked_on,
        "ended_on": finding.ended_on,
        "capital_kept_cents": check.capital_kept_cents,
        "unearned_cents": finding.unearned_cents,
    }
    return (_WITHDRAWN if check.still_member else _LEFT).render(Language.FRENCH, facts)


def is_complete(rules: Rules, proven_months: Iterable[int]) -> bool:
    """Whether one of the answers that stand is for the last milestone."""
    return bool(rules.follow_up_months) and rules.follow_up_months[-1] in proven_months


def _unearned_cents(followed: Followed, check: Check) -> int:
    """All of it where the person left; else what the scale would not give for the capital that stayed."""
    if not check.still_member:
        return followed.award_cents
    if check.capital_kept_cents >= followed.claim.contribution_cents(followed.rules):
        return 0
    earned = entitle(followed.rules, check.capital_kept_cents, followed.claim.priority_criterion)
    return max(followed.award_cents - earned.amount_cents, 0)


def _ended_on(followed: Followed, check: Check) -> date:
    """The first of the days said; else that of the check, unless only the true day could tell."""
    said = [day for day in (check.left_on, check.capital_withdrawn_on) if day is not None]
    if said:
        return min(said)
    last_due_on = followed.last_due_on
    if last_due_on is not None and check.checked_on >= last_due_on:
        missing = "/capital_withdrawn_on" if check.still_member else "/left_on"
        raise InvalidInput(missing, _SAY_WHEN, last_due_on=last_due_on)
    return check.checked_on


def _proven(followed: Followed, until: date) -> int:
    come: Sequence[int] = [point.months for point in followed.milestones if point.due_on <= until]
    return max(come, default=0)


def _check_dates(followed: Followed, check: Check, today: date) -> None:
    require_past(DateField.CHECKED_ON, check.checked_on, today)
    require_order(DateField.PAID_ON, followed.paid_on, DateField.CHECKED_ON, check.checked_on)
    for field, day in (
        (DateField.LEFT_ON, check.left_on),
        (DateField.CAPITAL_WITHDRAWN_ON, check.capital_withdrawn_on),
    ):
        if day is not None:
            require_order(DateField.PAID_UP_ON, followed.claim.paid_up_on, field, day)
            require_order(field, day, DateField.CHECKED_ON, check.checked_on)
    if check.still_member and check.left_on is not None:
        raise InvalidInput("/left_on", _STILL_THERE)
    whole_cents = followed.claim.contribution_cents(followed.rules)
    if check.capital_withdrawn_on is not None and check.capital_kept_cents >= whole_cents:
        raise InvalidInput("/capital_withdrawn_on", _NOTHING_WITHDRAWN, contribution_cents=whole_cents)


_LEFT = Text(
    "Suivi du {checked_on} : la personne n'est plus associée depuis le {ended_on}.",
    "Follow-up of {checked_on}: the person is no longer a member since {ended_on}.",
)
_WITHDRAWN = Text(
    "Suivi du {checked_on} : il reste {capital_kept_cents} de capital depuis le {ended_on} ; "
    "{unearned_cents} de l'abondement n'ont plus de contrepartie.",
    "Follow-up of {checked_on}: {capital_kept_cents} of capital is left since {ended_on}; nothing stands "
    "behind {unearned_cents} of the award any more.",
)
_SAY_WHEN = Text(
    "Le dernier suivi était à faire le {last_due_on} : dites quel jour la personne est partie, ou le capital "
    "a été retiré.",
    "The last follow-up was due on {last_due_on}: say on which day the person left, or the capital was "
    "withdrawn.",
)
_STILL_THERE = Text(
    "Une personne encore associée n'a pas de date de départ.",
    "A person who is still a member has no date of departure.",
)
_NOTHING_WITHDRAWN = Text(
    "Un capital resté d'au moins {contribution_cents} n'a pas de date de retrait.",
    "Capital kept of {contribution_cents} at least has no date of withdrawal.",
)
