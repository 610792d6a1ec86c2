"""Invented loans to try Essor with, through the use cases that operators have; safe to run again.

Each step is a transaction that finds out whether it was done: a fund by its name, an export because an import
takes nothing twice, an application by its number. So a run that was cut short goes on where it stopped.
"""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from demonstration.eventful_dossiers import FUND as EVENTFUL
from demonstration.eventful_dossiers import LATE_DAYS, Event
from demonstration.loan_stories import FUNDS, FundStory, contributions
from demonstration.portfolio_files import YearlyExport, yearly_exports
from demonstration.recent_applications import Fate, RecentApplication, recent_applications
from demonstration.scale import FULL, SMALL, Scale
from demonstration.seed_dossiers import members, standing_aside, submission
from demonstration.seed_eventful_dossiers import EventfulTelling
from services.kernel.access import Caller, Role
from services.loans.domain.committee import Committee, Outcome
from services.loans.domain.condition import AskedCondition
from services.loans.domain.contributions import PlannedPayment
from services.loans.domain.funders import FunderKind
from services.loans.domain.life.movements import Payment
from services.loans.domain.refusals import FundNameTaken, NumberTaken
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.target_shares import TargetShare
from services.loans.domain.terms import FundSettings
from services.loans.duties import close_days
from services.loans.persistence import applications, funds
from services.loans.summing import sum_figures
from services.loans.usecases.change_fund import ChangeFund, change_fund
from services.loans.usecases.create_fund import CreateFund, create_fund
from services.loans.usecases.decide_application import DecideApplication, decide_application
from services.loans.usecases.decline_offer import DeclineOffer, decline_offer
from services.loans.usecases.disburse_loan import DisburseLoan, disburse_loan
from services.loans.usecases.import_portfolio import ImportPortfolio, import_portfolio
from services.loans.usecases.lift_condition import LiftCondition, lift_condition
from services.loans.usecases.read_applications import read_application
from services.loans.usecases.record_contribution import (
    FunderIdentity,
    RecordContribution,
    record_contribution,
)
from services.loans.usecases.record_pledge import RecordPledge, record_pledge
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment
from services.loans.usecases.reverse_repayment import ReverseRepayment, reverse_repayment
from services.loans.usecases.review_application import review_application
from services.loans.usecases.sign_offer import SignOffer, sign_offer
from services.loans.usecases.submit_application import submit_application
from services.loans.usecases.withdraw_application import WithdrawApplication, withdraw_application
from services.runtime.database.transactions import Database
from services.runtime.settings import Demonstration

CONDITION = "Attestation d'assurance"
STATE_PERCENT = 20
LONGER_OFFER_DAYS = 120  # from this year on
SIGNED_BEFORE, FIRST_PAYMENT_BEFORE = timedelta(days=45), timedelta(days=15)
CLOSED_BEFORE = timedelta(days=LATE_DAYS[Event.REMINDED])
SCALES = {Demonstration.FULL: FULL, Demonstration.SMALL: SMALL}
Progress = Callable[[int, int], None]
"""Told how many dossiers are told, of how many."""


async def seed(
    database: Database,
    size: Demonstration,
    *,
    today: date,
    entrepreneur_key: bytes,
    progress: Progress = lambda _done, _of: None,
) -> None:
    scale = SCALES.get(size)
    if scale is None or await _is_told(database, today):
        return
    telling = _Telling(database, scale, today, entrepreneur_key, progress)
    # Side by side: while PostgreSQL writes one fund's loans, the next one's are read and decided.
    async with asyncio.TaskGroup() as group:
        for fund in FUNDS:
            group.create_task(telling.tell(fund))
    await _close_days(database, today)
    await sum_figures(database, client="demonstration")


async def _close_days(database: Database, today: date) -> None:
    """What the worker does of days that are over: what falls due or is late, reminders, lapsed offers.

    A reminder follows only what a close saw fall due: some days are closed where one is shown.
    """
    yesterday = today - timedelta(days=1)
    for until, regions in ((yesterday - CLOSED_BEFORE, [EVENTFUL.region]), (yesterday, ())):
        await close_days(database, until=until, today=today, client="demonstration", regions=regions)


async def _is_told(database: Database, today: date) -> bool:
    """At either size: what is there already is never made larger."""
    async with database.of_all_tenants(read_only=True) as session:
        for scale in SCALES.values():
            told = [await _is_fund_told(session, fund, scale, today) for fund in FUNDS]
            if all(told):
                return True
    return False


async def _is_fund_told(session: AsyncSession, story: FundStory, scale: Scale, today: date) -> bool:
    fund = await funds.find_by_name(session, story.region, story.name)
    last = recent_applications(story, scale, today)[-1]
    return fund is not None and await applications.is_number_taken(session, fund.id, last.number)


class _Telling:
    """One run: what it writes to, and how far it is."""

    def __init__(
        self, database: Database, scale: Scale, today: date, entrepreneur_key: bytes, progress: Progress
    ) -> None:
        self._database, self._scale, self._today = database, scale, today
        self._entrepreneur_key, self._progress = entrepreneur_key, progress
        self._exports = {fund: yearly_exports(fund, scale, today) for fund in FUNDS}
        self._applications = {fund: recent_applications(fund, scale, today) for fund in FUNDS}
        self._done = 0
        self._of = sum(len(export.numbers) for exports in self._exports.values() for export in exports)
        self._of += sum(map(len, self._applications.values()))

    async def tell(self, fund: FundStory) -> None:
        caller = Caller(Role.OPERATOR, "demonstration", regions=frozenset({fund.region}))
        fund_id = await self._open(fund, caller)
        for export in self._exports[fund]:
            await self._import(fund_id, export, caller)
        await EventfulTelling(
            self._database, fund, fund_id, caller, self._today, self._entrepreneur_key
        ).tell()
        for application in self._applications[fund]:
            await self._apply(fund, fund_id, application, caller)

    def _advance(self, dossiers: int) -> None:
        self._done += dossiers
        self._progress(self._done, self._of)

    async def _open(self, story: FundStory, caller: Caller) -> UUID:
        """The fund and its contributions, at once or not at all."""
        settings = FundSettings(
            min_amount_cents=story.min_amount_cents,
            max_amount_cents=story.max_amount_cents,
            min_months=12,
            max_months=60,
            max_grace_months=18,
            target_shares=(TargetShare(STATE_PERCENT, FunderKind.STATE),),
        )
        try:
            async with self._database.transaction(caller) as session:
                fund = await create_fund(
                    session,
                    caller,
                    CreateFund(story.region, story.name, story.opened_on, settings),
                    today=self._today,
                )
                await self._contribute(session, story, fund.id, caller)
                longer = ChangeFund(
                    fund.id,
                    settings={"offer_days": LONGER_OFFER_DAYS},
                    valid_from=date(self._today.year, 1, 1),
                )
                await change_fund(session, caller, longer, today=self._today)
                return fund.id
        except FundNameTaken:
            async with self._database.of_all_tenants(read_only=True) as session:
                found = await funds.find_by_name(session, story.region, story.name)
            if found is None:
                raise
            return found.id

    async def _contribute(
        self, session: AsyncSession, story: FundStory, fund_id: UUID, caller: Caller
    ) -> None:
        """Each year's convention is paid in two payments; of this year's, some is still to come."""
        for funder, convention, amount_cents, paid_on in contributions(story, self._scale, self._today):
            identity = FunderIdentity(funder.siren, funder.name, FunderKind(funder.kind))
            first_cents = amount_cents // 2
            planned = [
                PlannedPayment(paid_on - FIRST_PAYMENT_BEFORE, first_cents),
                PlannedPayment(paid_on, amount_cents - first_cents),
            ]
            if paid_on.year == self._today.year:
                planned.append(PlannedPayment(date(paid_on.year + 1, 1, 1), first_cents))
            pledge = RecordPledge(
                fund_id,
                identity,
                convention,
                sum(payment.amount_cents for payment in planned),
                paid_on - SIGNED_BEFORE,
                tuple(planned),
            )
            await record_pledge(session, caller, pledge, today=self._today)
            for payment in planned[:2]:
                order = RecordContribution(
                    fund_id, identity, convention, payment.amount_cents, payment.due_on
                )
                await record_contribution(session, caller, order, today=self._today)

    async def _import(self, fund_id: UUID, export: YearlyExport, caller: Caller) -> None:
        told = 0

        def advance(done: int, of: int) -> None:
            nonlocal told
            reached = len(export.numbers) * done // max(of, 1)
            self._advance(reached - told)
            told = reached

        async with self._database.transaction(caller) as session:
            # An export is one transaction: its last loan tells whether it was made.
            is_known = bool(export.numbers) and await applications.is_number_taken(
                session, fund_id, export.numbers[-1]
            )
            if not is_known:
                fund = export.fund
                order = ImportPortfolio(fund.region, fund.name, export.loans, export.repayments, export.as_of)
                await import_portfolio(
                    session,
                    caller,
                    order,
                    today=self._today,
                    entrepreneur_key=self._entrepreneur_key,
                    progress=advance,
                )
        self._advance(len(export.numbers) - told)

    async def _apply(
        self, fund: FundStory, fund_id: UUID, application: RecentApplication, caller: Caller
    ) -> None:
        try:
            async with self._database.transaction(caller) as session:
                application_id = await self._submit(session, fund, fund_id, application, caller)
                await _Dossier(session, caller, application, application_id, self._today).live(fund)
        except NumberTaken:
            pass  # told by an earlier run
        self._advance(1)

    async def _submit(
        self,
        session: AsyncSession,
        fund: FundStory,
        fund_id: UUID,
        application: RecentApplication,
        caller: Caller,
    ) -> UUID:
        submitted = await submit_application(
            session,
            caller,
            submission(fund, fund_id, application),
            today=self._today,
            entrepreneur_key=self._entrepreneur_key,
        )
        return submitted.id


class _Dossier:
    """One application, taken as far as its fate goes."""

    def __init__(
        self, session: AsyncSession, caller: Caller, story: RecentApplication, id_: UUID, today: date
    ) -> None:
        self._session, self._caller, self._story, self._id, self._today = session, caller, story, id_, today

    async def live(self, fund: FundStory) -> None:
        fate = self._story.fate
        if fate is Fate.SUBMITTED:
            return
        await review_application(self._session, self._caller, self._id)
        if fate is Fate.WITHDRAWN:
            await self._withdraw()
        elif fate is not Fate.UNDER_REVIEW:
            await self._decide(fund)
        if fate is Fate.DECLINED:
            await self._decline()
        elif fate in {Fate.SIGNED, Fate.DISBURSED, Fate.BOUNCED}:
            await self._sign()
        if fate in {Fate.DISBURSED, Fate.BOUNCED}:
            await self._disburse()

    async def _withdraw(self) -> None:
        order = WithdrawApplication(self._id, "Projet reporté", self._story.ended_on)
        await withdraw_application(self._session, self._caller, order, today=self._today)

    async def _decide(self, fund: FundStory) -> None:
        is_refused = self._story.fate is Fate.REFUSED
        present, own = members(fund), standing_aside(fund, self._story.cae.siren)
        votes = len(present) - len(own)
        order = DecideApplication(
            application_id=self._id,
            outcome=Outcome.REFUSED if is_refused else Outcome.APPROVED,
            committee=Committee(
                held_on=self._story.held_on,
                present=present,
                stood_aside=own,
                votes_for=0 if is_refused else votes,
                votes_against=votes if is_refused else 0,
            ),
            conditions=() if is_refused else (AskedCondition(CONDITION),),
            reason="Plan de financement à compléter" if is_refused else None,
        )
        await decide_application(self._session, self._caller, order, today=self._today)

    async def _decline(self) -> None:
        order = DeclineOffer(self._id, "Autre financement trouvé", self._story.ended_on)
        await decline_offer(self._session, self._caller, order, today=self._today)

    async def _sign(self) -> None:
        order = SignOffer(self._id, self._story.signed_on)
        await sign_offer(self._session, self._caller, order, today=self._today)

    async def _lift_conditions(self) -> None:
        found = await read_application(self._session, self._caller, self._id)
        for condition in found.decision.conditions if found.decision else ():
            order = LiftCondition(
                self._id, condition.id, self._story.signed_on, "Attestation jointe au dossier"
            )
            await lift_condition(self._session, self._caller, order, today=self._today)

    async def _disburse(self) -> None:
        await self._lift_conditions()
        order = DisburseLoan(self._id, self._story.disbursed_on, f"VIR {self._story.number}")
        loan = await disburse_loan(self._session, self._caller, order, today=self._today)
        paid_on, cents = self._story.first_receipt
        payment = Payment(cents, paid_on, PaymentMethod.DIRECT_DEBIT, f"PRLV {self._story.number}")
        paid = await record_repayment(
            self._session, self._caller, RecordRepayment(loan.id, payment), today=self._today
        )
        if self._story.fate is Fate.BOUNCED:
            reversal = ReverseRepayment(
                paid.repayment.id, self._story.bounced_on, "Rejet : provision insuffisante"
            )
            await reverse_repayment(self._session, self._caller, reversal, today=self._today)
