"""Bodies and answers of `/v1/webhooks`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.runtime.fields import Answer, Body, Instant, ShortText
from services.runtime.pagination import LONGEST_CURSOR, decode_cursor, encode_cursor
from services.runtime.webhooks.destinations import LONGEST_URL
from services.runtime.webhooks.endpoints import Endpoint
from services.runtime.webhooks.owed import Delivery, PastAttempt, Queued, Wanted
from services.runtime.webhooks.words import AttemptFault, DeliveryStatus, EndpointStatus, PauseReason

ENDPOINT_ID = "01932b04-2c10-7d74-8f96-ad425b607f8e"
EVENT_ID = "01932b05-6e20-7e85-9fa7-be536c71809f"
URL = "https://logiciel.cae.example/essor"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwTk8IfZp0Qe4="  # noqa: S105 - an example
MOST_EVENTS_NAMED = 100

WebAddress = Annotated[
    str, StringConstraints(min_length=8, max_length=LONGEST_URL, pattern=r"^https?://[!-~]+$")
]


class RegistrationBody(Body):
    """Each service adds the types of its own events."""

    url: WebAddress = Field(
        description="Where messages are sent: public, https, in ASCII; a name's accents as `xn--`",
        examples=[URL],
    )
    description: ShortText | None = Field(
        None, description="What it is for, for those who manage it", examples=["Logiciel de suivi"]
    )


class WebhookAnswer(Answer):
    id: UUID = Field(description="The webhook", examples=[ENDPOINT_ID])
    url: str = Field(description="Where messages are sent, in its one form", examples=[URL])
    event_types: list[str] = Field(
        description="Types of events that it wants; empty for all", examples=[["loan.disbursed"]]
    )
    description: str | None = Field(description="What it is for", examples=["Logiciel de suivi"])
    status: EndpointStatus = Field(description="`active`, `paused` or `revoked`", examples=["active"])
    pause_reason: PauseReason | None = Field(
        description="`asked`, `failures` (none succeeded for long) or `gone` (the receiver answered 410)",
        examples=[None],
    )
    failures_in_a_row: int = Field(description="Failed attempts since the last that succeeded", examples=[0])
    failing_since: datetime | None = Field(description="Since when all fail", examples=[None])
    secret_generation: int = Field(description="Grows by one with each rotation", examples=[1])
    previous_secret_until: datetime | None = Field(
        description="Until when the secret before signs too", examples=[None]
    )
    created_at: datetime = Field(description="When it was registered")

    @classmethod
    def of(cls, endpoint: Endpoint) -> "WebhookAnswer":
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            event_types=list(endpoint.event_types),
            description=endpoint.description,
            status=endpoint.status,
            pause_reason=endpoint.pause_reason,
            failures_in_a_row=endpoint.failures_in_a_row,
            failing_since=endpoint.failing_since,
            secret_generation=endpoint.secret_generation,
            previous_secret_until=endpoint.previous_secret_until,
            created_at=endpoint.created_at,
        )


class WebhookWithSecretAnswer(WebhookAnswer):
    secret: str = Field(description="What verifies signatures. Shown here only: keep it", examples=[SECRET])


class AttemptAnswer(Answer):
    at: datetime = Field(description="When the attempt ended")
    status: int | None = Field(description="HTTP status of the receiver, if it answered", examples=[204])
    fault: AttemptFault | None = Field(
        description="Else why not: `timed-out`, `no-connection`, `tls`, `address-refused` or `internal`",
        examples=[None],
    )
    duration_ms: int = Field(description="How long it took", examples=[87])

    @classmethod
    def of(cls, attempt: PastAttempt) -> "AttemptAnswer":
        return cls(at=attempt.at, status=attempt.status, fault=attempt.fault, duration_ms=attempt.duration_ms)


class DeliveryAnswer(Answer):
    event_id: UUID = Field(description="The event: `webhook-id` of the message", examples=[EVENT_ID])
    type: str = Field(description="Type of the event", examples=["loan.disbursed"])
    occurred_at: datetime = Field(description="When the event was recorded")
    dossier_kind: str = Field(description="Kind of the dossier", examples=["loan"])
    dossier_id: UUID = Field(description="Which dossier", examples=[ENDPOINT_ID])
    status: DeliveryStatus = Field(
        description="`pending`, `delivered`, or `failed` after every attempt", examples=["delivered"]
    )
    next_attempt_at: datetime | None = Field(
        description="When a pending one is tried, not before the dossier's earlier ones", examples=[None]
    )
    attempt_count: int = Field(description="Attempts so far", examples=[1])
    attempts: list[AttemptAnswer] = Field(description="The last twenty of them, oldest first")

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryAnswer":
        return cls(
            event_id=delivery.event_id,
            type=delivery.event_type,
            occurred_at=delivery.occurred_at,
            dossier_kind=delivery.dossier_kind,
            dossier_id=delivery.dossier_id,
            status=delivery.status,
            next_attempt_at=delivery.next_attempt_at,
            attempt_count=delivery.attempt_count,
            attempts=[AttemptAnswer.of(attempt) for attempt in delivery.last_attempts],
        )


class ReplayBody(Body):
    """Which events; what is given narrows together, and nothing given is all of them."""

    event_ids: list[UUID] | None = Field(
        None,
        min_length=1,
        max_length=MOST_EVENTS_NAMED,
        description="These events",
        examples=[[EVENT_ID]],
    )
    after: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CURSOR)] | None = Field(
        None, description="Events after this place: a cursor of the feed, or `next` of a replay before"
    )
    since: Instant | None = Field(
        None, description="Events published at this instant or later", examples=["2026-03-01T08:00:00Z"]
    )

    def wanted(self) -> Wanted:
        after = None if self.after is None else decode_cursor(self.after, int, UUID)[0]
        return Wanted(event_ids=self.event_ids, after=after, since=self.since)


class ReplayAnswer(Answer):
    queued: int = Field(description="How many deliveries were queued", examples=[12])
    next: str | None = Field(
        description="`after` of the replay that goes on, where one call was not enough", examples=[None]
    )

    @classmethod
    def of(cls, queued: Queued) -> "ReplayAnswer":
        return cls(queued=queued.count, next=None if queued.last is None else encode_cursor(queued.last))
