"""Who is told of events, under /v1/webhooks."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import Field

from services.capital.domain.events import CapitalEvent
from services.capital.usecases.follow_events import FOLLOWERS
from services.runtime.call import Call, get_call
from services.runtime.webhooks.models import RegistrationBody, WebhookWithSecretAnswer
from services.runtime.webhooks.routes import make_router, register

router = make_router(FOLLOWERS.kinds)


class WebhookBody(RegistrationBody):
    event_types: list[CapitalEvent] = Field(
        default=[],
        max_length=len(CapitalEvent),
        description="Types of events to be told of; none for all, those of later versions too",
    )


@router.post("", status_code=201, response_model=WebhookWithSecretAnswer, summary="Ask to be told of events")
async def post_webhook(body: WebhookBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    return await register(call, body, body.event_types)
