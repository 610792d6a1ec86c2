from ipaddress import ip_address

import pytest

from services.runtime.webhooks.destinations import (
    DestinationRules,
    is_public,
    parse_destination,
    require_reachable,
)
from services.runtime.webhooks.words import DestinationFault, WebhookAddressRefused

PUBLIC = DestinationRules(allows_private=False, ports=frozenset({443, 8443}))
PRIVATE = DestinationRules(allows_private=True, ports=frozenset({443, 8443}))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://cae.example/essor", "https://cae.example/essor"),
        ("HTTPS://CAE.Example", "https://cae.example/"),
        ("https://cae.example.:443/essor?clé=1", "https://cae.example/essor?cl%C3%A9=1"),
        ("https://cae.example:8443/a/../b", "https://cae.example:8443/b"),
        ("https://coopérative.fr/é", "https://xn--cooprative-e7a.fr/%C3%A9"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/"),
    ],
)
def test_an_address_is_kept_in_one_form(text: str, url: str) -> None:
    destination = parse_destination(text, PUBLIC)
    assert destination.url == url
    assert parse_destination(destination.url, PUBLIC) == destination


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", DestinationFault.NOT_AN_ADDRESS),
        ("cae.example", DestinationFault.NOT_AN_ADDRESS),
        ("ftp://cae.example/", DestinationFault.NOT_AN_ADDRESS),
        ("file:///etc/passwd", DestinationFault.NOT_AN_ADDRESS),
        ("https:///essor", DestinationFault.NOT_AN_ADDRESS),
        ("https://cae.example/#essor", DestinationFault.NOT_AN_ADDRESS),
        ("https://cae..example/", DestinationFault.NOT_AN_ADDRESS),
        ("https://.../", DestinationFault.NOT_AN_ADDRESS),
        ("https://-cae.example/", DestinationFault.NOT_AN_ADDRESS),
        ("https://c%61e.example/", DestinationFault.NOT_AN_ADDRESS),
        ("https://cae example/", DestinationFault.NOT_AN_ADDRESS),
        ("https://①②⑦.0.0.1/", DestinationFault.NOT_AN_ADDRESS),
        ("https://[::1", DestinationFault.NOT_AN_ADDRESS),
        ("https://[fe80::1%25eth0]/", DestinationFault.NOT_AN_ADDRESS),
        ("https://2130706433/", DestinationFault.NOT_AN_ADDRESS),
        ("https://0x7f000001/", DestinationFault.NOT_AN_ADDRESS),
        ("https://017700000001/", DestinationFault.NOT_AN_ADDRESS),
        ("https://127.1/", DestinationFault.NOT_AN_ADDRESS),
        ("https://0x7f.1/", DestinationFault.NOT_AN_ADDRESS),
        ("https://127.0.0.0x1/", DestinationFault.NOT_AN_ADDRESS),
        ("https://0177.0.0.1/", DestinationFault.NOT_AN_ADDRESS),
        ("https://1.2.3.4.5/", DestinationFault.NOT_AN_ADDRESS),
        ("https://" + "a." * 130 + "example/", DestinationFault.NOT_AN_ADDRESS),
        ("https://cae.example/" + "a" * 2_000, DestinationFault.NOT_AN_ADDRESS),
        ("http://cae.example/", DestinationFault.NOT_HTTPS),
        ("https://user:password@cae.example/", DestinationFault.CREDENTIALS),
        ("https://cae.example\\@127.0.0.1/", DestinationFault.CREDENTIALS),
        ("https://cae.example:0/", DestinationFault.PORT),
        ("https://cae.example:22/", DestinationFault.PORT),
        ("https://cae.example:80/", DestinationFault.PORT),
        ("https://cae.example:99999/", DestinationFault.PORT),
    ],
)
def test_what_is_no_address_of_a_receiver(text: str, reason: DestinationFault) -> None:
    with pytest.raises(WebhookAddressRefused) as refused:
        parse_destination(text, PUBLIC)
    assert refused.value.reason is reason


def test_a_closed_network_may_do_without_tls_and_choose_its_ports() -> None:
    assert parse_destination("http://localhost:9000/essor", PRIVATE).url == "http://localhost:9000/essor"
    with pytest.raises(WebhookAddressRefused):
        parse_destination("http://user@localhost:9000/", PRIVATE)


NOT_PUBLIC = [
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d822",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_address_that_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4007::1"])
def test_a_public_address(text: str) -> None:
    assert is_public(ip_address(text))


def test_one_address_that_is_not_public_refuses_the_name() -> None:
    public, private = ip_address("8.8.8.8"), ip_address("10.0.0.1")
    require_reachable([public], PUBLIC)
    for addresses in ([public, private], [private, public], [private]):
        with pytest.raises(WebhookAddressRefused) as refused:
            require_reachable(addresses, PUBLIC)
        assert refused.value.reason is DestinationFault.NOT_PUBLIC
        require_reachable(addresses, PRIVATE)
    with pytest.raises(WebhookAddressRefused) as refused:
        require_reachable([], PUBLIC)
    assert refused.value.reason is DestinationFault.UNKNOWN_HOST


@pytest.mark.parametrize("text", ["0.0.0.0", "224.0.0.1", "::", "ff02::1"])  # noqa: S104 - refused, not bound
def test_even_a_closed_network_is_told_of_one_machine_at_a_time(text: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        require_reachable([ip_address(text)], PRIVATE)
