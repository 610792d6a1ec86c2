"""Refusals, cancellations and payments."""

import asyncio
from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.payments import Payment
from services.capital.domain.refusals import CaeCapReached, NotPayable, PaymentMixesDossiers
from services.capital.domain.schemes import Scheme
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.read_payments import read_payments
from services.capital.usecases.read_schemes import read_totals
from services.capital.usecases.read_top_ups import read_top_up
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.kernel.identifiers import Siren
from services.kernel.refusals import DatesOutOfOrder, InvalidInput, NotFound, StatusForbids
from tests.services.capital.conftest import Capital


async def refuse(capital: Capital, top_up_id: UUID) -> TopUp:
    async with capital.database.transaction(capital.operator) as session:
        order = RefuseTopUp(top_up_id=top_up_id, reason="Apport non libéré")
        return await refuse_top_up(session, capital.operator, order, today=capital.today)


async def cancel(capital: Capital, top_up_id: UUID, on: date | None = None) -> TopUp:
    async with capital.database.transaction(capital.operator) as session:
        order = CancelTopUp(top_up_id=top_up_id, reason="A quitté la CAE", cancelled_on=on)
        return await cancel_top_up(session, capital.operator, order, today=capital.today)


async def pay(
    capital: Capital, scheme: Scheme, cae: Siren, ids: Sequence[UUID], on: date = date(2026, 3, 1)
) -> Payment:
    async with capital.database.transaction(capital.operator) as session:
        order = PayTopUps(scheme_id=scheme.id, cae_siren=cae, top_up_ids=ids, paid_on=on, reference="M7")
        return await pay_top_ups(session, capital.operator, order, today=capital.today)


async def test_a_refused_request_is_closed(capital: Capital) -> None:
    [asked] = await capital.request(capital.asking(await capital.scheme(), capital.new_cae()))

    refused = await refuse(capital, asked.id)

    assert (refused.status, refused.reason, refused.decided_on) == (
        TopUpStatus.REFUSED,
        "Apport non libéré",
        capital.today,
    )
    with pytest.raises(StatusForbids):
        await capital.grant(asked.id)
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        assert await read_top_up(session, capital.operator, asked.id) == refused


async def test_a_cancelled_award_frees_its_room_and_its_person(capital: Capital) -> None:
    scheme, cae = await capital.scheme(budget_cents=4_000_00, cae_cap_cents=4_000_00), capital.new_cae()
    first, again, other = await capital.request(
        capital.asking(scheme, cae, reference="T-1"),
        capital.asking(scheme, cae, reference="T-1"),
        capital.asking(scheme, cae),
    )
    await capital.grant(first.id)
    await capital.grant(other.id)
    [late] = await capital.request(capital.asking(scheme, cae))
    with pytest.raises(CaeCapReached):
        await capital.grant(late.id)

    cancelled = await cancel(capital, first.id)

    assert (cancelled.status, cancelled.award_cents) == (TopUpStatus.CANCELLED, 2_000_00)
    assert (await capital.grant(again.id)).award_cents == 2_000_00
    with pytest.raises(StatusForbids):
        await cancel(capital, first.id)
    assert await capital.differences() == []


async def test_a_cancellation_frees_the_year_of_the_decision(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    with pytest.raises(DatesOutOfOrder):
        await cancel(capital, granted.id, date(2026, 1, 31))

    await cancel(capital, granted.id, date(2026, 2, 1))

    assert await capital.differences() == []


async def test_a_batch_is_paid_once_and_split_to_the_cent(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    granted = await capital.award(scheme, cae, [1_000_01, 1_000_01, 1_500_00])
    ids = [top_up.id for top_up in granted]

    payment = await pay(capital, scheme, cae, ids)

    assert payment.total_cents == 3_500_02
    assert [part.amount_cents for part in payment.by_funder] == [2_800_02, 700_00]
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        assert (await read_payments(session, capital.operator, [payment.id]))[payment.id] == payment
        paid = await read_top_up(session, capital.operator, ids[0])
        totals = await read_totals(session, capital.operator, scheme)
    assert (paid.status, paid.payment_id) == (TopUpStatus.PAID, payment.id)
    assert (totals.awarded_cents, totals.to_pay_cents, totals.paid_cents) == (3_500_02, 0, 3_500_02)
    assert [part.amount_cents for part in totals.by_funder] == [2_800_02, 700_00]
    with pytest.raises(NotPayable):
        await pay(capital, scheme, cae, ids[:1])
    with pytest.raises(StatusForbids):
        await cancel(capital, ids[0])
    assert await capital.differences() == []


async def test_a_payment_goes_to_one_cae_for_one_scheme(capital: Capital) -> None:
    scheme, cae, other = await capital.scheme(), capital.new_cae(), capital.new_cae()
    [own] = await capital.award(scheme, cae, [1_000_00])
    [of_another] = await capital.award(scheme, other, [1_000_00])
    [of_another_scheme] = await capital.award(await capital.scheme(), cae, [1_000_00])
    [not_granted] = await capital.request(capital.asking(scheme, cae))

    with pytest.raises(PaymentMixesDossiers) as mixed:
        await pay(capital, scheme, cae, [own.id, of_another.id, of_another_scheme.id])
    assert mixed.value.facts["top_up_ids"] == sorted([of_another.id, of_another_scheme.id])
    with pytest.raises(NotPayable) as unpayable:
        await pay(capital, scheme, cae, [own.id, not_granted.id])
    assert unpayable.value.facts["top_up_ids"] == [not_granted.id]
    with pytest.raises(NotFound):
        await pay(capital, scheme, cae, [own.id, uuid4()])
    with pytest.raises(InvalidInput):
        await pay(capital, scheme, cae, [own.id, own.id])
    with pytest.raises(InvalidInput):
        await pay(capital, scheme, cae, [])
    with pytest.raises(DatesOutOfOrder):
        await pay(capital, scheme, cae, [own.id], on=date(2026, 1, 31))
    assert (await pay(capital, scheme, cae, [own.id])).total_cents == 1_000_00


async def test_two_payments_at_once_pay_once(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00] * 4)]

    outcomes = await asyncio.gather(
        *(pay(capital, scheme, cae, order) for order in (ids, ids[::-1], ids[:2], ids[2:])),
        return_exceptions=True,
    )

    paid = [outcome for outcome in outcomes if isinstance(outcome, Payment)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotPayable)]
    assert len(paid) + len(refused) == 4, outcomes
    lines = [line.top_up_id for payment in paid for line in payment.lines]
    assert len(lines) == len(set(lines)) > 0
    assert await capital.differences() == []


async def test_an_award_is_paid_or_cancelled_never_both(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    for granted in await capital.award(scheme, cae, [1_000_00] * 5):
        paying, cancelling = await asyncio.gather(
            pay(capital, scheme, cae, [granted.id]), cancel(capital, granted.id), return_exceptions=True
        )
        assert isinstance(paying, Payment) != isinstance(cancelling, TopUp), (paying, cancelling)
        assert isinstance(paying, (Payment, NotPayable))
        assert isinstance(cancelling, (TopUp, StatusForbids))
    assert await capital.differences() == []
