"""An operator opens a fund of prêts d'honneur in its region."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.kernel.refusals import Element, NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_access import DEFAULT_ACCESS, FundAccess
from services.loans.domain.fund_settings import first_version
from services.loans.domain.reminders import first_plan
from services.loans.domain.terms import DEFAULT_SETTINGS, FundSettings
from services.loans.persistence import funds, reminder_plans
from services.loans.usecases.facts import fund_dossier, fund_values
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class CreateFund:
    region: str
    name: str
    opened_on: date
    settings: FundSettings = DEFAULT_SETTINGS
    access: FundAccess = DEFAULT_ACCESS


async def create_fund(session: AsyncSession, caller: Caller, order: CreateFund, *, today: date) -> Fund:
    require(caller, Act.CREATE_FUND)
    if not caller.scope.sees_region(order.region):
        raise NotFound(what=Element.REGION, id=order.region)
    require_past(DateField.OPENED_ON, order.opened_on, today)
    now = datetime.now(UTC)
    fund = Fund(
        id=new_id(),
        region=order.region,
        name=order.name,
        opened_on=order.opened_on,
        versions=(first_version(order.settings, order.opened_on, now),),
        created_at=now,
        access=order.access,
    )
    await funds.add(session, fund)
    await reminder_plans.put(session, first_plan(fund.id, fund.region, fund.opened_on))
    tell(
        session,
        Fact(fund_dossier(fund), Act.CREATE_FUND, LoansEvent.FUND_CREATED, after=fund_values(fund)),
    )
    return fund
