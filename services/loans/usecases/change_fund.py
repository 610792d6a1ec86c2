"""An operator changes what its fund asks of who acts, and what it lets partners read."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_access import FundAccess, SecondPersonAct
from services.loans.persistence import funds
from services.loans.usecases.facts import fund_dossier, fund_values
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class ChangeFund:
    """What is None stays as it is."""

    fund_id: UUID
    partners_see_names: bool | None = None
    second_person_for: frozenset[SecondPersonAct] | None = None

    def changed(self, access: FundAccess) -> FundAccess:
        names, acts = self.partners_see_names, self.second_person_for
        return FundAccess(
            partners_see_names=access.partners_see_names if names is None else names,
            second_person_for=access.second_person_for if acts is None else acts,
        )


async def change_fund(session: AsyncSession, caller: Caller, order: ChangeFund) -> Fund:
    """Decisions and disbursements of the fund wait: each is made under the rules before, or those after."""
    fund = await lock_fund_to_change(session, caller, order.fund_id)
    changed = replace(fund, access=order.changed(fund.access))
    await funds.save_access(session, changed)
    tell(session, _fact(fund, changed))
    return changed


def _fact(before: Fund, after: Fund) -> Fact:
    was, now = fund_values(before), fund_values(after)
    changed = [name for name in now if now[name] != was[name]]
    return Fact(
        fund_dossier(after),
        Act.CHANGE_FUND,
        LoansEvent.FUND_CHANGED if changed else None,
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
    )


async def lock_fund_to_change(session: AsyncSession, caller: Caller, fund_id: UUID) -> Fund:
    require(caller, Act.CHANGE_FUND)
    return (await funds.lock(session, fund_id, caller.scope)).fund
