"""The eventful dossiers, told through the use cases: each a transaction, found out by its number.

What a CAE does by itself is told as that CAE, under an idempotency key: it leaves no number behind.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from demonstration.eventful_dossiers import SESSION, Event, EventfulDossier, eventful_dossiers
from demonstration.loan_stories import FundStory
from demonstration.seed_committee_session import hold_session
from demonstration.seed_dossiers import Desk
from demonstration.seed_events_of_loans import AS_A_LOAN
from services.kernel.access import Caller, Role
from services.loans.domain.life.movements import Payment
from services.loans.domain.refusals import NumberTaken
from services.loans.domain.repayment import PaymentMethod
from services.loans.persistence.locked_loans import lock_numbers
from services.loans.usecases.cancel_offer import CancelOffer, cancel_offer
from services.loans.usecases.declare_repayment import DeclareRepayment, declare_repayment
from services.loans.usecases.read_loans import read_loan
from services.loans.usecases.save_draft import CreateDraft, create_draft
from services.runtime.database.transactions import Database
from services.runtime.fields import Answer
from services.runtime.idempotency import Effect, Operation, fingerprint, perform_once


class Told(Answer):
    dossier_id: UUID = Field(description="What the CAE told something of")


@dataclass(frozen=True, slots=True)
class EventfulTelling:
    database: Database
    fund: FundStory
    fund_id: UUID
    caller: Caller
    today: date
    entrepreneur_key: bytes

    async def tell(self) -> None:
        dossiers = eventful_dossiers(self.fund, self.today)
        if not dossiers:
            return
        await self._draft(dossiers[Event.DRAFT])
        for event in (Event.CANCELLED, Event.LAPSED, *AS_A_LOAN):
            await self._tell_one(dossiers[event])
        await self._declare(dossiers[Event.DECLARED])
        await self._sit([dossiers[event] for event in SESSION])

    def _desk(self, session: AsyncSession) -> Desk:
        return Desk(session, self.caller, self.fund, self.fund_id, self.today, self.entrepreneur_key)

    async def _tell_one(self, dossier: EventfulDossier) -> None:
        try:
            async with self.database.transaction(self.caller) as session:
                desk = self._desk(session)
                application_id = await desk.grant(dossier, dossier.held_on)
                if dossier.event is Event.LAPSED:
                    return  # nobody signs it: the close of a day finds that
                await desk.sign(application_id, dossier.signed_on)
                if dossier.event is Event.CANCELLED:
                    on = dossier.signed_on + timedelta(days=14)
                    order = CancelOffer(application_id, on, "Le matériel n'est plus à vendre")
                    await cancel_offer(session, self.caller, order, today=self.today)
                else:
                    await AS_A_LOAN[dossier.event](desk, dossier, application_id)
        except NumberTaken:
            pass  # told by an earlier run

    async def _sit(self, dossiers: list[EventfulDossier]) -> None:
        try:
            async with self.database.transaction(self.caller) as session:
                await hold_session(self._desk(session), dossiers)
        except NumberTaken:
            pass

    async def _draft(self, dossier: EventfulDossier) -> None:
        """Half filled: neither how much, nor how long, nor what contract."""
        cae, person = dossier.cae, dossier.person
        content = {
            "number": dossier.number,
            "cae": {"siret": cae.establishments[self.fund.region], "name": cae.name},
            "entrepreneur": {
                "reference": person.reference,
                "given_name": person.given_name,
                "family_name": person.family_name,
            },
            "purpose": dossier.purpose,
        }

        async def effect(session: AsyncSession) -> Told:
            order = CreateDraft(self.fund_id, cae.siren, content)
            key = self.entrepreneur_key
            draft = await create_draft(session, self._as_cae(dossier), order, entrepreneur_key=key)
            return Told(dossier_id=draft.id)

        await self._once(dossier, effect)

    async def _declare(self, dossier: EventfulDossier) -> None:
        """The CAE kept the last instalment back from the pay: it counts once the operator confirms it."""
        async with self.database.transaction(self.caller) as session:
            loan_id = (await lock_numbers(session, self.fund_id, [dossier.number]))[dossier.number]

        async def effect(session: AsyncSession) -> Told:
            caller = self._as_cae(dossier)
            loan = await read_loan(session, caller, loan_id)
            awaited = next(one for one in loan.schedule if one.unpaid_cents(loan.repaid_cents))
            paid_on = awaited.due_on
            payment = Payment(awaited.amount_cents, paid_on, PaymentMethod.PAYROLL, "Bulletin de paie")
            order = DeclareRepayment(loan_id, payment)
            declared = await declare_repayment(session, caller, order, today=self.today)
            return Told(dossier_id=declared.loan_id)

        await self._once(dossier, effect)

    async def _once(self, dossier: EventfulDossier, effect: Effect) -> None:
        """Two runs at once: the second waits on the first one's key, and finds its answer."""
        name = dossier.number
        caller = self._as_cae(dossier)
        operation = Operation(caller.client, "SEED", "/demonstration", name, fingerprint(name.encode()))
        await perform_once(self.database, caller, operation, effect, status=200)

    def _as_cae(self, dossier: EventfulDossier) -> Caller:
        return Caller(Role.CAE, self.caller.client, siren=dossier.cae.siren)
