"""`/v1/webhooks`, the same in every service but for the types of its events."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.runtime.call import Call, get_call, read
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.webhooks import owed, registration
from services.runtime.webhooks.endpoints import Endpoint
from services.runtime.webhooks.fan_out import Readers
from services.runtime.webhooks.models import (
    DeliveryAnswer,
    RegistrationBody,
    ReplayAnswer,
    ReplayBody,
    WebhookAnswer,
    WebhookWithSecretAnswer,
)
from services.runtime.webhooks.registration import WebhookTerms
from services.runtime.webhooks.words import DeliveryStatus, EndpointStatus

ACall = Annotated[Call, Depends(get_call)]
Change = Callable[[AsyncSession, str, Caller, UUID], Awaitable[Endpoint]]


def make_router(readers: Readers) -> APIRouter:
    """Everything but the registration, which each service adds with its own types of events."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    add = router.add_api_route
    add("", get_webhooks, summary="List webhooks, newest first")
    add("/{webhook_id}", get_webhook, summary="Read a webhook")
    for path, route, summary in (
        ("pause", post_pause, "Stop sending for now: events go on being kept"),
        ("resumption", post_resumption, "Send what waits, in order, and go on"),
        ("revocation", post_revocation, "Stop for good"),
    ):
        add(f"/{{webhook_id}}/{path}", route, methods=["POST"], summary=summary, response_model=WebhookAnswer)
    add(
        "/{webhook_id}/secret-rotation",
        post_secret_rotation,
        methods=["POST"],
        summary="Make a new secret, shown here only; the one before still signs for a day",
        response_model=WebhookWithSecretAnswer,
    )
    add("/{webhook_id}/deliveries", get_deliveries, summary="What was sent, and what became of it")

    async def post_replay(webhook_id: UUID, body: ReplayBody, call: ACall) -> Response:
        wanted, schema = body.wanted(), call.database.schema

        async def effect(session: AsyncSession) -> ReplayAnswer:
            return ReplayAnswer.of(
                await registration.replay(session, schema, call.caller, readers, webhook_id, wanted)
            )

        return await perform(call, effect, status=202)

    add(
        "/{webhook_id}/replays",
        post_replay,
        methods=["POST"],
        status_code=202,
        summary="Send events again, with the same ids",
        response_model=ReplayAnswer,
    )
    return router


async def register(call: Call, body: RegistrationBody, event_types: Sequence[str]) -> Response:
    async def effect(session: AsyncSession) -> WebhookAnswer:
        return WebhookAnswer.of(
            await registration.register(
                session,
                call.database.schema,
                call.caller,
                _terms(call),
                url=body.url,
                event_types=event_types,
                description=body.description,
            )
        )

    return _with_secret(call, await perform(call, effect))


async def get_webhooks(
    call: ACall,
    page: Annotated[PageQuery, Depends(page_query)],
    status: Annotated[EndpointStatus | None, Query(description="Only those in this state")] = None,
) -> Page[WebhookAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[WebhookAnswer]:
        of_caller = (session, call.database.schema, call.caller)
        found = await registration.list_endpoints(*of_caller, status=status, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda endpoint: encode_cursor(str(endpoint.id)))
        total = await registration.count_endpoints(*of_caller, status=status) if page.count else None
        return Page(items=[WebhookAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


async def get_webhook(webhook_id: UUID, call: ACall) -> WebhookAnswer:
    async def query(session: AsyncSession) -> Endpoint:
        return await registration.read_endpoint(session, call.database.schema, call.caller, webhook_id)

    return WebhookAnswer.of(await read(call, query))


async def post_pause(webhook_id: UUID, call: ACall) -> Response:
    return await _change(call, webhook_id, registration.pause)


async def post_resumption(webhook_id: UUID, call: ACall) -> Response:
    return await _change(call, webhook_id, registration.resume)


async def post_revocation(webhook_id: UUID, call: ACall) -> Response:
    return await _change(call, webhook_id, registration.revoke)


async def post_secret_rotation(webhook_id: UUID, call: ACall) -> Response:
    async def rotate(session: AsyncSession, schema: str, caller: Caller, endpoint_id: UUID) -> Endpoint:
        return await registration.rotate_secret(session, schema, caller, _terms(call), endpoint_id)

    return _with_secret(call, await _change(call, webhook_id, rotate))


async def get_deliveries(
    webhook_id: UUID,
    call: ACall,
    page: Annotated[PageQuery, Depends(page_query)],
    status: Annotated[DeliveryStatus | None, Query(description="Only those in this state")] = None,
) -> Page[DeliveryAnswer]:
    after = decode_cursor(page.after, int)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[DeliveryAnswer]:
        schema = call.database.schema
        await registration.read_endpoint(session, schema, call.caller, webhook_id)
        found = await owed.page(session, schema, webhook_id, status=status, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda delivery: encode_cursor(delivery.position))
        total = await owed.count(session, schema, webhook_id, status=status) if page.count else None
        return Page(items=[DeliveryAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


async def _change(call: Call, webhook_id: UUID, change: Change) -> Response:
    async def effect(session: AsyncSession) -> WebhookAnswer:
        return WebhookAnswer.of(await change(session, call.database.schema, call.caller, webhook_id))

    return await perform(call, effect, status=200)


def _with_secret(call: Call, response: Response) -> Response:
    """Worked out again for each answer: what is stored of it, under the call's key, holds no secret."""
    answer = orjson.loads(response.body)
    secret = _terms(call).secrets.secret(UUID(answer["id"]), answer["secret_generation"])
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(
        orjson.dumps({**answer, "secret": secret}), status_code=response.status_code, headers=headers
    )


def _terms(call: Call) -> WebhookTerms:
    terms = call.request.app.state.webhooks
    if not isinstance(terms, WebhookTerms):
        raise TypeError("a service with these routes has terms for them")
    return terms
