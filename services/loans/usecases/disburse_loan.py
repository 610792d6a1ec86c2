"""The money leaves: the loan, its schedule, its funders' frozen shares and its first entry, all at once."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, disburse
from services.loans.domain.contributions import held_by
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund, decided_under
from services.loans.domain.fund_access import SecondPersonAct, check_second_person
from services.loans.domain.life.movements import open_loan
from services.loans.domain.loan import Loan
from services.loans.domain.refusals import NumberTaken
from services.loans.persistence import applications, contributions, funds, loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import loan_dossier, of_application, opened_values
from services.loans.usecases.second_person import officer_of
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class DisburseLoan:
    """`amount_cents` is a first tranche, less than what is granted; None where all leaves at once."""

    application_id: UUID
    disbursed_on: date
    reference: str | None = None
    amount_cents: int | None = None


async def disburse_loan(session: AsyncSession, caller: Caller, order: DisburseLoan, *, today: date) -> Loan:
    require(caller, Act.DISBURSE_LOAN)
    application = await applications.lock(session, order.application_id, caller.scope)
    loan_id = new_id()
    disbursed = disburse(application, disbursed_on=order.disbursed_on, loan_id=loan_id, today=today)
    fund = (await funds.lock(session, application.fund_id, caller.scope)).fund
    check_second_person(
        fund.access,
        SecondPersonAct.DISBURSEMENT,
        officer_of(caller),
        decided_by=application.decision.decided_by if application.decision else None,
    )
    stakes = await contributions.stakes_of(session, fund.id)
    terms = application.granted_terms
    rules = decided_under(fund, application)
    movement = open_loan(
        fund_id=fund.id,
        region=fund.region,
        number=await _number(session, fund, application),
        borrower=application.borrower,
        terms=terms,
        grace_included=rules.settings.grace_included,
        disbursed_on=order.disbursed_on,
        paid_in_cents=held_by(stakes, order.disbursed_on),
        created_at=datetime.now(UTC),
        loan_id=loan_id,
        application_id=application.id,
        settings_version=rules.version,
        reference=order.reference,
        first_tranche_cents=order.amount_cents,
    )
    await loan_files.save(session, FileChange(None, movement.file, movement.entries))
    await applications.save_status(session, disbursed)
    loan = movement.file.loan
    await funds.commit_cents(session, fund.id, -loan.principal_cents)
    tell(
        session,
        of_application(application, disbursed, Act.DISBURSE_LOAN, None, subject_id=loan.id),
        Fact(loan_dossier(loan), Act.DISBURSE_LOAN, LoansEvent.LOAN_DISBURSED, after=opened_values(loan)),
    )
    return loan


async def _number(session: AsyncSession, fund: Fund, application: Application) -> str:
    """The dossier keeps its number when it has one; else the fund gives its next."""
    if application.number is None:
        return await funds.take_loan_number(session, fund.id)
    if await applications.is_number_taken(session, fund.id, application.number):
        raise NumberTaken(number=application.number)
    return application.number
