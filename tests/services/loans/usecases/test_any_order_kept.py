"""Random lives of loans, recorded in any order by the real use cases: what is kept is what the facts give."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kernel.access import Caller, Role
from services.kernel.identifiers import new_id
from services.kernel.refusals import Refusal
from services.loans.domain.contributions import held_by
from services.loans.domain.life.changes import ChangeOrder
from services.loans.domain.life.facts import LoanFile, in_order_from
from services.loans.domain.life.movements import Payment, open_loan
from services.loans.domain.life.settling import settle
from services.loans.domain.life.standing import stand
from services.loans.domain.life.tranches import original_of
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.terms import Terms
from services.loans.persistence import contributions, loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.rearrange_schedule import RearrangeSchedule, rearrange_schedule
from services.loans.usecases.record_recovery import RecordRecovery, record_recovery
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment
from services.loans.usecases.reverse_repayment import ReverseRepayment, reverse_repayment
from services.loans.usecases.write_off_loan import WriteOffLoan, write_off_loan
from services.runtime.database.transactions import Database
from tests.factories.loans import borrower
from tests.services.loans.conftest import REGION, REGION_COUNCIL, STATE, Lending
from tests.services.loans.domain.life.test_any_order import (
    STARTED_ON,
    TODAY,
    Bounced,
    Changed,
    Fact,
    Lost,
    Paid,
    Recovered,
    histories,
    recorded,
)

OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({REGION}))
EIGHTY_TWENTY = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_00, "2020-01-02"))
FEW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Office:
    database: Database
    loan_id: UUID

    async def file(self) -> LoanFile:
        async with self.database.transaction(OPERATOR, read_only=True) as session:
            return await loan_files.find(session, self.loan_id, OPERATOR.scope)

    async def take(self, fact: Fact) -> None:
        async with self.database.transaction(OPERATOR) as session:
            match fact:
                case Paid():
                    payment = Payment(
                        fact.amount_cents, fact.on, PaymentMethod.TRANSFER, fact.name, fact.early
                    )
                    order = RecordRepayment(self.loan_id, payment)
                    await record_repayment(session, OPERATOR, order, today=TODAY)
                case Bounced():
                    file = await loan_files.find(session, self.loan_id, OPERATOR.scope)
                    paid = next((one for one in file.repayments if one.reference == fact.name), None)
                    if paid is None:
                        raise LookupError
                    reversal = ReverseRepayment(paid.id, fact.on, "rejet")
                    await reverse_repayment(session, OPERATOR, reversal, today=TODAY)
                case Changed():
                    change = ChangeOrder(fact.kind, fact.on, "accord du comité", months=fact.months)
                    await rearrange_schedule(
                        session, OPERATOR, RearrangeSchedule(self.loan_id, change), today=TODAY
                    )
                case Lost():
                    loss = WriteOffLoan(self.loan_id, fact.on, "perte")
                    await write_off_loan(session, OPERATOR, loss, today=TODAY)
                case Recovered():
                    recovery = RecordRecovery(self.loan_id, fact.amount_cents, fact.on)
                    await record_recovery(session, OPERATOR, recovery, today=TODAY)


async def open_office(lending: Lending, fund_id: UUID) -> Office:
    database = lending.api.database
    async with database.transaction(OPERATOR) as session:
        stakes = await contributions.stakes_of(session, fund_id)
        opening = open_loan(
            fund_id=fund_id,
            region=REGION,
            number=str(new_id()),
            borrower=borrower(),
            terms=Terms(1_200_00, 12, 0),
            grace_included=True,
            disbursed_on=STARTED_ON,
            paid_in_cents=held_by(stakes, STARTED_ON),
            created_at=datetime.now(UTC),
        )
        await loan_files.save(session, FileChange(None, opening.file, opening.entries))
    return Office(database, opening.file.loan.id)


async def record_all(take: Callable[[Fact], Awaitable[None]], facts: list[Fact]) -> None:
    """A fact that is refused is tried again once others are in, as an officer would."""
    waiting, progressed = list(facts), True
    while waiting and progressed:
        left: list[Fact] = []
        for fact in waiting:
            try:
                await take(fact)
            except (Refusal, LookupError):
                left.append(fact)
        progressed, waiting = len(left) < len(waiting), left


@pytest.fixture
async def fund_id(lending: Lending) -> AsyncIterator[UUID]:
    """One for all histories: a name drawn while they are would be drawn again. Then its books add up."""
    yield UUID((await lending.fund(contributions=EIGHTY_TWENTY))["id"])
    assert await lending.differences() == []


@FEW
@given(facts=histories(), random=st.randoms(use_true_random=False))
async def test_what_is_kept_is_what_the_facts_give(
    lending: Lending, fund_id: UUID, facts: list[Fact], random: Random
) -> None:
    random.shuffle(facts)
    record, _ = recorded(facts)
    office = await open_office(lending, fund_id)
    await record_all(office.take, facts)

    kept, domain = await office.file(), record.file

    assert settle(replace(kept, original=original_of(kept))) == kept
    watched = [domain.starts_on, *domain.turning_days, TODAY]
    for day in [*watched, *(day + timedelta(days=1) for day in watched)]:
        assert stand(kept, day) == stand(domain, day)
    assert in_order_from(kept) == in_order_from(domain)
    assert (kept.loan.status, kept.loan.next_due_on) == (domain.loan.status, domain.loan.next_due_on)
