"""Where webhooks may go: what an address may look like, and what it may lead to.

A receiver's address is anybody's text. Nothing of ours must be reached through it: no machine of the private
network, no service of the cloud, no loopback.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from services.runtime.webhooks.words import DestinationFault, WebhookAddressRefused

IPAddress = IPv4Address | IPv6Address

LONGEST_URL = 2_000
LONGEST_HOST = 253
DEFAULT_PORTS = {"https": 443, "http": 80}
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# `127.1`, `0x7f.1` and `2130706433` are addresses to some resolvers and names to others: none is taken.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# What `ipaddress` calls global in one version of Python or another, and is no receiver's.
NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # carriers' own networks
        "168.63.129.16/32",  # a cloud's own service, at an address that looks public
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays from IPv6
        "198.18.0.0/15",
        "2001::/23",  # Teredo and other tunnels: an IPv4 address hides within
        "2001:db8::/32",
        "2002::/16",  # 6to4, likewise
        "3fff::/20",
    )
)
# Mapped IPv4, NAT64, unique local, link-local and site-local addresses all lie outside of it.
GLOBAL_UNICAST_V6 = ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class DestinationRules:
    """`allows_private` is for tests and closed networks: http, any port and private addresses too."""

    allows_private: bool
    ports: frozenset[int]


@dataclass(frozen=True, slots=True)
class Destination:
    """`host` is in ASCII, without brackets or a final dot; `target` is path and query, as they are sent."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def literal(self) -> IPAddress | None:
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def dialled_at(self, address: IPAddress) -> str:
        """The same request, addressed to `address`: no name is left to look up again."""
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - the protocol's name
        return f"{self.scheme}://{host}:{self.port}{self.target}"


def parse_destination(text: str, rules: DestinationRules) -> Destination:
    """Raises `WebhookAddressRefused`. What is checked is what is dialled: nobody parses the text again."""
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii").lower().removesuffix(".")
    except (httpx.InvalidURL, UnicodeError) as error:  # the latter also of names that IDNA has no form for
        raise WebhookAddressRefused(DestinationFault.NOT_AN_ADDRESS) from error
    if len(text) > LONGEST_URL or url.scheme not in DEFAULT_PORTS or url.fragment or not _is_host(host):
        raise WebhookAddressRefused(DestinationFault.NOT_AN_ADDRESS)
    if url.scheme != "https" and not rules.allows_private:
        raise WebhookAddressRefused(DestinationFault.NOT_HTTPS)
    if url.userinfo:
        raise WebhookAddressRefused(DestinationFault.CREDENTIALS)
    port = DEFAULT_PORTS[url.scheme] if url.port is None else url.port
    if not 0 < port < 2**16 or (port not in rules.ports and not rules.allows_private):
        raise WebhookAddressRefused(DestinationFault.PORT)
    return Destination(url.scheme, host, port, url.raw_path.decode("ascii"))


def _is_host(host: str) -> bool:
    try:
        return not getattr(ip_address(host), "scope_id", None)
    except ValueError:
        labels = host.split(".")
        return (
            len(host) <= LONGEST_HOST
            and all(LABEL.fullmatch(label) for label in labels)
            and NUMBER.fullmatch(labels[-1]) is None
        )


def require_reachable(addresses: Sequence[IPAddress], rules: DestinationRules) -> None:
    """Of a name that leads to several addresses, one that may not be dialled refuses them all."""
    if not addresses:
        raise WebhookAddressRefused(DestinationFault.UNKNOWN_HOST)
    may_be_dialled = _is_one_machine if rules.allows_private else is_public
    if not all(may_be_dialled(address) for address in addresses):
        raise WebhookAddressRefused(DestinationFault.NOT_PUBLIC)


def is_public(address: IPAddress) -> bool:
    if any(address in network for network in NOT_PUBLIC):
        return False
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST_V6:
        return False
    return address.is_global and _is_one_machine(address) and not address.is_reserved


def _is_one_machine(address: IPAddress) -> bool:
    return not address.is_multicast and not address.is_unspecified
