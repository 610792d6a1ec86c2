"""A repayment decided on what is kept of its loan is the one that the whole file gives."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.refusals import Refusal
from services.loans.domain.ledger import Entry
from services.loans.domain.life.facts import LoanFile, in_order_from
from services.loans.domain.life.kept import KeptLoan, repay_last
from services.loans.domain.life.movements import Payment, repay
from services.loans.domain.life.standing import allocations_of
from services.loans.domain.repayment import EarlyMode, PaymentMethod, Repayment
from tests.services.loans.domain.life.test_any_order import TODAY, Fact, histories, recorded

T = TypeVar("T")
NOBODY = UUID(int=0)


def kept_of(file: LoanFile) -> KeptLoan:
    return KeptLoan(file.loan, file.shares, in_order_from(file), len(file.repayments))


def unnamed(repayment: Repayment, entry: Entry) -> tuple[Repayment, Entry]:
    """Without the ids, which are new each time; the entry still names its repayment."""
    assert entry.repayment_id == repayment.id
    return replace(repayment, id=NOBODY), replace(entry, id=NOBODY, repayment_id=NOBODY)


def attempt(movement: Callable[[], T]) -> tuple[T | None, tuple[str, Mapping[str, object]] | None]:
    try:
        return movement(), None
    except Refusal as refused:
        return None, (refused.code, refused.facts)


@given(
    histories(),
    st.randoms(use_true_random=False),
    st.integers(1, 1_300_00),
    st.integers(0, 500),
    st.booleans(),
)
def test_what_is_kept_says_all_that_the_facts_say(
    facts: list[Fact], random: Random, amount_cents: int, later_days: int, wholly: bool
) -> None:
    random.shuffle(facts)
    file = recorded(facts)[0].file
    kept = kept_of(file)
    owed_cents = max(kept.loan.outstanding_cents, 1)
    payment = Payment(
        owed_cents if wholly else amount_cents,
        kept.in_order_from + timedelta(days=later_days),
        PaymentMethod.CASH,
        "C-1",
    )
    if not kept.has_all_before(payment):
        assert file.loan.outstanding_cents == 0 or file.loan.written_off_on is not None
        return

    whole, refused = attempt(lambda: repay(file, payment, today=TODAY))
    last, refused_too = attempt(lambda: repay_last(kept, payment, today=TODAY))
    if whole is None or last is None:
        assert refused == refused_too
        return

    after = whole.file
    assert last.loan == after.loan
    assert last.shares == after.shares
    assert unnamed(last.repayment, last.entry) == unnamed(after.repayments[-1], *whole.entries)
    assert list(last.allocations) == allocations_of(after, after.repayments[-1])
    assert in_order_from(after) == payment.paid_on


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 1_000))
def test_an_earlier_day_and_an_early_repayment_need_the_facts(
    facts: list[Fact], random: Random, earlier_days: int
) -> None:
    random.shuffle(facts)
    kept = kept_of(recorded(facts)[0].file)
    ordinary = Payment(1, kept.in_order_from, PaymentMethod.CASH)

    assert not kept.has_all_before(
        replace(ordinary, paid_on=kept.in_order_from - timedelta(days=earlier_days))
    )
    assert not kept.has_all_before(replace(ordinary, early=EarlyMode.LOWER))


def test_most_repayments_come_in_order() -> None:
    kept = kept_of(recorded([])[0].file)
    assert kept.has_all_before(Payment(1, date(2024, 1, 1), PaymentMethod.CASH))
