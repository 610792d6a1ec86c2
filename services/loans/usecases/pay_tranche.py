"""A further part of a loan leaves the fund, or what is left of it never will."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_access import SecondPersonAct, check_second_person
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.tranches import pay_tranche as pay
from services.loans.domain.life.tranches import renounce_remainder
from services.loans.persistence import applications, funds, loan_files, loans
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.loans.usecases.second_person import officer_of
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class PayTranche:
    loan_id: UUID
    amount_cents: int
    disbursed_on: date
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class EndTranches:
    loan_id: UUID
    ended_on: date
    reason: str


async def pay_tranche(session: AsyncSession, caller: Caller, order: PayTranche, *, today: date) -> LoanFile:
    require(caller, Act.PAY_TRANCHE)
    fund, file = await _lock(session, caller, order.loan_id)
    await _check_who_pays(session, caller, fund, file)
    movement = pay(
        file,
        amount_cents=order.amount_cents,
        disbursed_on=order.disbursed_on,
        reference=order.reference,
        today=today,
    )
    after = movement.file
    await loan_files.save(session, FileChange(file, after, movement.entries))
    await funds.commit_cents(session, fund.id, -order.amount_cents)
    tranche = after.tranches[-1]
    tell(
        session,
        *of_loan(
            file.loan,
            after.loan,
            Act.PAY_TRANCHE,
            LoansEvent.LOAN_TRANCHE_PAID,
            subject_id=tranche.id,
            values={
                "amount_cents": tranche.amount_cents,
                "disbursed_on": tranche.disbursed_on,
                "principal_cents": after.loan.principal_cents,
                "left_to_disburse_cents": after.left_to_disburse_cents,
            },
        ),
    )
    return after


async def end_tranches(session: AsyncSession, caller: Caller, order: EndTranches, *, today: date) -> LoanFile:
    """What the fund had promised of the rest is free again."""
    require(caller, Act.END_TRANCHES)
    fund, file = await _lock(session, caller, order.loan_id)
    after = renounce_remainder(file, ended_on=order.ended_on, reason=order.reason, today=today)
    await loan_files.save(session, FileChange(file, after, ()))
    await funds.commit_cents(session, fund.id, -file.left_to_disburse_cents)
    tell(
        session,
        *of_loan(
            file.loan,
            after.loan,
            Act.END_TRANCHES,
            LoansEvent.LOAN_TRANCHES_ENDED,
            values={"ended_on": order.ended_on, "given_up_cents": file.left_to_disburse_cents},
            note=order.reason,
        ),
    )
    return after


async def _lock(session: AsyncSession, caller: Caller, loan_id: UUID) -> tuple[Fund, LoanFile]:
    """The fund before the loan, as all who lock both."""
    loan = await loans.find(session, loan_id, caller.scope)
    fund = (await funds.lock(session, loan.fund_id, caller.scope)).fund
    return fund, await loan_files.lock(session, loan_id, caller.scope)


async def _check_who_pays(session: AsyncSession, caller: Caller, fund: Fund, file: LoanFile) -> None:
    """A tranche is a disbursement like the first."""
    application_id = file.loan.application_id
    decided_by = None
    if SecondPersonAct.DISBURSEMENT in fund.access.second_person_for and application_id is not None:
        decided_by = (await applications.deciders_of(session, [application_id])).get(application_id)
    check_second_person(fund.access, SecondPersonAct.DISBURSEMENT, officer_of(caller), decided_by=decided_by)
