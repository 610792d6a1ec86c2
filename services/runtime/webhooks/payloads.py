"""What is sent: which event, of which dossier, and where to read it. Never a name or an amount."""

import orjson

from services.runtime.history.facts import dossier_path
from services.runtime.webhooks.claims import Claimed


def payload(claimed: Claimed, address: str) -> bytes:
    """`address` is the service's own. Each attempt and each replay sends the same."""
    content = {
        "type": claimed.event_type,
        "timestamp": claimed.occurred_at,
        "data": {
            "id": str(claimed.event_id),
            "link": address + dossier_path(claimed.dossier_kind, claimed.dossier_id),
            "dossier": {
                "kind": claimed.dossier_kind,
                "id": str(claimed.dossier_id),
                "version": claimed.version,
            },
            "subject_id": None if claimed.subject_id is None else str(claimed.subject_id),
        },
    }
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)
