"""A CAE, or the operator for it, submits the application of one of its entrepreneurs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.contracts import Contract
from services.kernel.identifiers import entrepreneur_id, new_id
from services.kernel.refusals import Element, NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, check_submission
from services.loans.domain.borrower import BankAccount, Borrower, Cae
from services.loans.domain.events import LoansEvent
from services.loans.domain.refusals import NumberTaken
from services.loans.domain.terms import Terms
from services.loans.persistence import applications, funds
from services.loans.usecases.facts import application_dossier, personal_fields_of, terms_values
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class Person:
    """An entrepreneur as the CAE knows them: `reference` is its own, never a social-security number."""

    reference: str
    given_name: str
    family_name: str
    contract: Contract
    member_since: date | None = None
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class SubmitApplication:
    fund_id: UUID
    cae: Cae
    person: Person
    asked: Terms
    purpose: str
    number: str | None = None
    bank: BankAccount | None = None
    submitted_on: date | None = None


async def submit_application(
    session: AsyncSession,
    caller: Caller,
    order: SubmitApplication,
    *,
    today: date,
    entrepreneur_key: bytes,
) -> Application:
    """A draft once it is whole goes the same way: see `submit_draft`."""
    require(caller, Act.SUBMIT_APPLICATION)
    return await take(
        session,
        caller,
        order,
        today=today,
        entrepreneur_key=entrepreneur_key,
        application_id=new_id(),
        created_at=datetime.now(UTC),
    )


async def take(
    session: AsyncSession,
    caller: Caller,
    order: SubmitApplication,
    *,
    today: date,
    entrepreneur_key: bytes,
    application_id: UUID,
    created_at: datetime,
) -> Application:
    """All that is checked of a submission, and all that is written of it."""
    fund = await funds.find(session, order.fund_id, caller.scope)
    if not caller.scope.sees_cae(order.cae.siren):
        raise NotFound(what=Element.CAE, id=order.cae.siren)
    rules = fund.settings_on(order.submitted_on or today)
    application = Application(
        id=application_id,
        fund_id=fund.id,
        region=fund.region,
        borrower=make_borrower(order.cae, order.person, entrepreneur_key),
        asked=order.asked,
        purpose=order.purpose,
        created_at=created_at,
        number=order.number,
        bank=order.bank,
        submitted_on=order.submitted_on,
        submission_settings_version=rules.version,
    )
    check_submission(application, rules.settings, today=today)
    if order.number is not None and await applications.is_number_taken(session, fund.id, order.number):
        raise NumberTaken(number=order.number)
    await applications.add(session, application)
    tell(session, _fact(application))
    return application


def _fact(application: Application) -> Fact:
    given = ("bank",) if application.bank is not None else ()
    return Fact(
        application_dossier(application),
        Act.SUBMIT_APPLICATION,
        LoansEvent.APPLICATION_SUBMITTED,
        after={
            "status": application.status,
            "number": application.number,
            "fund_id": application.fund_id,
            **terms_values(application.asked),
            "submitted_on": application.submitted_on,
        },
        personal_fields=(*personal_fields_of(application.borrower), *given, "purpose"),
    )


def make_borrower(cae: Cae, person: Person, entrepreneur_key: bytes) -> Borrower:
    return Borrower(
        entrepreneur_id=entrepreneur_id(entrepreneur_key, cae.siren, person.reference),
        cae=cae,
        reference=person.reference,
        given_name=person.given_name,
        family_name=person.family_name,
        contract=person.contract,
        member_since=person.member_since,
        email=person.email,
        phone=person.phone,
        birth_date=person.birth_date,
        address=person.address,
    )
