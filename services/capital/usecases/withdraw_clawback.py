"""A proposal made by mistake is taken back: the top-up is paid, as if nothing had been asked."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import Clawback, check_withdrawal
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act
from services.capital.persistence import clawbacks, top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.locked_clawbacks import lock_clawback
from services.kernel.access import Caller
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawClawback:
    top_up_id: UUID
    reason: str


async def withdraw_clawback(
    session: AsyncSession, caller: Caller, order: WithdrawClawback, *, today: date
) -> Clawback:
    """The proposal stays readable in the audit trail; another may follow."""
    require(caller, CapitalAct.WITHDRAW_CLAWBACK)
    locked = await lock_clawback(session, caller, order.top_up_id, Act.WITHDRAW_CLAWBACK)
    check_withdrawal(locked.clawback)
    withdrawn = replace(locked.clawback, withdrawn_on=today)
    after = replace(locked.top_up, status=locked.status, revision=locked.top_up.revision + 1)
    await clawbacks.save(session, withdrawn)
    await top_ups.save_clawback(session, after)
    act, event = CapitalAct.WITHDRAW_CLAWBACK, CapitalEvent.TOP_UP_CLAWBACK_WITHDRAWN
    tell(session, moved(act, event, locked.top_up, after, subject_id=withdrawn.id, note=order.reason))
    return withdrawn
