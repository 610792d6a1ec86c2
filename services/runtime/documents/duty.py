"""What the worker does for documents: contents whose document is gone, or never was, go."""

from services.runtime.documents.check import Holding, remove_orphans
from services.runtime.worker import Duty

SWEEPING_SECONDS = 3_600.0


def sweeping(holding: Holding) -> Duty:
    return Duty(
        "remove-orphaned-contents", holding.service, SWEEPING_SECONDS, lambda: remove_orphans(holding)
    )
