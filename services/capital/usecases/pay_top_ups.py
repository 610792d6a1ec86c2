"""The operator records a payment to one CAE, for several granted top-ups, split over the co-funders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain import journal as entries
from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act, TopUpStatus, move
from services.capital.domain.payments import Payment, PaymentLine, split_payment
from services.capital.domain.refusals import CapitalElement, NotPayable, PaymentMixesDossiers
from services.capital.domain.schemes import Scheme
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import journal, payments, schemes, top_ups
from services.capital.usecases.dossiers import moved, of_payment
from services.kernel.access import Caller
from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren, new_id
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput, NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class PayTopUps:
    scheme_id: UUID
    cae_siren: Siren
    top_up_ids: Sequence[UUID]
    paid_on: date
    reference: str


async def pay_top_ups(session: AsyncSession, caller: Caller, order: PayTopUps, *, today: date) -> Payment:
    require(caller, CapitalAct.PAY_TOP_UPS)
    if not order.top_up_ids or len(set(order.top_up_ids)) != len(order.top_up_ids):
        raise InvalidInput("/top_up_ids", _EACH_ONCE)
    require_past(DateField.PAID_ON, order.paid_on, today)
    scheme = (await schemes.hold(session, [order.scheme_id], caller.scope)).get(order.scheme_id)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=order.scheme_id)
    locked = await top_ups.lock(session, order.top_up_ids, caller.scope)
    for top_up_id in order.top_up_ids:
        if top_up_id not in locked:
            raise NotFound(what=CapitalElement.TOP_UP, id=top_up_id)
    came_back_on = await payments.last_reversals(session, order.top_up_ids)
    lines = _lines(order, list(locked.values()), came_back_on)
    payment = _payment(order, scheme, lines)
    await payments.insert(session, payment)
    await top_ups.mark_paid(session, order.top_up_ids)
    await journal.write(
        session,
        entries.EntryKind.PAYMENT,
        entries.paid(payment.by_funder),
        entry_on=payment.paid_on,
        scheme_id=scheme.id,
        region=scheme.region,
        cae_siren=payment.cae_siren,
        payment_id=payment.id,
    )
    tell(session, _made(payment), *(_paid(top_up, payment) for top_up in locked.values()))
    return payment


def _lines(
    order: PayTopUps, paid: Sequence[TopUp], came_back_on: Mapping[UUID, date]
) -> tuple[PaymentLine, ...]:
    others = [
        top_up.id
        for top_up in paid
        if (top_up.scheme_id, top_up.cae.siren) != (order.scheme_id, order.cae_siren)
    ]
    if others:
        raise PaymentMixesDossiers(top_up_ids=others)
    unpayable = [top_up.id for top_up in paid if top_up.status is not TopUpStatus.GRANTED]
    if unpayable:
        raise NotPayable(top_up_ids=unpayable)
    lines = []
    for top_up in paid:
        if top_up.decided_on is None or top_up.award_cents is None:
            raise RuntimeError(f"top-up {top_up.id} is granted without an award")
        require_order(DateField.DECIDED_ON, top_up.decided_on, DateField.PAID_ON, order.paid_on)
        if top_up.id in came_back_on:
            require_order(DateField.REVERSED_ON, came_back_on[top_up.id], DateField.PAID_ON, order.paid_on)
        lines.append(PaymentLine(top_up.id, top_up.version_id, top_up.award_cents))
    return tuple(lines)


def _payment(order: PayTopUps, scheme: Scheme, lines: tuple[PaymentLine, ...]) -> Payment:
    return Payment(
        id=new_id(),
        scheme_id=scheme.id,
        region=scheme.region,
        cae_siren=order.cae_siren,
        paid_on=order.paid_on,
        reference=order.reference,
        total_cents=sum(line.amount_cents for line in lines),
        lines=lines,
        by_funder=split_payment(lines, {version.id: version.funders for version in scheme.versions}),
        created_at=datetime.now(UTC),
    )


def _made(payment: Payment) -> Fact:
    return Fact(
        dossier=of_payment(payment),
        act=CapitalAct.PAY_TOP_UPS,
        event=CapitalEvent.PAYMENT_MADE,
        after={
            "scheme_id": payment.scheme_id,
            "paid_on": payment.paid_on,
            "total_cents": payment.total_cents,
            "top_up_ids": [line.top_up_id for line in payment.lines],
        },
    )


def _paid(top_up: TopUp, payment: Payment) -> Fact:
    paid = replace(top_up, status=move(top_up.status, Act.PAY), payment_id=payment.id)
    return moved(CapitalAct.PAY_TOP_UPS, CapitalEvent.TOP_UP_PAID, top_up, paid, subject_id=payment.id)


_EACH_ONCE = Text(
    "Donnez au moins un abondement, et chacun une seule fois.",
    "Give at least one top-up, and each of them once.",
)
