"""What the settings say of addresses."""

from services.runtime.settings import Settings
from services.runtime.webhooks.destinations import DestinationRules


def destination_rules(settings: Settings) -> DestinationRules:
    ports = frozenset(int(port) for port in settings.webhook_ports.split(","))
    return DestinationRules(allows_private=settings.webhook_private_addresses, ports=ports)
