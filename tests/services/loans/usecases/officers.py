"""An officer's computer: a process of its own, with its own connections, that does many things at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.kernel.refusals import Refusal
from services.loans.domain.committee import Committee, Member, Outcome
from services.loans.domain.funders import FunderKind
from services.loans.domain.life.movements import Payment
from services.loans.domain.repayment import PaymentMethod
from services.loans.persistence.tables import metadata
from services.loans.usecases.confirm_repayment_declaration import confirm_repayment_declaration
from services.loans.usecases.decide_application import DecideApplication, decide_application
from services.loans.usecases.record_contribution import (
    FunderIdentity,
    RecordContribution,
    record_contribution,
)
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment
from services.loans.usecases.withdraw_contribution import WithdrawContribution, withdraw_contribution
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

TODAY = date(2026, 6, 30)
OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
SESSION = Committee(
    held_on=date(2024, 1, 10),
    present=tuple(Member(name, "France Active") for name in ("Ada", "Léo", "Zoé")),
    stood_aside=(),
    votes_for=3,
    votes_against=0,
)

Deed = Callable[[AsyncSession], Awaitable[object]]


def approve_all(url: str, application_ids: list[str]) -> list[str]:
    def deed(application_id: str) -> Deed:
        order = DecideApplication(UUID(application_id), Outcome.APPROVED, SESSION)
        return lambda session: decide_application(session, OPERATOR, order, today=TODAY)

    return asyncio.run(_do_all(url, [deed(application_id) for application_id in application_ids]))


def repay_many_times(url: str, loan_id: str, amount_cents: int, times: int) -> list[str]:
    payment = Payment(amount_cents, date(2024, 3, 1), PaymentMethod.CASH)
    order = RecordRepayment(UUID(loan_id), payment)
    deeds: list[Deed] = [lambda session: record_repayment(session, OPERATOR, order, today=TODAY)] * times
    return asyncio.run(_do_all(url, deeds))


def confirm_all(url: str, declaration_ids: list[str]) -> list[str]:
    def deed(declaration_id: str) -> Deed:
        return lambda session: confirm_repayment_declaration(
            session, OPERATOR, UUID(declaration_id), today=TODAY
        )

    return asyncio.run(_do_all(url, [deed(declaration_id) for declaration_id in declaration_ids]))


def pay_in_many_times(
    url: str, fund_id: str, funder: dict[str, str], amount_cents: int, times: int
) -> list[str]:
    identity = FunderIdentity(Siren(funder["siren"]), funder["name"], FunderKind(funder["kind"]))
    order = RecordContribution(UUID(fund_id), identity, "C-1", amount_cents, date(2023, 2, 1))
    deeds: list[Deed] = [lambda session: record_contribution(session, OPERATOR, order, today=TODAY)] * times
    return asyncio.run(_do_all(url, deeds))


def withdraw_many_times(url: str, fund_id: str, siren: str, amount_cents: int, times: int) -> list[str]:
    order = WithdrawContribution(
        UUID(fund_id), Siren(siren), amount_cents, date(2024, 6, 1), "VIR", "Fin de la convention"
    )
    deeds: list[Deed] = [lambda session: withdraw_contribution(session, OPERATOR, order, today=TODAY)] * times
    return asyncio.run(_do_all(url, deeds))


async def _do_all(url: str, deeds: list[Deed]) -> list[str]:
    # A connection for each: on a busy machine the last would wait longer than a caller may.
    database = Database(url, Settings(pool_size=len(deeds)), metadata=metadata)
    try:
        return list(await asyncio.gather(*(_outcome(database, deed) for deed in deeds)))
    finally:
        await database.close()


async def _outcome(database: Database, deed: Deed) -> str:
    try:
        async with database.transaction(OPERATOR) as session:
            await deed(session)
    except Refusal as refusal:
        return refusal.code
    return "done"
