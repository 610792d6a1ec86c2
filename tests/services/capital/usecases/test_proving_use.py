"""What is proven of a scheme's awards: paid on 1 March 2021, each 2 000.00 for 2 000.00 brought."""

from datetime import date
from uuid import UUID

import pytest

from services.capital.domain.follow_ups import Check
from services.capital.domain.proof_of_use import MonthProof, ProofOfUse
from services.capital.domain.schemes import Scheme
from services.capital.usecases.read_proof_of_use import read_proof_of_use
from services.capital.usecases.record_follow_up import RecordFollowUp, record_follow_up
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.kernel.refusals import DateInTheFuture, NotFound
from tests.services.capital.conftest import Capital

FUNDER = Caller(Role.FUNDER, "tests", siren="200053759")
PARTNER = Caller(Role.PARTNER, "tests", frozenset({"75"}))


async def pay(capital: Capital, scheme: Scheme, cae: Siren, number: int) -> list[UUID]:
    orders = [capital.asking(scheme, cae, paid_up_on=date(2021, 1, 15)) for _ in range(number)]
    ids = [asked.id for asked in await capital.request(*orders)]
    for top_up_id in ids:
        await capital.grant(top_up_id, date(2021, 2, 1))
    await capital.pay(scheme, cae, ids, date(2021, 3, 1))
    return ids


async def see(
    capital: Capital,
    top_up_id: UUID,
    checked_on: date,
    *,
    kept_cents: int = 2_000_00,
    left_on: date | None = None,
    corrects: UUID | None = None,
) -> UUID:
    check = Check(
        checked_on=checked_on,
        still_member=left_on is None,
        capital_kept_cents=kept_cents,
        left_on=left_on,
        evidence="Registre",
    )
    async with capital.database.transaction(capital.operator) as session:
        order = RecordFollowUp(top_up_id=top_up_id, check=check, corrects=corrects)
        recorded = await record_follow_up(session, capital.operator, order, today=capital.today)
    return recorded.follow_up.id


async def proof(
    capital: Capital, scheme: Scheme, as_of: date | None = None, caller: Caller | None = None
) -> ProofOfUse:
    caller = caller or capital.operator
    async with capital.database.transaction(caller, read_only=True) as session:
        return await read_proof_of_use(session, caller, scheme.id, as_of=as_of, today=capital.today)


def month(months: int, due: int, proven: int, ended: int, *, kept_cents: int) -> MonthProof:
    """Where each award is 2 000.00 for as much."""
    return MonthProof(
        months=months,
        due=due,
        proven=proven,
        ended=ended,
        awarded_cents=2_000_00 * due,
        proven_cents=2_000_00 * proven,
        brought_cents=2_000_00 * (proven + ended),
        kept_cents=kept_cents,
    )


async def test_each_month_is_told_as_proven_ended_or_late(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    stayed, left, silent, early = await pay(capital, scheme, cae, 4)
    await see(capital, stayed, date(2022, 3, 2))
    await see(capital, stayed, date(2024, 3, 2))
    await see(capital, left, date(2023, 5, 1), kept_cents=0, left_on=date(2022, 6, 1))
    await see(capital, early, date(2021, 12, 1))  # before any of the months

    told = await proof(capital, scheme, date(2024, 6, 30))

    assert told.months == (
        month(12, 4, 2, 0, kept_cents=4_000_00),  # the one who left later was there
        month(24, 4, 1, 1, kept_cents=2_000_00),
        month(36, 4, 1, 1, kept_cents=2_000_00),
    )
    assert [proof.late for proof in told.months] == [2, 2, 2]
    assert [(cae.siren, cae.months) for cae in told.caes] == [(cae, told.months)]
    assert (await capital.read(silent)).proven_months == 0


async def test_it_is_told_as_of_a_day(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [stayed] = await pay(capital, scheme, cae, 1)
    await see(capital, stayed, date(2022, 4, 1))

    assert (await proof(capital, scheme, date(2022, 2, 28))).months == ()
    assert (await proof(capital, scheme, date(2022, 3, 31))).months == (month(12, 1, 0, 0, kept_cents=0),)
    assert (await proof(capital, scheme, date(2022, 4, 1))).months == (
        month(12, 1, 1, 0, kept_cents=2_000_00),
    )
    assert len((await proof(capital, scheme)).months) == 3
    with pytest.raises(DateInTheFuture):
        await proof(capital, scheme, date(2026, 7, 1))


async def test_a_corrected_answer_counts_no_more(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [top_up_id] = await pay(capital, scheme, cae, 1)
    wrong = await see(capital, top_up_id, date(2022, 3, 2), kept_cents=0, left_on=date(2021, 6, 1))
    await see(capital, top_up_id, date(2022, 3, 2), corrects=wrong)

    told = await proof(capital, scheme, date(2022, 3, 31))

    assert told.months == (month(12, 1, 1, 0, kept_cents=2_000_00),)


async def test_what_was_not_paid_or_came_back_is_not_there(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00])
    [returned] = await capital.award(scheme, cae, [1_000_00])
    payment = await capital.pay(scheme, cae, [returned.id])
    await capital.reverse(payment.id)

    told = await proof(capital, scheme)

    assert (told.months, told.caes) == ((), ())


async def test_each_sees_what_it_may(capital: Capital) -> None:
    """A co-funder reads the scheme's whole proof, a CAE its own."""
    scheme, one, other = await capital.scheme(), capital.new_cae(), capital.new_cae()
    for cae in (one, other):
        await pay(capital, scheme, cae, 1)
    whole = await proof(capital, scheme)

    assert sorted(cae.siren for cae in whole.caes) == sorted([one, other])
    for caller in (FUNDER, PARTNER, capital.admin):
        assert await proof(capital, scheme, caller=caller) == whole
    own = await proof(capital, scheme, caller=Caller(Role.CAE, "tests", siren=one))
    assert [cae.siren for cae in own.caes] == [one]
    assert [proof.due for proof in own.months] == [1, 1, 1]
    for caller in (
        Caller(Role.OPERATOR, "tests", frozenset({"84"})),
        Caller(Role.FUNDER, "tests", siren=capital.new_cae()),
    ):
        with pytest.raises(NotFound):
            await proof(capital, scheme, caller=caller)
