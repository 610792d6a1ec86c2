"""Secrets of endpoints, and signatures by the Standard Webhooks specification.

A secret is derived from a key that every process shares, and stands in no table: what reads the database
signs nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings

PREFIX = "whsec_"


class WebhookSecrets:
    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, settings: Settings) -> "WebhookSecrets":
        if settings.webhook_key is not None:
            return cls(settings.webhook_key.encode())
        return cls(read_or_make(settings.keys_directory / "webhooks.key"))

    def secret(self, endpoint_id: UUID, generation: int) -> str:
        """`generation` grows by one with each rotation."""
        message = f"webhook {endpoint_id} {generation}".encode()
        return PREFIX + base64.b64encode(hmac.digest(self._key, message, hashlib.sha256)).decode()


def signed_headers(
    event_id: UUID, content: bytes, secrets: Sequence[str], *, now: datetime
) -> dict[str, str]:
    """One signature for each secret: a receiver that has either of them accepts the message."""
    text = content.decode()
    signatures = [Webhook(secret).sign(str(event_id), now, text) for secret in secrets]
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
