"""An operator changes a fund's settings from a date, what it asks of who acts, and what partners read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_access import FundAccess, SecondPersonAct
from services.loans.domain.fund_settings import next_version
from services.loans.persistence import fund_settings, funds
from services.loans.usecases.facts import fund_dossier, fund_values
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class ChangeFund:
    """What is None, or what `settings` does not name, stays as it is. `valid_from`: today by default."""

    fund_id: UUID
    partners_see_names: bool | None = None
    second_person_for: frozenset[SecondPersonAct] | None = None
    settings: Mapping[str, Any] | None = None
    valid_from: date | None = None

    def changed(self, access: FundAccess) -> FundAccess:
        names, acts = self.partners_see_names, self.second_person_for
        return FundAccess(
            partners_see_names=access.partners_see_names if names is None else names,
            second_person_for=access.second_person_for if acts is None else acts,
        )


async def change_fund(session: AsyncSession, caller: Caller, order: ChangeFund, *, today: date) -> Fund:
    """Decisions and disbursements of the fund wait: each is made under the rules before, or those after."""
    fund = await lock_fund_to_change(session, caller, order.fund_id)
    changed = await _change_settings(session, replace(fund, access=order.changed(fund.access)), order, today)
    await funds.save_access(session, changed)
    tell(session, _fact(fund, changed))
    return changed


async def _change_settings(session: AsyncSession, fund: Fund, order: ChangeFund, today: date) -> Fund:
    if order.settings is None:
        return fund
    last = fund.versions[-1]
    settings = replace(last.settings, **order.settings)
    if settings == last.settings:
        return fund
    made = next_version(
        fund.versions,
        settings,
        valid_from=order.valid_from or today,
        recorded_at=datetime.now(UTC),
        today=today,
    )
    if made.version == last.version:
        await fund_settings.replace(session, fund.id, made)
    else:
        await fund_settings.add(session, fund.id, fund.region, made)
    return replace(fund, versions=(*fund.versions[: made.version - 1], made))


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
