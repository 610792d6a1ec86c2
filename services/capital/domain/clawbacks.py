"""What of a paid award is taken back, why so much, and how it returns to the co-funders.

A person promises to stay until the last follow-up of the rules, counted from the payment. What is taken back
of whoever leaves before is computed by the rule of the award's own version, and every number that it comes
from is kept: the operator may ask for another amount, which never hides the computed one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.capital.domain.clawback_refusals import (
    AnotherPersonRequired,
    ClawbackAct,
    ClawbackAlreadyConfirmed,
    ClawbackExceeded,
    ClawbackSetting,
    ClawbackTooLarge,
    ClawbackUnderWay,
    NothingToClawBack,
    PersonRequired,
    TooManyReceipts,
)
from services.capital.domain.payments import SHARE_DECIMALS, FunderPart
from services.capital.domain.schemes import ClawbackRule, FunderShare, Rules
from services.kernel.calendar import MONTHS_OF_YEAR, add_months, require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.language import Word
from services.kernel.money import carry_split, split_by_weights
from services.kernel.officers import Officer

MOST_RECEIPTS = 120
"""Before the last one, of one clawback: each answer tells all of them."""


class ClawbackStatus(Word):
    """Where it stands; it follows from its own dates and receipts."""

    PROPOSED = "proposed", "proposée", "proposed"
    CONFIRMED = "confirmed", "confirmée", "confirmed"
    RECEIVED = "received", "reçue", "received"
    WAIVED = "waived", "abandonnée", "waived"
    WITHDRAWN = "withdrawn", "retirée", "withdrawn"


FORMULAS = {
    ClawbackRule.WHOLE: "unearned_cents, if stayed_until < promised_until; else 0",
    ClawbackRule.PRO_RATA: "unearned_cents * (days_promised - days_stayed) / days_promised",
}
"""In the words of the answers' own fields; what is not whole cents is cut down to the cent below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """How much the rule takes back, with all that it comes from.

    `unearned_cents` is the part of the award that nothing stands behind any more: all of it where the person
    left, less where a part of the capital stayed. `promised_until` is None where the rules follow nothing up:
    then no time was promised, and the whole is due.
    """

    rule: ClawbackRule
    paid_cents: int
    unearned_cents: int
    stayed_from: date
    stayed_until: date
    promised_until: date | None
    amount_cents: int

    @property
    def days_promised(self) -> int | None:
        return None if self.promised_until is None else (self.promised_until - self.stayed_from).days

    @property
    def days_stayed(self) -> int:
        """None of them before the payment, and none beyond what was promised."""
        days = max((self.stayed_until - self.stayed_from).days, 0)
        return days if self.days_promised is None else min(days, self.days_promised)

    @property
    def months_stayed(self) -> int:
        """Whole months, as follow-ups count them."""
        until = max(self.stayed_until, self.stayed_from)
        years, months = until.year - self.stayed_from.year, until.month - self.stayed_from.month
        passed = years * MONTHS_OF_YEAR + months
        return passed - (add_months(self.stayed_from, passed) > until)

    @property
    def formula(self) -> str:
        return FORMULAS[self.rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawbackReceipt:
    """Money that came back from the CAE, and what of it returned to each co-funder."""

    id: UUID
    amount_cents: int
    received_on: date
    reference: str | None
    by_funder: tuple[FunderPart, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback:
    """A top-up has one at most, proposals withdrawn aside. `amount_cents` is what is asked for.

    `reason` and `waiver_reason` are None for whoever may not read names; so are the receipts' references.
    """

    id: UUID
    top_up_id: UUID
    payment_id: UUID
    version_id: UUID
    computation: Computation
    amount_cents: int
    reason: str | None
    proposed_on: date
    proposed_by: Officer
    confirmed_on: date | None = None
    waived_on: date | None = None
    waiver_reason: str | None = None
    withdrawn_on: date | None = None
    receipts: tuple[ClawbackReceipt, ...] = ()
    created_at: datetime

    @property
    def status(self) -> ClawbackStatus:
        if self.withdrawn_on is not None:
            return ClawbackStatus.WITHDRAWN
        if self.waived_on is not None:
            return ClawbackStatus.WAIVED
        if self.received_cents == self.amount_cents:
            return ClawbackStatus.RECEIVED
        return ClawbackStatus.PROPOSED if self.confirmed_on is None else ClawbackStatus.CONFIRMED

    @property
    def received_cents(self) -> int:
        return sum(receipt.amount_cents for receipt in self.receipts)

    @property
    def waived_cents(self) -> int:
        return 0 if self.waived_on is None else self.amount_cents - self.received_cents

    @property
    def owed_cents(self) -> int:
        """What is still to come; nothing once the rest was waived, or the proposal withdrawn."""
        is_over = self.waived_on is not None or self.withdrawn_on is not None
        return 0 if is_over else self.amount_cents - self.received_cents


def compute(rules: Rules, *, paid_cents: int, unearned_cents: int, paid_on: date, until: date) -> Computation:
    last = max(rules.follow_up_months, default=None)
    asked = Computation(
        rule=rules.clawback_rule,
        paid_cents=paid_cents,
        unearned_cents=unearned_cents,
        stayed_from=paid_on,
        stayed_until=until,
        promised_until=None if last is None else add_months(paid_on, last),
        amount_cents=unearned_cents,
    )
    if asked.days_promised is None:
        return asked
    days_left = asked.days_promised - asked.days_stayed
    if asked.rule is ClawbackRule.WHOLE:
        return replace(asked, amount_cents=unearned_cents if days_left else 0)
    return replace(asked, amount_cents=unearned_cents * days_left // asked.days_promised)


def amount_asked(computation: Computation, given_cents: int | None) -> int:
    """What the operator says, never above what was paid; else what the rule gives."""
    if given_cents is None:
        if computation.amount_cents == 0:
            raise NothingToClawBack(
                stayed_until=computation.stayed_until, promised_until=computation.promised_until
            )
        return computation.amount_cents
    if given_cents > computation.paid_cents:
        raise ClawbackTooLarge(
            amount_cents=given_cents,
            paid_cents=computation.paid_cents,
            computed_cents=computation.amount_cents,
        )
    return given_cents


def check_proposal_dates(
    *, paid_up_on: date, paid_on: date, proposed_on: date, stayed_until: date, today: date
) -> None:
    """A person may have left before the payment, never before the contribution was there to keep."""
    require_past(DateField.PROPOSED_ON, proposed_on, today)
    require_order(DateField.PAID_ON, paid_on, DateField.PROPOSED_ON, proposed_on)
    require_past(DateField.STAYED_UNTIL, stayed_until, today)
    require_order(DateField.PAID_UP_ON, paid_up_on, DateField.STAYED_UNTIL, stayed_until)


def check_confirmation(clawback: Clawback, confirmed_on: date, today: date) -> None:
    if clawback.confirmed_on is not None:
        raise ClawbackAlreadyConfirmed(confirmed_on=clawback.confirmed_on, amount_cents=clawback.amount_cents)
    require_past(DateField.CONFIRMED_ON, confirmed_on, today)
    require_order(DateField.PROPOSED_ON, clawback.proposed_on, DateField.CONFIRMED_ON, confirmed_on)


def check_receipt(clawback: Clawback, amount_cents: int, received_on: date, today: date) -> None:
    """Money may come before it is asked for, never before it was paid, nor more than is asked for."""
    require_past(DateField.RECEIVED_ON, received_on, today)
    require_order(DateField.PAID_ON, clawback.computation.stayed_from, DateField.RECEIVED_ON, received_on)
    if amount_cents > clawback.owed_cents:
        raise ClawbackExceeded(
            amount_cents=amount_cents,
            owed_cents=clawback.owed_cents,
            asked_cents=clawback.amount_cents,
            received_cents=clawback.received_cents,
        )
    if len(clawback.receipts) >= MOST_RECEIPTS and amount_cents < clawback.owed_cents:
        raise TooManyReceipts(receipts=len(clawback.receipts), owed_cents=clawback.owed_cents)


def check_waiver(clawback: Clawback, waived_on: date, today: date) -> None:
    require_past(DateField.WAIVED_ON, waived_on, today)
    require_order(DateField.PROPOSED_ON, clawback.proposed_on, DateField.WAIVED_ON, waived_on)


def check_who_proposes(rules: Rules, officer: Officer) -> None:
    """Where another person will be asked for, the first one must be known."""
    if rules.waiver_by_another and not officer.person:
        raise PersonRequired(act=ClawbackAct.PROPOSAL, setting=ClawbackSetting.WAIVER_BY_ANOTHER)


def check_who_waives(rules: Rules, officer: Officer, *, proposed_by: Officer) -> None:
    """Who proposed may be unknown, where a follow-up did: a person is asked for all the same."""
    if not rules.waiver_by_another:
        return
    if not officer.person:
        raise PersonRequired(act=ClawbackAct.WAIVER, setting=ClawbackSetting.WAIVER_BY_ANOTHER)
    if officer.is_person(proposed_by):
        raise AnotherPersonRequired(act=ClawbackAct.WAIVER, setting=ClawbackSetting.WAIVER_BY_ANOTHER)


def check_withdrawal(clawback: Clawback) -> None:
    """A proposal made by mistake is taken back while it is only that: nothing confirmed, nothing received."""
    if clawback.confirmed_on is not None:
        raise ClawbackUnderWay(confirmed_on=clawback.confirmed_on, received_cents=clawback.received_cents)


def split_receipt(
    amount_cents: int,
    funders: Sequence[FunderShare],
    *,
    paid_cents: int,
    returned_cents: Mapping[Siren, int],
) -> tuple[FunderPart, ...]:
    """The parts of what comes back of one payment, for the top-ups of one version.

    `paid_cents` is what the payment paid for that version, borne by `funders`; `returned_cents` what each had
    back of it. Rounding is carried over all receipts: once all of it is back, each co-funder is at zero.
    """
    shares = [int(funder.percent.scaleb(SHARE_DECIMALS)) for funder in funders]
    borne_cents = split_by_weights(paid_cents, shares)
    given_cents = [returned_cents.get(funder.siren, 0) for funder in funders]
    parts = carry_split(amount_cents, borne_cents, given_cents)
    return tuple(
        FunderPart(funder.siren, funder.name, part) for funder, part in zip(funders, parts, strict=True)
    )
