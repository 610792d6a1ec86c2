"""A payment that comes back: linked, never deleted; its top-ups are paid again."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.payments import Payment
from services.capital.domain.refusals import NotPayable, PaymentAlreadyReversed
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.read_caps import read_cap
from services.capital.usecases.read_payments import read_payment
from services.capital.usecases.read_schemes import read_totals
from services.capital.usecases.reverse_payment import ReversePayment, reverse_payment
from services.kernel.access import Caller, Role
from services.kernel.identifiers import new_id
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, NotAllowed, NotFound, Refusal
from tests.services.capital.conftest import Capital

FUNDER = Caller(Role.FUNDER, "tests", siren="200053759")
PARTNER = Caller(Role.PARTNER, "tests", frozenset({"75"}))


async def test_a_reversed_payment_stays_and_its_top_ups_are_paid_again(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_01, 1_500_00])]
    made = await capital.pay(scheme, cae, ids)

    reversed_ = await capital.reverse(made.id)

    assert reversed_.reversal is not None
    assert replace(reversed_, reversal=None) == made
    again = [await capital.read(top_up_id) for top_up_id in ids]
    assert [(top_up.status, top_up.payment_id) for top_up in again] == [(TopUpStatus.GRANTED, None)] * 2
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        assert await read_payment(session, capital.operator, made.id) == reversed_
        totals = await read_totals(session, capital.operator, scheme)
        cap = await read_cap(session, capital.operator, scheme.id, cae, today=capital.today)
    assert (totals.awarded_cents, totals.to_pay_cents, totals.paid_cents) == (2_500_01, 2_500_01, 0)
    assert cap.used_cents == 2_500_01
    assert await capital.differences() == []

    second = await capital.pay(scheme, cae, ids, date(2026, 3, 5))

    assert {(await capital.read(top_up_id)).payment_id for top_up_id in ids} == {second.id}
    with pytest.raises(NotPayable):
        await capital.pay(scheme, cae, ids, date(2026, 3, 6))
    await capital.reverse(second.id)
    await capital.pay(scheme, cae, ids[:1], date(2026, 3, 6))
    assert await capital.differences() == []


async def test_a_co_funder_is_told_what_it_paid_net_of_what_came_back(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [first] = await capital.award(scheme, cae, [1_000_00])
    [second] = await capital.award(scheme, cae, [2_000_00])
    payment = await capital.pay(scheme, cae, [first.id])
    await capital.pay(scheme, cae, [second.id])
    await capital.reverse(payment.id)

    async with capital.database.transaction(FUNDER, read_only=True) as session:
        totals = await read_totals(session, FUNDER, scheme)

    assert (totals.awarded_cents, totals.to_pay_cents, totals.paid_cents) == (2_400_00, 800_00, 1_600_00)


async def test_a_payment_comes_back_once_and_after_it_was_made(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    payment = await capital.pay(scheme, cae, [granted.id], date(2026, 3, 1))

    with pytest.raises(DatesOutOfOrder):
        await capital.reverse(payment.id, date(2026, 2, 28))
    with pytest.raises(DateInTheFuture):
        await capital.reverse(payment.id, date(2026, 7, 1))
    with pytest.raises(NotFound):
        await capital.reverse(new_id())
    await capital.reverse(payment.id, date(2026, 3, 1))
    with pytest.raises(PaymentAlreadyReversed) as refused:
        await capital.reverse(payment.id, date(2026, 3, 9))
    assert refused.value.facts == {"reversed_on": date(2026, 3, 1)}
    assert await capital.differences() == []


async def test_only_an_operator_of_the_region_reverses(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    payment = await capital.pay(scheme, cae, [granted.id])
    order = ReversePayment(payment_id=payment.id, reversed_on=date(2026, 3, 5), reason="x")
    abroad = Caller(Role.OPERATOR, "tests", frozenset({"84"}))

    for caller, refusal in ((PARTNER, NotAllowed), (capital.admin, NotAllowed), (abroad, NotFound)):
        async with capital.database.transaction(caller) as session:
            with pytest.raises(refusal):
                await reverse_payment(session, caller, order, today=capital.today)


async def test_what_follows_a_reversal_does_not_precede_it(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    payment = await capital.pay(scheme, cae, [granted.id])
    await capital.reverse(payment.id, date(2026, 3, 5))

    with pytest.raises(DatesOutOfOrder):
        await capital.pay(scheme, cae, [granted.id], date(2026, 3, 4))
    early = CancelTopUp(top_up_id=granted.id, reason="x", cancelled_on=date(2026, 3, 4))
    async with capital.database.transaction(capital.operator) as session:
        with pytest.raises(DatesOutOfOrder):
            await cancel_top_up(session, capital.operator, early, today=capital.today)
    async with capital.database.transaction(capital.operator) as session:
        late = replace(early, cancelled_on=date(2026, 3, 5))
        await cancel_top_up(session, capital.operator, late, today=capital.today)
    assert await capital.differences() == []


async def test_a_partner_reads_no_reason(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    payment = await capital.reverse((await capital.pay(scheme, cae, [granted.id])).id)

    async with capital.database.transaction(PARTNER, read_only=True) as session:
        seen = await read_payment(session, PARTNER, payment.id)

    assert payment.reversal is not None
    assert payment.reversal.reason == "IBAN clos"
    assert seen == replace(payment, reversal=replace(payment.reversal, reason=None))


async def test_of_reversals_at_once_one_is_made(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00, 2_000_00, 1_500_00])]
    payment = await capital.pay(scheme, cae, ids)

    outcomes = await asyncio.gather(*(capital.reverse(payment.id) for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, PaymentAlreadyReversed) for outcome in outcomes) == 7
    assert await capital.differences() == []


async def test_a_reversal_and_new_payments_at_once(capital: Capital) -> None:
    """Whichever comes first: a top-up is never paid twice, and never lost."""
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00, 2_000_00])]
    payment = await capital.pay(scheme, cae, ids)

    outcomes = await asyncio.gather(
        *(capital.pay(scheme, cae, ids, date(2026, 3, 9)) for _ in range(4)),
        capital.reverse(payment.id),
        *(capital.pay(scheme, cae, ids, date(2026, 3, 9)) for _ in range(4)),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, Payment | Refusal) for outcome in outcomes), outcomes
    paid = [found for found in outcomes if isinstance(found, Payment) and found.id != payment.id]
    assert len(paid) <= 1
    states = {((found := await capital.read(top_up_id)).status, found.payment_id) for top_up_id in ids}
    assert states == ({(TopUpStatus.PAID, paid[0].id)} if paid else {(TopUpStatus.GRANTED, None)})
    assert await capital.differences() == []


async def test_it_is_told_of_the_payment_and_of_each_top_up(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00, 2_000_00])]
    payment = await capital.reverse((await capital.pay(scheme, cae, ids)).id)

    async with capital.database.of_all_tenants(read_only=True) as session:
        events = await session.execute(
            text(
                "SELECT dossier_id, type FROM capital.outbox WHERE type LIKE '%reversed'"
                " AND dossier_id = ANY(:ids)"
            ),
            {"ids": [payment.id, *ids]},
        )
        told = {(row.dossier_id, row.type) for row in events}
        audited = await session.execute(
            text(
                "SELECT dossier_id, note FROM capital.audit_trail AS said"
                " LEFT JOIN capital.audit_notes AS note ON note.audit_id = said.id"
                " WHERE act = 'reverse_payment'"
                " AND dossier_id = ANY(:ids)"
            ),
            {"ids": [payment.id, *ids]},
        )
        acts = {(row.dossier_id, row.note) for row in audited}

    assert told == {(payment.id, "payment.reversed"), *((id_, "top_up.payment_reversed") for id_ in ids)}
    assert acts == {(payment.id, "IBAN clos"), *((id_, None) for id_ in ids)}
