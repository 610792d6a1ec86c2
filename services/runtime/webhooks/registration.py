"""What an integrator does with its webhooks: one function for each verb."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.runtime.settings import Settings
from services.runtime.webhooks import endpoints, owed
from services.runtime.webhooks.dialling import Dialler, Resolver
from services.runtime.webhooks.endpoints import Endpoint
from services.runtime.webhooks.fan_out import Readers
from services.runtime.webhooks.owed import Queued, Wanted
from services.runtime.webhooks.rules import destination_rules
from services.runtime.webhooks.signing import WebhookSecrets
from services.runtime.webhooks.words import (
    EndpointStatus,
    PauseReason,
    WebhookAct,
    WebhookStatusForbids,
    require,
)

RESOLVER_THREADS = 4
LOOK_UP_SECONDS = 5
MOST_REPLAYED = 1_000


@dataclass(frozen=True, slots=True)
class WebhookTerms:
    """What a service's doors need of the settings."""

    secrets: WebhookSecrets
    dialler: Dialler
    most_endpoints: int
    secret_hours: float

    @classmethod
    def of(cls, settings: Settings) -> "WebhookTerms":
        return cls(
            secrets=WebhookSecrets.of(settings),
            dialler=Dialler(destination_rules(settings), Resolver(RESOLVER_THREADS), seconds=LOOK_UP_SECONDS),
            most_endpoints=settings.webhook_endpoints,
            secret_hours=settings.webhook_secret_hours,
        )


async def register(
    session: AsyncSession,
    schema: str,
    caller: Caller,
    terms: WebhookTerms,
    *,
    url: str,
    event_types: Sequence[str],
    description: str | None,
) -> Endpoint:
    require(caller, WebhookAct.MANAGE_WEBHOOK)
    destination = await terms.dialler.destination(url)
    return await endpoints.add(
        session,
        schema,
        caller,
        url=destination.url,
        event_types=sorted(set(event_types)),
        description=description,
        most=terms.most_endpoints,
    )


async def pause(session: AsyncSession, schema: str, caller: Caller, endpoint_id: UUID) -> Endpoint:
    """Events go on being owed, and wait."""
    found = await _mine(session, schema, caller, endpoint_id)
    if found.status is EndpointStatus.PAUSED:
        return found
    return await endpoints.change_status(
        session, schema, endpoint_id, EndpointStatus.PAUSED, PauseReason.ASKED
    )


async def resume(session: AsyncSession, schema: str, caller: Caller, endpoint_id: UUID) -> Endpoint:
    """What waits goes out in its order. An active one may be hurried in the same way."""
    await _mine(session, schema, caller, endpoint_id)
    await owed.make_due(session, schema, endpoint_id)
    return await endpoints.change_status(session, schema, endpoint_id, EndpointStatus.ACTIVE)


async def rotate_secret(
    session: AsyncSession, schema: str, caller: Caller, terms: WebhookTerms, endpoint_id: UUID
) -> Endpoint:
    await _mine(session, schema, caller, endpoint_id)
    return await endpoints.rotate_secret(session, schema, endpoint_id, previous_hours=terms.secret_hours)


async def revoke(session: AsyncSession, schema: str, caller: Caller, endpoint_id: UUID) -> Endpoint:
    """Nothing more is sent, whatever was owed; the log stays until it is purged."""
    found = await _mine(session, schema, caller, endpoint_id, may_be_revoked=True)
    if found.status is EndpointStatus.REVOKED:
        return found
    return await endpoints.change_status(session, schema, endpoint_id, EndpointStatus.REVOKED)


async def replay(
    session: AsyncSession, schema: str, caller: Caller, readers: Readers, endpoint_id: UUID, wanted: Wanted
) -> Queued:
    await _mine(session, schema, caller, endpoint_id)
    return await owed.queue_again(session, schema, readers, endpoint_id, wanted, limit=MOST_REPLAYED)


async def read_endpoint(session: AsyncSession, schema: str, caller: Caller, endpoint_id: UUID) -> Endpoint:
    require(caller, WebhookAct.READ_WEBHOOK)
    return await endpoints.find(session, schema, endpoint_id)


async def _mine(
    session: AsyncSession, schema: str, caller: Caller, endpoint_id: UUID, *, may_be_revoked: bool = False
) -> Endpoint:
    """Locked: what is decided on its status holds until the end."""
    require(caller, WebhookAct.MANAGE_WEBHOOK)
    found = await endpoints.find(session, schema, endpoint_id, lock=True)
    if found.status is EndpointStatus.REVOKED and not may_be_revoked:
        raise WebhookStatusForbids(status=found.status)
    return found


async def list_endpoints(
    session: AsyncSession,
    schema: str,
    caller: Caller,
    *,
    status: EndpointStatus | None,
    after: UUID | None,
    limit: int,
) -> list[Endpoint]:
    require(caller, WebhookAct.READ_WEBHOOK)
    return await endpoints.page(session, schema, status=status, after=after, limit=limit)


async def count_endpoints(
    session: AsyncSession, schema: str, caller: Caller, *, status: EndpointStatus | None
) -> int:
    require(caller, WebhookAct.READ_WEBHOOK)
    return await endpoints.count(session, schema, status=status)
