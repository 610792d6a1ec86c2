"""What was seen of a paid award's capital: it closes the dossier, or proposes to take the award back.

Paid on 1 March 2021: 2 000.00 for 2 000.00, followed up on 1 March 2022, 2023 and 2024.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.capital.domain.clawback_refusals import ClawbackUnderWay
from services.capital.domain.follow_up_refusals import (
    FollowUpAlreadyCorrected,
    FollowUpAlreadyRecorded,
    PaymentFollowedUp,
)
from services.capital.domain.follow_ups import Check, FollowUp
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.payments import Payment
from services.capital.domain.schemes import ClawbackRule, Scheme
from services.capital.usecases.confirm_clawback import ConfirmClawback, confirm_clawback
from services.capital.usecases.list_follow_ups_due import FollowUpsWanted, list_follow_ups_due
from services.capital.usecases.propose_clawback import ProposeClawback, propose_clawback
from services.capital.usecases.read_clawbacks import read_clawback
from services.capital.usecases.read_follow_ups import list_follow_ups
from services.capital.usecases.record_follow_up import RecordedFollowUp, RecordFollowUp, record_follow_up
from services.capital.usecases.withdraw_clawback import WithdrawClawback, withdraw_clawback
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, new_id
from services.kernel.refusals import NotAllowed, NotFound, Refusal, StatusForbids
from tests.services.capital.conftest import Capital

PARTNER = Caller(Role.PARTNER, "tests", frozenset({"75"}))
S = TopUpStatus


@dataclass(frozen=True)
class Paid:
    capital: Capital
    scheme: Scheme
    cae: Siren
    payment: Payment
    id: UUID

    async def see(
        self,
        checked_on: str,
        *,
        kept_cents: int = 2_000_00,
        still_member: bool = True,
        corrects: UUID | None = None,
        caller: Caller | None = None,
        **said: Any,
    ) -> RecordedFollowUp:
        check = Check(
            checked_on=date.fromisoformat(checked_on),
            still_member=still_member,
            capital_kept_cents=kept_cents,
            evidence="Registre des associés",
            **{name: date.fromisoformat(day) for name, day in said.items()},
        )
        caller = caller or self.capital.operator
        async with self.capital.database.transaction(caller) as session:
            order = RecordFollowUp(top_up_id=self.id, check=check, corrects=corrects)
            return await record_follow_up(session, caller, order, today=self.capital.today)

    async def left(self, checked_on: str, **said: Any) -> RecordedFollowUp:
        return await self.see(checked_on, kept_cents=0, still_member=False, **said)

    async def stands(self) -> tuple[TopUpStatus, int]:
        found = await self.capital.read(self.id)
        return found.status, found.proven_months

    async def history(self, caller: Caller | None = None) -> list[FollowUp]:
        caller = caller or self.capital.operator
        async with self.capital.database.transaction(caller, read_only=True) as session:
            return await list_follow_ups(session, caller, self.id, after=None, limit=100)

    async def due_months(self) -> list[int]:
        wanted = FollowUpsWanted(within_months=0, scheme_id=self.scheme.id)
        operator = self.capital.operator
        async with self.capital.database.transaction(operator, read_only=True) as session:
            found = await list_follow_ups_due(
                session, operator, wanted, after=None, limit=100, today=self.capital.today
            )
        return [each.milestone.months for each in found]

    async def told(self) -> list[str]:
        query = text("SELECT type FROM capital.outbox WHERE dossier_id = :id ORDER BY number")
        async with self.capital.database.of_all_tenants(read_only=True) as session:
            types = list((await session.execute(query, {"id": self.id})).scalars())
        return [name.removeprefix("top_up.") for name in types if name != "top_up.requested"][2:]


async def paid(capital: Capital, **rules: object) -> Paid:
    scheme, cae = await capital.scheme(**rules), capital.new_cae()
    asking = capital.asking(scheme, cae, paid_up_on=date(2021, 1, 15))
    [asked] = await capital.request(asking)
    granted = await capital.grant(asked.id, date(2021, 2, 1))
    payment = await capital.pay(scheme, cae, [granted.id], date(2021, 3, 1))
    return Paid(capital, scheme, cae, payment, granted.id)


async def test_three_good_answers_close_the_dossier(capital: Capital) -> None:
    top_up = await paid(capital)
    assert await top_up.due_months() == [12, 24, 36]

    first = await top_up.see("2022-03-01")
    assert (first.status, await top_up.stands(), await top_up.due_months()) == (
        S.PAID,
        (S.PAID, 12),
        [24, 36],
    )
    await top_up.see("2023-03-10")
    last = await top_up.see("2024-03-01")

    assert (last.status, last.clawback) == (S.CLOSED, None)
    assert (await top_up.stands(), await top_up.due_months()) == ((S.CLOSED, 36), [])
    assert [answer.proven_months for answer in await top_up.history()] == [12, 24, 36]
    assert await top_up.told() == ["followed_up", "followed_up", "followed_up", "closed"]
    assert await capital.differences() == []


async def test_answers_come_late_and_in_any_order(capital: Capital) -> None:
    top_up = await paid(capital)

    await top_up.see("2023-04-01")  # answers for the twelfth month too
    assert (await top_up.stands(), await top_up.due_months()) == ((S.PAID, 24), [36])
    await top_up.see("2022-03-15")  # found in a drawer since
    await top_up.see("2021-09-01")  # before any of them was due

    assert (await top_up.stands(), await top_up.due_months()) == ((S.PAID, 24), [36])


async def test_leaving_early_proposes_the_clawback_of_the_rule(capital: Capital) -> None:
    whole, part = await paid(capital), await paid(capital, clawback_rule=ClawbackRule.PRO_RATA)

    everything = await whole.left("2023-04-01", left_on="2022-08-30")
    some = await part.left("2023-04-01", left_on="2022-08-30")

    assert (everything.status, await whole.stands()) == (S.CLAWBACK_PROPOSED, (S.CLAWBACK_PROPOSED, 12))
    assert everything.clawback is not None
    assert some.clawback is not None
    assert everything.clawback.amount_cents == 2_000_00
    # 1 096 days promised from 1 March 2021 to 1 March 2024, 547 of them stayed
    assert (some.clawback.computation.days_promised, some.clawback.computation.days_stayed) == (1_096, 547)
    assert some.clawback.amount_cents == 2_000_00 * (1_096 - 547) // 1_096
    assert some.clawback.reason == (
        "Suivi du 01/04/2023 : la personne n'est plus associée depuis le 30/08/2022."
    )
    assert some.follow_up.clawback_id == some.clawback.id
    assert await part.told() == ["followed_up", "clawback_proposed"]
    assert await part.due_months() == []
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        assert await read_clawback(session, capital.operator, part.id) == some.clawback
    assert await capital.differences() == []


async def test_capital_withdrawn_early_proposes_what_it_no_longer_earns(capital: Capital) -> None:
    top_up = await paid(capital)

    recorded = await top_up.see("2022-03-01", kept_cents=1_400_00, capital_withdrawn_on="2022-01-01")

    assert recorded.clawback is not None
    assert (recorded.clawback.amount_cents, recorded.follow_up.unearned_cents) == (600_00, 600_00)
    assert await top_up.stands() == (S.CLAWBACK_PROPOSED, 0)


async def test_leaving_after_the_last_milestone_closes(capital: Capital) -> None:
    top_up = await paid(capital)

    recorded = await top_up.left("2025-01-01", left_on="2024-03-01")

    assert (recorded.status, recorded.clawback) == (S.CLOSED, None)
    assert recorded.follow_up.check.still_member is False


async def test_who_leaves_rules_without_follow_up_takes_nothing_along(capital: Capital) -> None:
    top_up = await paid(capital, follow_up_months=())

    recorded = await top_up.left("2023-01-01")

    assert (recorded.status, recorded.clawback, await top_up.stands()) == (S.PAID, None, (S.PAID, 0))


async def test_a_wrong_good_answer_is_corrected_and_stays(capital: Capital) -> None:
    """The person had left: the dossier was closed, and is reopened by the answer that is true."""
    top_up = await paid(capital)
    wrong = await top_up.see("2024-03-01")
    assert wrong.status is S.CLOSED

    right = await top_up.left("2024-03-01", left_on="2023-05-01", corrects=wrong.follow_up.id)

    assert (right.status, await top_up.stands()) == (S.CLAWBACK_PROPOSED, (S.CLAWBACK_PROPOSED, 24))
    first, second = await top_up.history()
    assert (first.corrected_by, second.corrects) == (second.id, first.id)
    assert (first.corrects, second.corrected_by) == (None, None)
    assert replace(first, corrected_by=None) == wrong.follow_up
    assert await top_up.told() == ["followed_up", "closed", "follow_up_corrected", "clawback_proposed"]
    with pytest.raises(FollowUpAlreadyCorrected) as refused:
        await top_up.see("2024-03-02", corrects=wrong.follow_up.id)
    assert refused.value.facts == {"corrected_by": second.id}


async def test_a_wrong_bad_answer_is_corrected_and_its_proposal_withdrawn(capital: Capital) -> None:
    top_up = await paid(capital)
    wrong = await top_up.left("2024-04-01", left_on="2023-05-01")

    right = await top_up.see("2024-04-01", corrects=wrong.follow_up.id)

    assert (right.status, right.clawback) == (S.CLOSED, None)
    assert await top_up.stands() == (S.CLOSED, 36)
    assert await top_up.told() == [
        *("followed_up", "clawback_proposed"),
        *("clawback_withdrawn", "follow_up_corrected", "closed"),
    ]
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        with pytest.raises(NotFound):
            await read_clawback(session, capital.operator, top_up.id)
    assert await capital.differences() == []


async def test_a_day_told_wrongly_is_corrected_into_another_amount(capital: Capital) -> None:
    top_up = await paid(capital, clawback_rule=ClawbackRule.PRO_RATA)
    wrong = await top_up.left("2023-04-01", left_on="2022-08-30")

    right = await top_up.left("2023-04-01", left_on="2022-12-31", corrects=wrong.follow_up.id)

    assert wrong.clawback is not None
    assert right.clawback is not None
    assert right.clawback.id != wrong.clawback.id
    assert 0 < right.clawback.amount_cents < wrong.clawback.amount_cents
    assert await top_up.stands() == (S.CLAWBACK_PROPOSED, 12)


async def test_what_a_closed_dossier_still_proves_after_a_correction(capital: Capital) -> None:
    """The last answer was of another person's: what came before stands, and the last is due again."""
    top_up = await paid(capital)
    await top_up.see("2023-03-01")
    wrong = await top_up.see("2024-03-01")

    right = await top_up.see("2023-09-01", corrects=wrong.follow_up.id)

    assert (right.status, await top_up.stands(), await top_up.due_months()) == (S.PAID, (S.PAID, 24), [36])


async def test_a_confirmed_clawback_is_not_undone_by_a_correction(capital: Capital) -> None:
    top_up = await paid(capital)
    wrong = await top_up.left("2023-04-01")
    async with capital.database.transaction(capital.operator) as session:
        order = ConfirmClawback(top_up_id=top_up.id)
        await confirm_clawback(session, capital.operator, order, today=capital.today)

    with pytest.raises(ClawbackUnderWay):
        await top_up.see("2023-04-01", corrects=wrong.follow_up.id)

    assert await top_up.stands() == (S.CLAWBACK_PROPOSED, 24)


async def test_a_proposal_of_the_operator_s_own_is_not_undone_by_a_correction(capital: Capital) -> None:
    top_up = await paid(capital)
    wrong = await top_up.left("2023-04-01")
    async with capital.database.transaction(capital.operator) as session:
        withdrawal = WithdrawClawback(top_up_id=top_up.id, reason="Statuts relus")
        await withdraw_clawback(session, capital.operator, withdrawal, today=capital.today)
    async with capital.database.transaction(capital.operator) as session:
        own = ProposeClawback(top_up_id=top_up.id, reason="Pièces fausses", amount_cents=1_000_00)
        await propose_clawback(session, capital.operator, own, today=capital.today)

    with pytest.raises(StatusForbids):
        await top_up.see("2023-04-01", corrects=wrong.follow_up.id)


@pytest.mark.parametrize("status", [S.REQUESTED, S.GRANTED])
async def test_what_was_not_paid_is_not_followed_up(capital: Capital, status: TopUpStatus) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae, paid_up_on=date(2021, 1, 15)))
    if status is S.GRANTED:
        await capital.grant(asked.id, date(2021, 2, 1))
    paid_before = await paid(capital)

    with pytest.raises(StatusForbids):
        await replace(paid_before, id=asked.id).see("2022-03-01")


async def test_nothing_more_is_said_of_what_is_closed_or_asked_back(capital: Capital) -> None:
    closed, asked_back = await paid(capital), await paid(capital)
    await closed.see("2024-03-01")
    await asked_back.left("2023-04-01")

    for top_up in (closed, asked_back):
        with pytest.raises(StatusForbids):
            await top_up.see("2024-06-01")


async def test_the_same_day_is_told_once(capital: Capital) -> None:
    top_up = await paid(capital)
    told = await top_up.see("2022-03-01")

    with pytest.raises(FollowUpAlreadyRecorded) as refused:
        await top_up.see("2022-03-01", kept_cents=1_500_00)

    assert refused.value.facts == {"checked_on": date(2022, 3, 1), "follow_up_id": told.follow_up.id}


async def test_an_answer_of_another_dossier_is_not_corrected(capital: Capital) -> None:
    one, other = await paid(capital), await paid(capital)
    told = await other.see("2022-03-01")

    for corrects in (told.follow_up.id, new_id()):
        with pytest.raises(NotFound):
            await one.see("2022-03-01", corrects=corrects)


async def test_only_an_operator_of_the_region_records(capital: Capital) -> None:
    top_up = await paid(capital)
    abroad = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
    own = Caller(Role.CAE, "tests", siren=top_up.cae)

    for caller, refusal in (
        (PARTNER, NotAllowed),
        (own, NotAllowed),
        (capital.admin, NotAllowed),
        (abroad, NotFound),
    ):
        with pytest.raises(refusal):
            await top_up.see("2022-03-01", caller=caller)


async def test_who_reads_the_history(capital: Capital) -> None:
    top_up = await paid(capital)
    told = await top_up.see("2022-03-01")
    own = Caller(Role.CAE, "tests", siren=top_up.cae)
    other = Caller(Role.CAE, "tests", siren=capital.new_cae())

    assert await top_up.history(own) == [told.follow_up]
    unnamed = replace(told.follow_up, check=replace(told.follow_up.check, evidence=None))
    assert await top_up.history(PARTNER) == [unnamed]
    with pytest.raises(NotFound):
        await top_up.history(other)
    with pytest.raises(NotAllowed):
        await top_up.history(Caller(Role.FUNDER, "tests", siren="200053759"))


async def test_a_payment_that_was_followed_up_is_not_reversed(capital: Capital) -> None:
    top_up = await paid(capital)
    await top_up.see("2021-09-01")

    with pytest.raises(PaymentFollowedUp) as refused:
        await capital.reverse(top_up.payment.id)

    assert refused.value.facts == {"top_up_ids": [top_up.id]}


async def test_follow_ups_at_once_leave_one_truth(capital: Capital) -> None:
    top_up = await paid(capital)

    outcomes = await asyncio.gather(
        *(top_up.see("2024-03-01") for _ in range(3)),
        *(top_up.left("2023-04-01") for _ in range(3)),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, RecordedFollowUp | Refusal) for outcome in outcomes), outcomes
    recorded = [outcome for outcome in outcomes if isinstance(outcome, RecordedFollowUp)]
    assert len(recorded) == len(await top_up.history()) == 1
    assert await top_up.stands() == (recorded[0].status, recorded[0].follow_up.proven_months)
    assert await capital.differences() == []


async def test_a_follow_up_and_a_reversal_at_once(capital: Capital) -> None:
    top_up = await paid(capital)

    seen, came_back = await asyncio.gather(
        top_up.see("2022-03-01"), capital.reverse(top_up.payment.id), return_exceptions=True
    )

    if isinstance(seen, RecordedFollowUp):
        assert isinstance(came_back, PaymentFollowedUp)
        assert await top_up.stands() == (S.PAID, 12)
    else:
        assert isinstance(seen, StatusForbids)
        assert isinstance(came_back, Payment)
        assert await top_up.stands() == (S.GRANTED, 0)
    assert await capital.differences() == []
