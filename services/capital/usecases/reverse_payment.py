"""A payment came back: a new linked row and entry, never an edit; its top-ups are to be paid again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain import journal as entries
from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawback_refusals import PaymentClawedBack
from services.capital.domain.events import CapitalEvent
from services.capital.domain.follow_up_refusals import PaymentFollowedUp
from services.capital.domain.lifecycle import CLAWBACK_STATUSES, Act, move
from services.capital.domain.payments import Payment, PaymentReversal, check_reversal
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import follow_ups, journal, payments, schemes, top_ups
from services.capital.usecases.dossiers import moved, of_payment
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversePayment:
    payment_id: UUID
    reversed_on: date
    reason: str


async def reverse_payment(
    session: AsyncSession, caller: Caller, order: ReversePayment, *, today: date
) -> Payment:
    """The awards keep their room: they stand, and are to be paid again."""
    require(caller, CapitalAct.REVERSE_PAYMENT)
    payment, paid = await _lock(session, caller, order.payment_id)
    check_reversal(payment, order.reversed_on, today)
    await _require_not_followed_up(session, payment)
    _require_nothing_clawed_back(paid)
    to_pay = [
        replace(top_up, status=move(top_up.status, Act.REVERSE_PAYMENT), payment_id=None) for top_up in paid
    ]
    reversal = PaymentReversal(
        id=new_id(), reversed_on=order.reversed_on, reason=order.reason, created_at=datetime.now(UTC)
    )
    await payments.reverse(session, payment, reversal)
    await top_ups.mark_to_pay(session, [top_up.id for top_up in to_pay])
    await journal.write(
        session,
        entries.EntryKind.PAYMENT_REVERSAL,
        entries.payment_reversed(payment.by_funder),
        entry_on=order.reversed_on,
        scheme_id=payment.scheme_id,
        region=payment.region,
        cae_siren=payment.cae_siren,
        payment_id=payment.id,
    )
    tell(session, _reversed(payment, reversal), *_to_pay_again(payment, paid, to_pay))
    return replace(payment, reversal=reversal)


def _require_nothing_clawed_back(paid: list[TopUp]) -> None:
    """What is asked back did arrive: it returns by the clawback, or the clawback is withdrawn first."""
    asked = [top_up.id for top_up in paid if top_up.status in CLAWBACK_STATUSES]
    if asked:
        raise PaymentClawedBack(top_up_ids=asked)


async def _require_not_followed_up(session: AsyncSession, payment: Payment) -> None:
    """Months were counted from it, and somebody saw what it paid for."""
    followed_up = await follow_ups.followed_up(session, payment.id)
    if followed_up:
        raise PaymentFollowedUp(top_up_ids=followed_up)


async def _lock(session: AsyncSession, caller: Caller, payment_id: UUID) -> tuple[Payment, list[TopUp]]:
    """In the order of a payment: its scheme, then its top-ups. Read again once nobody else reverses it."""
    found = await payments.find_many(session, [payment_id], caller.scope)
    if payment_id not in found:
        raise NotFound(what=CapitalElement.PAYMENT, id=payment_id)
    payment = found[payment_id]
    await schemes.hold(session, [payment.scheme_id], caller.scope)
    locked = await top_ups.lock(session, [line.top_up_id for line in payment.lines], caller.scope)
    payment = (await payments.find_many(session, [payment_id], caller.scope))[payment_id]
    return payment, [replace(top_up, payment_id=payment_id) for top_up in locked.values()]


def _reversed(payment: Payment, reversal: PaymentReversal) -> Fact:
    return Fact(
        dossier=of_payment(payment),
        act=CapitalAct.REVERSE_PAYMENT,
        event=CapitalEvent.PAYMENT_REVERSED,
        subject_id=reversal.id,
        after={
            "scheme_id": payment.scheme_id,
            "reversed_on": reversal.reversed_on,
            "total_cents": payment.total_cents,
            "top_up_ids": [line.top_up_id for line in payment.lines],
        },
        note=reversal.reason,
    )


def _to_pay_again(payment: Payment, paid: list[TopUp], to_pay: list[TopUp]) -> Iterator[Fact]:
    for before, after in zip(paid, to_pay, strict=True):
        yield moved(
            CapitalAct.REVERSE_PAYMENT,
            CapitalEvent.TOP_UP_PAYMENT_REVERSED,
            before,
            after,
            subject_id=payment.id,
        )
