"""A paid award that comes back: computed, asked for, received by parts, waived; its room and its parts."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from services.capital.domain.clawback_refusals import (
    AnotherPersonRequired,
    ClawbackAlreadyConfirmed,
    ClawbackExceeded,
    ClawbackUnderWay,
    PaymentClawedBack,
    PersonRequired,
)
from services.capital.domain.clawbacks import Clawback, ClawbackStatus
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.refusals import AlreadyAwarded, CaeCapReached
from services.capital.domain.schemes import ClawbackRule, FunderShare, Period
from services.capital.usecases.propose_clawback import ProposeClawback, propose_clawback
from services.capital.usecases.read_caps import read_cap
from services.capital.usecases.read_clawbacks import read_clawback
from services.capital.usecases.read_schemes import read_totals
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, NotAllowed, NotFound, StatusForbids
from tests.services.capital.conftest import Capital

REGION, BPIFRANCE, STATE = Siren("200053759"), Siren("320252489"), Siren("110044013")
THREE = (
    FunderShare(REGION, "Région Nouvelle-Aquitaine", Decimal(50)),
    FunderShare(BPIFRANCE, "Bpifrance", Decimal(30)),
    FunderShare(STATE, "État", Decimal(20)),
)
PARTNER = Caller(Role.PARTNER, "tests", frozenset({"75"}))
ANNE, PAUL = (Caller(Role.OPERATOR, "tests", frozenset({"75"}), person=name) for name in ("anne", "paul"))


async def used_cents(capital: Capital, scheme_id: object, cae: Siren) -> int:
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        return (await read_cap(session, capital.operator, scheme_id, cae, today=capital.today)).used_cents  # type: ignore[arg-type]


async def test_what_comes_back_returns_to_co_funders_and_frees_its_room(capital: Capital) -> None:
    scheme, cae = await capital.scheme(funders=THREE, budget_cents=50_000_00), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [1_000_01])

    proposed = await capital.propose(top_up_id)
    assert (proposed.status, proposed.amount_cents, proposed.owed_cents) == (
        ClawbackStatus.PROPOSED,
        1_000_01,
        1_000_01,
    )
    assert (await capital.read(top_up_id)).status is TopUpStatus.CLAWBACK_PROPOSED
    assert await used_cents(capital, scheme.id, cae) == 1_000_01
    assert (await capital.confirm(top_up_id)).status is ClawbackStatus.CONFIRMED

    first = await capital.receive(top_up_id, 400_00)
    assert (first.status, first.owed_cents) == (ClawbackStatus.CONFIRMED, 600_01)
    assert await used_cents(capital, scheme.id, cae) == 600_01
    assert await capital.differences() == []

    last = await capital.receive(top_up_id, 600_01)
    assert (last.status, last.owed_cents) == (ClawbackStatus.RECEIVED, 0)
    back = Counter[str]()
    for receipt in last.receipts:
        back.update({part.name: part.amount_cents for part in receipt.by_funder})
    assert back == {"Région Nouvelle-Aquitaine": 500_01, "Bpifrance": 300_00, "État": 200_00}
    top_up = await capital.read(top_up_id)
    assert (top_up.status, top_up.award_cents, top_up.clawed_back_cents) == (
        TopUpStatus.CLAWED_BACK,
        1_000_01,
        1_000_01,
    )
    assert await used_cents(capital, scheme.id, cae) == 0
    assert await capital.differences() == []


async def test_a_clawback_makes_room_for_the_award_that_did_not_fit(capital: Capital) -> None:
    scheme, cae = await capital.scheme(cae_cap_cents=4_000_00), capital.new_cae()
    ids = await capital.awarded_and_paid(scheme, cae, [2_000_00, 2_000_00])
    [waiting] = await capital.request(capital.asking(scheme, cae, 1_500_00))
    with pytest.raises(CaeCapReached):
        await capital.grant(waiting.id)
    await capital.propose(ids[0])
    await capital.receive(ids[0], 1_499_99)
    with pytest.raises(CaeCapReached) as refused:
        await capital.grant(waiting.id)
    assert refused.value.facts["room_cents"] == 1_499_99

    await capital.receive(ids[0], 1)

    assert (await capital.grant(waiting.id)).award_cents == 1_500_00
    assert await capital.differences() == []


async def test_room_comes_back_in_the_year_of_the_decision(capital: Capital) -> None:
    scheme = await capital.scheme(cap_period=Period.CALENDAR_YEAR, cae_cap_cents=2_000_00)
    cae = capital.new_cae()
    asked = await capital.request(
        *(capital.asking(scheme, cae, 2_000_00, paid_up_on=date(2025, 1, 1)) for _ in range(3))
    )
    await capital.grant(asked[0].id, date(2025, 6, 1))
    await capital.grant(asked[1].id, date(2026, 2, 1))
    await capital.pay(scheme, cae, [asked[0].id])
    await capital.propose(asked[0].id)
    await capital.receive(asked[0].id, 2_000_00)

    with pytest.raises(CaeCapReached):
        await capital.grant(asked[2].id, date(2026, 3, 1))
    assert (await capital.grant(asked[2].id, date(2025, 12, 31))).award_cents == 2_000_00
    assert await capital.differences() == []


async def test_a_person_whose_award_came_back_had_it_all_the_same(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    first, second = await capital.request(
        *(capital.asking(scheme, cae, 1_000_00, reference="T-1") for _ in range(2))
    )
    await capital.grant(first.id)
    await capital.pay(scheme, cae, [first.id])
    await capital.propose(first.id)
    await capital.receive(first.id, 1_000_00)

    with pytest.raises(AlreadyAwarded):
        await capital.grant(second.id)


async def test_pro_rata_is_explained_beside_what_the_operator_asks(capital: Capital) -> None:
    scheme, cae = await capital.scheme(clawback_rule=ClawbackRule.PRO_RATA), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])

    asked = await capital.propose(top_up_id, stayed_until=date(2026, 5, 31), amount_cents=1_000_00)

    found = asked.computation
    assert (found.days_stayed, found.days_promised, found.months_stayed) == (91, 1_096, 2)
    assert (found.amount_cents, asked.amount_cents) == (1_833_94, 1_000_00)  # 2 000.00 x 1 005 / 1 096
    assert await capital.clawback(top_up_id) == asked
    assert (await capital.confirm(top_up_id, amount_cents=1_200_00)).amount_cents == 1_200_00
    with pytest.raises(ClawbackExceeded) as refused:
        await capital.receive(top_up_id, 1_200_01)
    assert refused.value.facts["owed_cents"] == 1_200_00
    await capital.receive(top_up_id, 1_200_00)
    assert (await capital.read(top_up_id)).status is TopUpStatus.CLAWED_BACK
    assert await capital.differences() == []


async def test_a_waiver_gives_up_what_has_not_come_back(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    before, after = await capital.awarded_and_paid(scheme, cae, [2_000_00, 1_500_00])
    for top_up_id in (before, after):
        await capital.propose(top_up_id)
    await capital.receive(after, 500_00)

    assert (await capital.waive(before)).waived_cents == 2_000_00
    assert (await capital.waive(after)).waived_cents == 1_000_00

    for top_up_id in (before, after):
        assert (await capital.read(top_up_id)).status is TopUpStatus.WAIVED
        with pytest.raises(StatusForbids):
            await capital.receive(top_up_id, 1)
        with pytest.raises(StatusForbids):
            await capital.waive(top_up_id)
    assert await used_cents(capital, scheme.id, cae) == 3_000_00
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        totals = await read_totals(session, capital.operator, scheme)
    assert totals is not None
    assert (totals.awarded_cents, totals.paid_cents, totals.clawed_back_cents) == (3_500_00, 3_500_00, 500_00)
    assert await capital.differences() == []


async def test_another_person_waives_where_the_version_asks(capital: Capital) -> None:
    scheme, cae = await capital.scheme(waiver_by_another=True), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])

    with pytest.raises(PersonRequired):
        await capital.propose(top_up_id)
    await capital.propose(top_up_id, ANNE)
    with pytest.raises(PersonRequired):
        await capital.waive(top_up_id)
    with pytest.raises(AnotherPersonRequired):
        await capital.waive(top_up_id, replace(ANNE, client="pages"))
    assert (await capital.waive(top_up_id, PAUL)).status is ClawbackStatus.WAIVED


async def test_a_proposal_made_by_mistake_is_withdrawn_and_another_may_follow(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    first = await capital.propose(top_up_id)

    await capital.withdraw_clawback(top_up_id)

    assert (await capital.read(top_up_id)).status is TopUpStatus.PAID
    with pytest.raises(NotFound):
        await capital.clawback(top_up_id)
    second = await capital.propose(top_up_id)
    assert second.id != first.id
    await capital.confirm(top_up_id)
    with pytest.raises(ClawbackUnderWay):
        await capital.withdraw_clawback(top_up_id)
    with pytest.raises(ClawbackAlreadyConfirmed):
        await capital.confirm(top_up_id)
    assert await capital.differences() == []


async def test_a_payment_whose_awards_are_taken_back_did_arrive(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    ids = [top_up.id for top_up in await capital.award(scheme, cae, [1_000_00, 2_000_00])]
    payment = await capital.pay(scheme, cae, ids)
    await capital.propose(ids[1])

    with pytest.raises(PaymentClawedBack) as refused:
        await capital.reverse(payment.id)
    assert refused.value.facts == {"top_up_ids": [ids[1]]}

    await capital.withdraw_clawback(ids[1])
    await capital.reverse(payment.id)
    with pytest.raises(StatusForbids):
        await capital.propose(ids[1])
    assert await capital.differences() == []


async def test_days_are_past_and_in_their_order(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00], date(2026, 3, 1))

    for said, refusal in (
        ({"proposed_on": date(2026, 2, 28)}, DatesOutOfOrder),
        ({"proposed_on": date(2026, 7, 1)}, DateInTheFuture),
        ({"stayed_until": date(2026, 7, 1)}, DateInTheFuture),
        ({"stayed_until": date(2026, 1, 14)}, DatesOutOfOrder),
    ):
        with pytest.raises(refusal):
            await capital.propose(top_up_id, **said)
    await capital.propose(top_up_id, proposed_on=date(2026, 5, 1), stayed_until=date(2026, 1, 15))
    with pytest.raises(DatesOutOfOrder):
        await capital.confirm(top_up_id, confirmed_on=date(2026, 4, 30))
    with pytest.raises(DatesOutOfOrder):
        await capital.waive(top_up_id, waived_on=date(2026, 4, 30))
    with pytest.raises(DatesOutOfOrder):
        await capital.receive(top_up_id, 1, date(2026, 2, 28))
    with pytest.raises(DateInTheFuture):
        await capital.receive(top_up_id, 1, date(2026, 7, 1))
    early = await capital.receive(top_up_id, 1, date(2026, 4, 15))  # before it was asked for
    assert early.confirmed_on == date(2026, 5, 1)
    assert await capital.differences() == []


async def test_only_an_operator_of_the_region_proposes_and_a_partner_reads_no_text(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    order = ProposeClawback(top_up_id=top_up_id, reason="x")
    abroad = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
    own = Caller(Role.CAE, "tests", siren=cae)

    for caller, refusal in (
        (PARTNER, NotAllowed),
        (capital.admin, NotAllowed),
        (own, NotAllowed),
        (abroad, NotFound),
    ):
        async with capital.database.transaction(caller) as session:
            with pytest.raises(refusal):
                await propose_clawback(session, caller, order, today=capital.today)

    await capital.propose(top_up_id)
    whole = await capital.receive(top_up_id, 1)
    async with capital.database.transaction(own, read_only=True) as session:
        assert await read_clawback(session, own, top_up_id) == whole
    async with capital.database.transaction(PARTNER, read_only=True) as session:
        seen = await read_clawback(session, PARTNER, top_up_id)
    assert (seen.reason, seen.receipts[0].reference) == (None, None)
    assert seen.received_cents == 1


async def test_receipts_at_once_never_take_more_than_is_asked(capital: Capital) -> None:
    """Of two top-ups of one payment: its rounding is carried, so that co-funders end at zero."""
    scheme, cae = await capital.scheme(funders=THREE), capital.new_cae()
    ids = await capital.awarded_and_paid(scheme, cae, [1_000_01, 1_000_01])
    for top_up_id in ids:
        await capital.propose(top_up_id)

    outcomes = await asyncio.gather(
        *(capital.receive(top_up_id, 333_33 + part) for part in (0, 0, 2, 0) for top_up_id in ids),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, Clawback | ClawbackExceeded | StatusForbids) for outcome in outcomes)
    for top_up_id in ids:
        read = await capital.read(top_up_id)
        if read.status is TopUpStatus.CLAWBACK_PROPOSED:
            await capital.receive(top_up_id, 1_000_01 - read.clawed_back_cents)
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        totals = await read_totals(session, capital.operator, scheme)
    assert totals is not None
    assert totals.clawed_back_cents == 2_000_02
    back = Counter[str]()
    for top_up_id in ids:
        for receipt in (await capital.clawback(top_up_id)).receipts:
            back.update({part.siren: part.amount_cents for part in receipt.by_funder})
    assert back == {part.siren: part.amount_cents for part in totals.by_funder}
    assert await capital.differences() == []


async def test_a_receipt_a_waiver_and_a_withdrawal_at_once_leave_one_story(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)

    outcomes = await asyncio.gather(
        capital.receive(top_up_id, 2_000_00),
        capital.waive(top_up_id),
        capital.withdraw_clawback(top_up_id),
        capital.propose(top_up_id),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, Clawback | StatusForbids | ClawbackUnderWay) for outcome in outcomes)
    assert any(isinstance(outcome, Clawback) for outcome in outcomes)
    assert await capital.differences() == []


async def test_each_step_is_told(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await capital.awarded_and_paid(scheme, cae, [2_000_00])
    await capital.propose(top_up_id)
    await capital.withdraw_clawback(top_up_id)
    await capital.propose(top_up_id)
    await capital.confirm(top_up_id)
    await capital.receive(top_up_id, 500_00)
    await capital.receive(top_up_id, 1_500_00)

    async with capital.database.of_all_tenants(read_only=True) as session:
        rows = await session.execute(
            text(
                "SELECT type FROM capital.outbox WHERE dossier_id = :id AND type LIKE '%claw%'"
                " ORDER BY version"
            ),
            {"id": top_up_id},
        )
        told = [row.type.removeprefix("top_up.") for row in rows]

    assert told == [
        "clawback_proposed",
        "clawback_withdrawn",
        "clawback_proposed",
        "clawback_confirmed",
        "clawback_received",
        "clawed_back",
    ]
