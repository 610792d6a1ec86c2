"""Reading payments, narrowed to what the caller may see."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, may_read_names, require
from services.capital.domain.payments import Payment
from services.capital.domain.refusals import CapitalElement
from services.capital.persistence import payments
from services.capital.persistence.payments import PaymentFilter
from services.kernel.access import Caller
from services.kernel.refusals import NotFound

__all__ = ["PaymentFilter", "count_payments", "list_payments", "read_payment", "read_payments"]


async def read_payment(session: AsyncSession, caller: Caller, payment_id: UUID) -> Payment:
    found = await read_payments(session, caller, [payment_id])
    if payment_id not in found:
        raise NotFound(what=CapitalElement.PAYMENT, id=payment_id)
    return found[payment_id]


async def read_payments(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> dict[UUID, Payment]:
    """By id; what the caller may not see is absent."""
    require(caller, CapitalAct.READ_PAYMENT)
    found = await payments.find_many(session, ids, caller.scope)
    return {payment_id: _shown(caller, payment) for payment_id, payment in found.items()}


async def list_payments(
    session: AsyncSession, caller: Caller, wanted: PaymentFilter, *, after: UUID | None, limit: int
) -> list[Payment]:
    """In the order they were recorded; one more than `limit` where there are more."""
    require(caller, CapitalAct.READ_PAYMENT)
    found = await payments.page(session, caller.scope, wanted, after=after, limit=limit)
    return [_shown(caller, payment) for payment in found]


async def count_payments(session: AsyncSession, caller: Caller, wanted: PaymentFilter) -> int:
    require(caller, CapitalAct.READ_PAYMENT)
    return await payments.count(session, caller.scope, wanted)


def _shown(caller: Caller, payment: Payment) -> Payment:
    """A reason is free text, which may name anybody."""
    if payment.reversal is None or may_read_names(caller):
        return payment
    return replace(payment, reversal=replace(payment.reversal, reason=None))
