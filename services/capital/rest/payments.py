"""Payments to a CAE: made under /v1/schemes/{id}/payments, read under /v1/payments."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.payments import Payment, PaymentReversal
from services.capital.rest.words import SCHEME_ID, SIREN, TOP_UP_ID, FunderPartAnswer
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.read_payments import (
    PaymentFilter,
    count_payments,
    list_payments,
    read_payment,
)
from services.capital.usecases.reverse_payment import ReversePayment, reverse_payment
from services.kernel.identifiers import Siren
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, Body, BusinessDate, LongText, Reference, SirenField
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import tag

router = APIRouter(tags=["payments"])
MOST_TOP_UPS = 1_000
PAYMENT_ID = "01932c0a-77aa-7d10-8b6f-1c2d3e4f5a6b"


class PaymentBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cae": SIREN,
                    "top_up_ids": [TOP_UP_ID],
                    "paid_on": "2026-11-20",
                    "reference": "Mandat 2026-4417",
                }
            ]
        }
    )

    cae: SirenField = Field(description="The CAE that is paid, by SIREN", examples=[SIREN])
    top_up_ids: list[UUID] = Field(
        description="Granted top-ups of that CAE, each once",
        min_length=1,
        max_length=MOST_TOP_UPS,
        examples=[[TOP_UP_ID]],
    )
    paid_on: BusinessDate = Field(description="The day of the payment", examples=["2026-11-20"])
    reference: Reference = Field(description="The payment's reference", examples=["Mandat 2026-4417"])


class PaymentLineAnswer(Answer):
    top_up_id: UUID = Field(description="The top-up that is paid", examples=[TOP_UP_ID])
    amount_cents: int = Field(description="Its award", examples=[150_000])


class PaymentReversalBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reversed_on": "2026-11-24", "reason": "IBAN clos, virement rejeté"}]
        }
    )

    reversed_on: BusinessDate = Field(description="The day the payment came back", examples=["2026-11-24"])
    reason: LongText = Field(
        description="Why it came back; of the whole batch, without a name",
        examples=["IBAN clos, virement rejeté"],
    )


class PaymentReversalAnswer(Answer):
    id: UUID = Field(description="The reversal's id", examples=["01932c0a-77aa-7d10-8b6f-1c2d3e4f5a70"])
    reversed_on: date = Field(description="The day the payment came back", examples=["2026-11-24"])
    reason: str | None = Field(
        description="Why it came back; null for whoever may not read names",
        examples=["IBAN clos, virement rejeté"],
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-24T09:12:10Z"])

    @classmethod
    def of(cls, reversal: PaymentReversal) -> "PaymentReversalAnswer":
        return cls(
            id=reversal.id,
            reversed_on=reversal.reversed_on,
            reason=reversal.reason,
            created_at=reversal.created_at,
        )


class PaymentAnswer(Answer):
    id: UUID = Field(description="The payment's id", examples=[PAYMENT_ID])
    scheme_id: UUID = Field(description="The scheme that pays", examples=[SCHEME_ID])
    cae: Siren = Field(description="The CAE that is paid", examples=[SIREN])
    top_up_ids: list[UUID] = Field(description="The top-ups that are paid", examples=[[TOP_UP_ID]])
    paid_on: date = Field(description="The day of the payment", examples=["2026-11-20"])
    reference: str = Field(description="The payment's reference", examples=["Mandat 2026-4417"])
    total_cents: int = Field(description="The whole payment", examples=[150_000])
    lines: list[PaymentLineAnswer] = Field(description="What each top-up is paid")
    by_funder: list[FunderPartAnswer] = Field(
        description="What each co-funder bears: the parts add up to the total"
    )
    reversal: PaymentReversalAnswer | None = Field(
        description="That it came back: its top-ups are to be paid again; null if it did not"
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-20T14:02:10Z"])

    @classmethod
    def of(cls, payment: Payment) -> "PaymentAnswer":
        return cls(
            id=payment.id,
            scheme_id=payment.scheme_id,
            cae=payment.cae_siren,
            top_up_ids=[line.top_up_id for line in payment.lines],
            paid_on=payment.paid_on,
            reference=payment.reference,
            total_cents=payment.total_cents,
            lines=[
                PaymentLineAnswer(top_up_id=line.top_up_id, amount_cents=line.amount_cents)
                for line in payment.lines
            ],
            by_funder=[FunderPartAnswer.of(part) for part in payment.by_funder],
            reversal=PaymentReversalAnswer.of(payment.reversal) if payment.reversal else None,
            created_at=payment.created_at,
        )


@router.post(
    "/schemes/{scheme_id}/payments",
    status_code=201,
    response_model=PaymentAnswer,
    summary="Pay granted top-ups to their CAE, split over the co-funders to the cent",
    openapi_extra=KEY_REQUIRED,
)
async def post_payment(
    scheme_id: UUID, body: PaymentBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    order = PayTopUps(
        scheme_id=scheme_id,
        cae_siren=body.cae,
        top_up_ids=body.top_up_ids,
        paid_on=body.paid_on,
        reference=body.reference,
    )

    async def effect(session: AsyncSession) -> PaymentAnswer:
        return PaymentAnswer.of(await pay_top_ups(session, call.caller, order, today=call.today))

    return await perform(call, effect, key_required=True)


@router.get("/payments", summary="List payments")
async def get_payments(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    scheme_id: Annotated[UUID | None, Query(description="Of one scheme")] = None,
    cae: Annotated[SirenField | None, Query(description="To one CAE, by SIREN")] = None,
) -> Page[PaymentAnswer]:
    wanted = PaymentFilter(scheme_id=scheme_id, cae_siren=cae)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[PaymentAnswer]:
        found = await list_payments(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda payment: encode_cursor(str(payment.id)))
        total = await count_payments(session, call.caller, wanted) if page.count else None
        return Page(items=[PaymentAnswer.of(payment) for payment in items], next=following, total=total)

    return await read(call, query)


@router.get("/payments/{payment_id}", summary="Read a payment")
async def get_payment(
    payment_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> PaymentAnswer:
    payment = await read(call, lambda session: read_payment(session, call.caller, payment_id))
    answer = PaymentAnswer.of(payment)
    tag(response, answer)
    return answer


@router.post(
    "/payments/{payment_id}/reversal",
    status_code=201,
    response_model=PaymentAnswer,
    summary="Reverse a payment that came back; its top-ups are to be paid again",
    openapi_extra=KEY_REQUIRED,
)
async def post_payment_reversal(
    payment_id: UUID, body: PaymentReversalBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    order = ReversePayment(payment_id=payment_id, reversed_on=body.reversed_on, reason=body.reason)

    async def effect(session: AsyncSession) -> PaymentAnswer:
        return PaymentAnswer.of(await reverse_payment(session, call.caller, order, today=call.today))

    return await perform(call, effect, key_required=True)
