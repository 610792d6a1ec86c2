from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.journal import Account, cancelled, granted, paid, payment_reversed
from services.capital.domain.payments import FunderPart, PaymentLine, split_payment
from services.capital.domain.schemes import FunderShare
from services.kernel.identifiers import Siren

REGION, BPIFRANCE, STATE = Siren("200053759"), Siren("320252489"), Siren("100000009")
FIRST, SECOND = UUID(int=1), UUID(int=2)


def shares(*percents: tuple[Siren, str]) -> tuple[FunderShare, ...]:
    return tuple(FunderShare(siren, f"Financeur {siren}", Decimal(percent)) for siren, percent in percents)


def line(number: int, version: UUID, amount_cents: int) -> PaymentLine:
    return PaymentLine(UUID(int=100 + number), version, amount_cents)


def parts(lines: list[PaymentLine], funders: dict[UUID, tuple[FunderShare, ...]]) -> list[tuple[Siren, int]]:
    return [(part.siren, part.amount_cents) for part in split_payment(lines, funders)]


def test_a_batch_is_split_as_a_whole_not_line_by_line() -> None:
    # Each line alone would round 500.005 up for the first funder; the batch splits evenly.
    lines = [line(1, FIRST, 1_000_01), line(2, FIRST, 1_000_01)]

    assert parts(lines, {FIRST: shares((REGION, "50"), (STATE, "50"))}) == [
        (REGION, 1_000_01),
        (STATE, 1_000_01),
    ]


def test_odd_cents_go_to_the_largest_remainder_then_in_convention_order() -> None:
    lines = [line(1, FIRST, 1_000_01)]

    assert parts(lines, {FIRST: shares((REGION, "50"), (BPIFRANCE, "30"), (STATE, "20"))}) == [
        (REGION, 500_01),
        (BPIFRANCE, 300_00),
        (STATE, 200_00),
    ]


def test_shares_keep_their_decimals() -> None:
    funders = {FIRST: shares((REGION, "33.3333"), (BPIFRANCE, "33.3333"), (STATE, "33.3334"))}

    assert parts([line(1, FIRST, 1_000_000_00)], funders) == [
        (REGION, 333_333_00),
        (BPIFRANCE, 333_333_00),
        (STATE, 333_334_00),
    ]


def test_lines_of_two_versions_follow_each_its_own_shares() -> None:
    lines = [line(1, FIRST, 1_000_00), line(2, SECOND, 2_000_00)]
    funders = {FIRST: shares((REGION, "100")), SECOND: shares((STATE, "25"), (REGION, "75"))}

    assert parts(lines, funders) == [(REGION, 2_500_00), (STATE, 500_00)]


def test_a_grant_and_its_cancellation_leave_nothing() -> None:
    postings = [*granted(2_000_00), *cancelled(2_000_00)]

    for account in (Account.AWARDS, Account.PAYABLE):
        assert sum(posting.signed_cents for posting in postings if posting.account is account) == 0


def test_a_payment_settles_the_debt_by_funder() -> None:
    postings = paid([FunderPart(REGION, "Région", 1_500_00), FunderPart(STATE, "État", 0)])

    assert [(posting.account, posting.signed_cents, posting.funder_siren) for posting in postings] == [
        (Account.PAYABLE, 1_500_00, None),
        (Account.CASH, -1_500_00, REGION),
    ]


@given(
    st.lists(st.tuples(st.sampled_from([FIRST, SECOND]), st.integers(1, 5_000_00)), min_size=1, max_size=20),
    st.integers(1, 99_9999),
)
def test_parts_add_up_to_the_batch_and_its_entry_to_zero(
    amounts: list[tuple[UUID, int]], region_share: int
) -> None:
    percent = Decimal(region_share).scaleb(-4)
    mixed = (FunderShare(REGION, "Région", percent), FunderShare(STATE, "État", 100 - percent))
    lines = [line(number, version, cents) for number, (version, cents) in enumerate(amounts)]

    split = split_payment(lines, {FIRST: mixed, SECOND: shares((BPIFRANCE, "100"))})

    assert sum(part.amount_cents for part in split) == sum(cents for _, cents in amounts)
    assert sum(posting.signed_cents for posting in paid(split)) == 0


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=3))
def test_a_reversal_gives_each_funder_back_what_it_paid(amounts: list[int]) -> None:
    borne = [
        FunderPart(siren, "x", cents)
        for siren, cents in zip((REGION, BPIFRANCE, STATE), amounts, strict=False)
    ]
    back = payment_reversed(borne)

    assert sum(posting.signed_cents for posting in back) == 0
    assert [(one.account, one.funder_siren, -one.signed_cents) for one in back] == [
        (one.account, one.funder_siren, one.signed_cents) for one in paid(borne)
    ]
