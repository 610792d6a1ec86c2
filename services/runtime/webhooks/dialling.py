"""One attempt to send: the name looked up once, every address checked, and a checked address dialled."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

import httpx

from services.runtime.webhooks.destinations import (
    Destination,
    DestinationRules,
    IPAddress,
    parse_destination,
    require_reachable,
)
from services.runtime.webhooks.words import AttemptFault, DestinationFault, WebhookAddressRefused

MOST_ADDRESSES = 4  # of one name, tried one after the other until one connects
LARGEST_ANSWER_BYTES = 16_384  # read so that the receiver may finish; never kept
ANSWER_SECONDS = 1.0
SUCCESS, GONE = range(200, 300), 410

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one: a status where the receiver answered, else a fault."""

    status: int | None
    fault: AttemptFault | None
    duration_ms: int
    retry_after_seconds: float | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status in SUCCESS

    @property
    def is_gone(self) -> bool:
        return self.status == GONE


class Resolver:
    """The system's own, with threads of its own: slow names of one receiver hold up no other's work."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(place[0]) for *_, place in found]


class Dialler:
    """Sends to checked addresses only. Follows no redirection and no proxy, keeps no cookie or connection.

    A connection kept for the next message could be another tenant's: two names may share one address.
    """

    def __init__(
        self,
        rules: DestinationRules,
        resolve: Resolve,
        *,
        seconds: float,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._rules, self._resolve, self._seconds = rules, resolve, seconds
        self._certificates = certificates or httpx.create_ssl_context()

    async def destination(self, url: str) -> Destination:
        """The address as it will be kept, looked up and checked; raises `WebhookAddressRefused`."""
        destination = parse_destination(url, self._rules)
        try:
            async with asyncio.timeout(self._seconds):
                await self._addresses(destination)
        except TimeoutError as error:
            raise WebhookAddressRefused(DestinationFault.UNKNOWN_HOST) from error
        return destination

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Attempt:
        started = time.monotonic()
        status, fault, retry_after = None, None, None
        try:
            async with asyncio.timeout(self._seconds):
                status, retry_after = await self._post(url, content, headers)
        except WebhookAddressRefused:
            fault = AttemptFault.ADDRESS_REFUSED
        except (TimeoutError, httpx.TimeoutException):
            fault = AttemptFault.TIMED_OUT
        except httpx.TransportError as error:
            fault = AttemptFault.TLS if _is_of_tls(error) else AttemptFault.NO_CONNECTION
        return Attempt(status, fault, round((time.monotonic() - started) * 1000), retry_after)

    async def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, float | None]:
        destination = parse_destination(url, self._rules)
        addresses = await self._addresses(destination)
        *others, last = addresses[:MOST_ADDRESSES]
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent yet
                return await self._post_to(address, len(others) + 1, destination, content, headers)
        return await self._post_to(last, 1, destination, content, headers)

    async def _post_to(
        self,
        address: IPAddress,
        shares: int,
        destination: Destination,
        content: bytes,
        headers: Mapping[str, str],
    ) -> tuple[int, float | None]:
        timeout = httpx.Timeout(self._seconds, connect=self._seconds / shares)
        async with (
            httpx.AsyncClient(
                verify=self._certificates, trust_env=False, follow_redirects=False, timeout=timeout
            ) as client,
            client.stream(
                "POST",
                destination.dialled_at(address),
                content=content,
                headers={**headers, "Host": destination.authority, "Accept-Encoding": "identity"},
                # The certificate must be the name's, although it is an address that is dialled.
                extensions={"sni_hostname": destination.host},
            ) as response,
        ):
            await _read_a_little(response)
            return response.status_code, retry_after_seconds(response.headers.get("retry-after"))

    async def _addresses(self, destination: Destination) -> list[IPAddress]:
        literal = destination.literal
        if literal is not None:
            found = [literal]
        else:
            found = [ip_address(text) for text in await self._resolve(destination.host, destination.port)]
        require_reachable(found, self._rules)
        return found


async def _read_a_little(response: httpx.Response) -> None:
    """The status is known already: whatever becomes of the rest changes nothing."""
    received = 0
    with suppress(TimeoutError, httpx.TransportError):
        async with asyncio.timeout(ANSWER_SECONDS):
            async for part in response.aiter_raw():
                received += len(part)
                if received > LARGEST_ANSWER_BYTES:
                    return


def retry_after_seconds(header: str | None) -> float | None:
    """RFC 9110, 10.2.3: seconds or a date. What is neither, or is over, asks for nothing."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    seconds = (until - datetime.now(UTC)).total_seconds()
    return seconds if seconds > 0 else None


def _is_of_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
