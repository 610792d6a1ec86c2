"""Money comes back from the CAE: it returns to the co-funders by their shares, and frees its room."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain import journal as entries
from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import Clawback, ClawbackReceipt, check_receipt, split_receipt
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act
from services.capital.domain.payments import FunderPart
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import clawbacks, journal, payments, top_ups
from services.capital.usecases.confirm_clawback import confirmed_by_receipt
from services.capital.usecases.dossiers import moved
from services.capital.usecases.free_room import free_room
from services.capital.usecases.locked_clawbacks import LockedClawback, lock_clawback
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveClawback:
    """A part of what is asked for, or all of it."""

    top_up_id: UUID
    amount_cents: int
    received_on: date
    reference: str


async def receive_clawback(
    session: AsyncSession, caller: Caller, order: ReceiveClawback, *, today: date
) -> Clawback:
    require(caller, CapitalAct.RECEIVE_CLAWBACK)
    locked = await lock_clawback(session, caller, order.top_up_id, Act.CLAW_BACK)
    check_receipt(locked.clawback, order.amount_cents, order.received_on, today)
    confirmed = await confirmed_by_receipt(session, locked, order.received_on)
    receipt = ClawbackReceipt(
        id=new_id(),
        amount_cents=order.amount_cents,
        received_on=order.received_on,
        reference=order.reference,
        by_funder=await _parts(session, caller, locked, order.amount_cents),
        created_at=datetime.now(UTC),
    )
    received = replace(confirmed, receipts=(*confirmed.receipts, receipt))
    top_up = locked.top_up
    after = replace(
        top_up,
        status=top_up.status if received.owed_cents else locked.status,
        clawed_back_cents=received.received_cents,
        revision=top_up.revision + 1,
    )
    await _write(session, after, received, receipt)
    tell(session, _received(top_up, after, receipt))
    return received


async def _parts(
    session: AsyncSession, caller: Caller, locked: LockedClawback, amount_cents: int
) -> tuple[FunderPart, ...]:
    """By the shares of who paid. The payment is held: its rounding is carried from receipt to receipt."""
    payment_id, version = locked.clawback.payment_id, locked.version
    await clawbacks.hold_payment(session, payment_id)
    payment = (await payments.find_many(session, [payment_id], caller.scope))[payment_id]
    return split_receipt(
        amount_cents,
        version.funders,
        paid_cents=sum(line.amount_cents for line in payment.lines if line.version_id == version.id),
        returned_cents=await clawbacks.returned(session, payment_id, version.id),
    )


async def _write(session: AsyncSession, after: TopUp, received: Clawback, receipt: ClawbackReceipt) -> None:
    if after.decided_on is None:
        raise RuntimeError(f"top-up {after.id} was paid without a decision")
    await free_room(session, after, receipt.amount_cents, after.decided_on)
    await clawbacks.save(session, received)
    await clawbacks.insert_receipt(session, after, received, receipt)
    await top_ups.save_clawback(session, after)
    await journal.write(
        session,
        entries.EntryKind.CLAWBACK_RECEIPT,
        entries.clawback_received(receipt.by_funder),
        entry_on=receipt.received_on,
        scheme_id=after.scheme_id,
        region=after.region,
        cae_siren=after.cae.siren,
        top_up_id=after.id,
        clawback_receipt_id=receipt.id,
    )


def _received(before: TopUp, after: TopUp, receipt: ClawbackReceipt) -> Fact:
    is_whole = after.status is not before.status
    fact = moved(
        CapitalAct.RECEIVE_CLAWBACK,
        CapitalEvent.TOP_UP_CLAWED_BACK if is_whole else CapitalEvent.TOP_UP_CLAWBACK_RECEIVED,
        before,
        after,
        subject_id=receipt.id,
    )
    said = {"amount_cents": receipt.amount_cents, "received_on": receipt.received_on}
    return replace(fact, after={**fact.after, **said})
