"""What every dossier of the demonstration asks of the use cases, whoever tells it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from demonstration.eventful_dossiers import EventfulDossier
from demonstration.loan_stories import FundStory
from demonstration.recent_applications import RecentApplication, committee
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.loans.domain.borrower import Cae
from services.loans.domain.committee import Committee, Member, Outcome
from services.loans.domain.life.movements import Payment
from services.loans.domain.loan import Loan
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.terms import Terms
from services.loans.usecases.decide_application import DecideApplication, decide_application
from services.loans.usecases.disburse_loan import DisburseLoan, disburse_loan
from services.loans.usecases.read_loans import read_loan
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment
from services.loans.usecases.review_application import review_application
from services.loans.usecases.sign_offer import SignOffer, sign_offer
from services.loans.usecases.submit_application import Person, SubmitApplication, submit_application


def submission(
    fund: FundStory, fund_id: UUID, dossier: RecentApplication | EventfulDossier
) -> SubmitApplication:
    person, day = dossier.person, dossier.submitted_on
    return SubmitApplication(
        fund_id=fund_id,
        cae=Cae(dossier.cae.establishments[fund.region], dossier.cae.name),
        person=Person(
            reference=person.reference,
            given_name=person.given_name,
            family_name=person.family_name,
            contract=person.contract_on(day),
            member_since=person.member_since_on(day),
        ),
        asked=Terms(dossier.amount_cents, dossier.months, 0),
        purpose=dossier.purpose,
        number=dossier.number,
        submitted_on=day,
    )


def members(fund: FundStory) -> tuple[Member, ...]:
    return tuple(Member(member.name, member.organisation, member.siren) for member in committee(fund))


def standing_aside(fund: FundStory, cae: Siren) -> tuple[str, ...]:
    return tuple(member.name for member in members(fund) if member.siren == cae)


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator's, within one transaction: what is done of most dossiers, in the order it is done."""

    session: AsyncSession
    caller: Caller
    fund: FundStory
    fund_id: UUID
    today: date
    entrepreneur_key: bytes

    async def take_in(self, dossier: EventfulDossier) -> UUID:
        submitted = await submit_application(
            self.session,
            self.caller,
            submission(self.fund, self.fund_id, dossier),
            today=self.today,
            entrepreneur_key=self.entrepreneur_key,
        )
        await review_application(self.session, self.caller, submitted.id)
        return submitted.id

    async def grant(self, dossier: EventfulDossier, held_on: date) -> UUID:
        application_id = await self.take_in(dossier)
        present, aside = members(self.fund), standing_aside(self.fund, dossier.cae.siren)
        order = DecideApplication(
            application_id=application_id,
            outcome=Outcome.APPROVED,
            committee=Committee(held_on, present, aside, len(present) - len(aside), 0),
        )
        await decide_application(self.session, self.caller, order, today=self.today)
        return application_id

    async def sign(self, application_id: UUID, signed_on: date) -> None:
        await sign_offer(self.session, self.caller, SignOffer(application_id, signed_on), today=self.today)

    async def disburse(
        self, application_id: UUID, dossier: EventfulDossier, first_tranche_cents: int | None = None
    ) -> Loan:
        order = DisburseLoan(
            application_id, dossier.disbursed_on, f"VIR {dossier.number}", first_tranche_cents
        )
        return await disburse_loan(self.session, self.caller, order, today=self.today)

    async def collect(self, loan_id: UUID, until: date) -> None:
        """Every instalment that is unpaid and due by then, each on its day."""
        loan = await read_loan(self.session, self.caller, loan_id)
        for instalment in loan.schedule:
            unpaid_cents = instalment.unpaid_cents(loan.repaid_cents)
            if instalment.due_on <= until and unpaid_cents:
                payment = Payment(unpaid_cents, instalment.due_on, PaymentMethod.DIRECT_DEBIT, "PRLV")
                order = RecordRepayment(loan_id, payment)
                paid = await record_repayment(self.session, self.caller, order, today=self.today)
                loan = paid.loan
