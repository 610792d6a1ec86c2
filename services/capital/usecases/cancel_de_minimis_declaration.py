"""Who declared aid by mistake takes the declaration back: it stays readable, and counts no more."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.de_minimis import Declaration
from services.capital.domain.events import CapitalEvent
from services.capital.domain.refusals import (
    CapitalElement,
    DeclarationAlreadyCancelled,
    DeclaredByTheOperator,
)
from services.capital.persistence import de_minimis, de_minimis_declarations
from services.capital.usecases.dossiers import of_declaration
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDeMinimisDeclaration:
    declaration_id: UUID
    reason: str


async def cancel_de_minimis_declaration(
    session: AsyncSession, caller: Caller, order: CancelDeMinimisDeclaration, *, today: date
) -> Declaration:
    require(caller, CapitalAct.CANCEL_DE_MINIMIS_DECLARATION)
    held = await de_minimis_declarations.lock(session, order.declaration_id, caller.scope)
    if held is None:
        # A CAE reads what its operator declared, and holds what it declared itself.
        if await de_minimis_declarations.find(session, order.declaration_id, caller.scope) is None:
            raise NotFound(what=CapitalElement.DE_MINIMIS_DECLARATION, id=order.declaration_id)
        raise DeclaredByTheOperator
    if held.cancelled_on is not None:
        raise DeclarationAlreadyCancelled(cancelled_on=held.cancelled_on)
    cancelled = replace(held, cancelled_on=today, reason=order.reason)
    await de_minimis.lock(session, [held.cae_siren])
    await de_minimis_declarations.save_cancellation(session, cancelled)
    await de_minimis.add(session, {held.cae_siren: -held.amount_cents})
    tell(
        session,
        Fact(
            dossier=of_declaration(cancelled),
            act=CapitalAct.CANCEL_DE_MINIMIS_DECLARATION,
            event=CapitalEvent.DE_MINIMIS_DECLARATION_CANCELLED,
            after={"cancelled_on": today, "amount_cents": cancelled.amount_cents},
            note=order.reason,
        ),
    )
    return cancelled
