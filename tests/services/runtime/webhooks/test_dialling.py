"""What is dialled, and what becomes of an attempt, over real connections."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.runtime.webhooks.destinations import DestinationRules
from services.runtime.webhooks.dialling import Dialler, Resolver
from services.runtime.webhooks.words import AttemptFault, DestinationFault, WebhookAddressRefused
from tests.services.runtime.webhooks.receivers import CLOSE, HANG, Receiver, listening

PRIVATE = DestinationRules(allows_private=True, ports=frozenset({443}))
PUBLIC = DestinationRules(allows_private=False, ports=frozenset({443}))


class Names:
    """A name server that answers otherwise each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return answer


def dialler(names: Names, rules: DestinationRules = PRIVATE, **given: ssl.SSLContext) -> Dialler:
    return Dialler(rules, names, seconds=1, **given)


def at(receiver: Receiver, name: str) -> str:
    return receiver.url.replace("127.0.0.1", name)


async def test_the_address_that_was_checked_is_the_one_that_is_dialled() -> None:
    async with listening() as first:
        port = int(first.url.split(":")[2].split("/")[0])
        async with listening(host="127.0.0.2", port=port) as second:
            names = Names(["127.0.0.1"], ["127.0.0.2"])
            attempt = await dialler(names).post(at(first, "rebinding.test"), b"{}", {})
            assert attempt.is_delivered
            assert names.asked == 1
            assert (len(first.taken), len(second.taken)) == (1, 0)
            assert first.taken[0].headers["host"] == f"rebinding.test:{port}"


async def test_a_name_that_leads_inside_is_refused_when_registered_and_when_sent_to() -> None:
    async with listening() as receiver:
        names = Names(["8.8.8.8"], ["127.0.0.1"])
        careful = dialler(names, PUBLIC)
        url = "https://rebinding.test/essor"
        assert (await careful.destination(url)).url == url
        attempt = await careful.post(url, b"{}", {})
        assert attempt.fault is AttemptFault.ADDRESS_REFUSED
        assert receiver.taken == []
    with pytest.raises(WebhookAddressRefused) as refused:
        await dialler(Names(["8.8.8.8", "::1"]), PUBLIC).destination(url)
    assert refused.value.reason is DestinationFault.NOT_PUBLIC


async def test_names_are_looked_up_for_real() -> None:
    resolver = Resolver(1)
    try:
        assert "127.0.0.1" in await resolver("localhost", 80)
        assert await resolver("no-such-name.invalid", 80) == []
        with pytest.raises(WebhookAddressRefused) as refused:
            await Dialler(PUBLIC, resolver, seconds=5).destination("https://localhost/")
        assert refused.value.reason is DestinationFault.NOT_PUBLIC
    finally:
        resolver.close()


async def test_the_next_address_is_tried_where_one_does_not_connect() -> None:
    async with listening() as receiver:
        names = Names(["127.0.0.3", "127.0.0.1"])
        assert (await dialler(names).post(at(receiver, "two.test"), b"{}", {})).is_delivered
        assert len(receiver.taken) == 1


@pytest.mark.parametrize("status", [200, 202, 204, 299])
async def test_a_success(status: int) -> None:
    async with listening(Receiver(answer=lambda _: status)) as receiver:
        attempt = await dialler(Names([])).post(receiver.url, b"{}", {})
        assert (attempt.status, attempt.is_delivered, attempt.fault) == (status, True, None)


@pytest.mark.parametrize("status", [300, 301, 307, 400, 404, 410, 429, 500, 503])
async def test_a_failure_and_no_redirection_is_followed(status: int) -> None:
    async with listening() as elsewhere:
        failing = Receiver(answer=lambda _: status, headers={"Location": elsewhere.url, "Retry-After": "7"})
        async with listening(failing) as receiver:
            attempt = await dialler(Names([])).post(receiver.url, b"{}", {})
            assert (attempt.status, attempt.is_delivered) == (status, False)
            assert attempt.is_gone == (status == 410)
            assert attempt.retry_after_seconds == 7.0
            assert elsewhere.taken == []


async def test_no_proxy_and_no_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as proxy, listening(Receiver(headers={"Set-Cookie": "a=b"})) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        sender = dialler(Names([]))
        for _ in range(2):
            assert (await sender.post(receiver.url, b"{}", {})).is_delivered
        assert proxy.taken == []
        assert all("cookie" not in message.headers for message in receiver.taken)


async def test_a_receiver_that_does_not_answer_or_cuts() -> None:
    async with listening(Receiver(answer=lambda _: HANG)) as receiver:
        attempt = await dialler(Names([])).post(receiver.url, b"{}", {})
        assert (attempt.fault, attempt.status) == (AttemptFault.TIMED_OUT, None)
        assert 900 < attempt.duration_ms < 2_000
    async with listening(Receiver(answer=lambda _: CLOSE)) as receiver:
        attempt = await dialler(Names([])).post(receiver.url, b"{}", {})
        assert attempt.fault is AttemptFault.NO_CONNECTION
    attempt = await dialler(Names([])).post(receiver.url, b"{}", {})
    assert attempt.fault is AttemptFault.NO_CONNECTION, "nobody listens any more"


async def test_a_receiver_that_drips_is_not_waited_for() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        attempt = await dialler(Names([])).post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert attempt.fault is AttemptFault.TIMED_OUT


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with listening(Receiver(content=b"x" * 50_000_000, answer=lambda _: 200)) as receiver:
        attempt = await dialler(Names([])).post(receiver.url, b"{}", {})
        assert attempt.is_delivered
        assert attempt.duration_ms < 1_000


def certificates(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server called `name`, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key_file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_the_certificate_must_be_of_the_name_and_trusted(tmp_path: Path) -> None:
    server, trusting = certificates(tmp_path, "cae.test")
    async with listening(certificate=server) as receiver:
        names = Names(["127.0.0.1"])
        sender = dialler(names, certificates=trusting)
        assert (await sender.post(at(receiver, "cae.test"), b"{}", {})).is_delivered
        assert receiver.taken[0].headers["host"].startswith("cae.test:")
        for refused in (
            await sender.post(at(receiver, "other.test"), b"{}", {}),
            await sender.post(receiver.url, b"{}", {}),
            await dialler(names).post(at(receiver, "cae.test"), b"{}", {}),
        ):
            assert refused.fault is AttemptFault.TLS
        assert len(receiver.taken) == 1
