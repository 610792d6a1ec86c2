"""Many ordinary repayments of one loan, in date order and after all that it has: folded at once.

What `movements.repay` gives one by one, at a tenth of its cost: of such a series only the running totals
change, and neither the schedule nor the facts before need be looked at for each.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.kernel.identifiers import new_id
from services.kernel.money import carry_split
from services.loans.domain.ledger import Entry, EntryKind
from services.loans.domain.life.facts import LoanFile, in_order_from
from services.loans.domain.life.movements import Movement, Payment
from services.loans.domain.life.settling import settle
from services.loans.domain.loan import LoanStatus
from services.loans.domain.repayment import Repayment


def repay_in_order(file: LoanFile, payments: Iterable[Payment], *, today: date) -> tuple[Movement, int]:
    """The first of the payments that can be so taken, and how many they are.

    It stops before the first that is out of order, early, refused, or of a loan that is not active; what
    becomes of that one is for `movements.repay` to say.
    """
    loan = file.loan
    if loan.status is not LoanStatus.ACTIVE or loan.written_off_on is not None or not file.original:
        return Movement(file, ()), 0
    left_cents = loan.outstanding_cents
    last_on = in_order_from(file)
    weights = [share.principal_cents for share in file.shares]
    credited = [share.credited_cents for share in file.shares]
    funders = [share.funder_id for share in file.shares]
    books, rank = loan.books, len(file.repayments)
    repayments: list[Repayment] = []
    entries: list[Entry] = []
    for payment in payments:
        amount_cents, paid_on = payment.amount_cents, payment.paid_on
        if payment.early or not last_on <= paid_on <= today or amount_cents > left_cents:
            break
        left_cents -= amount_cents
        last_on = paid_on
        rank += 1
        parts = carry_split(amount_cents, weights, credited)
        credited = [before + part for before, part in zip(credited, parts, strict=True)]
        repayment = Repayment(
            new_id(), loan.id, rank, amount_cents, paid_on, payment.method, payment.reference
        )
        repayments.append(repayment)
        by_funder = dict(zip(funders, parts, strict=True))
        entries.append(books.entry(EntryKind.REPAYMENT, paid_on, by_funder, repayment_id=repayment.id))
    if not repayments:
        return Movement(file, ()), 0
    shares = tuple(
        replace(share, credited_cents=cents) for share, cents in zip(file.shares, credited, strict=True)
    )
    received = replace(file, shares=shares, repayments=(*file.repayments, *repayments))
    return Movement(settle(received), tuple(entries)), len(repayments)
